// The fields of the jobs that have to do with photos (wire.h).
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "match/groups.h"
#include "match/references.h"
#include "pipeline/pipeline.h"
#include "worker/wire.h"

namespace face_privacy {

// Of those that the program loads on demand.
enum class Libraries : std::uint8_t {
  kNone,    // enough for a JPEG that stays one
  kPhotos,  // of all formats
  kClips,   // and of clips
};

// What a worker host for photos is to load.
struct PhotoWorkerSettings {
  Detector::Settings detector;
  Limits limits;
  Bytes warm_up;  // a photo to work on once before workers are forked; empty: none
  std::optional<Recognizer::Settings> recognizer = {};  // none: photos are not compared with people
  // What is loaded before workers are forked; what is missing comes with the first job that needs it.
  Libraries libraries = Libraries::kPhotos;
  std::int32_t niceness = 0;  // of each worker, 0..19: greater ones wait for smaller ones
  // Other weights for the second look that a receipt needs; none: the same.
  std::optional<Detector::Settings> second_detector = {};
};

// What it has loaded.
struct PhotoWorkerGreeting {
  ModelInfo model;
  std::array<float, 3> default_min_scores{};  // of fast, balanced, thorough
  std::optional<RecognizerInfo> recognizer = {};
  std::optional<ModelInfo> second_model = {};
};

// Photos that are looked at as references, in one job: their sizes, and all of them one behind the other as
// its input.
struct ReferenceJob {
  std::vector<std::uint64_t> sizes;
};

// For each of them, in their order.
struct ReferenceAnswer {
  std::vector<ReferenceLook> looks;
};

// Pictures of one face each, laid out as those of ReferenceJob.
struct GroupJob {
  ReferenceJob pictures;
  std::vector<std::int32_t> photos;  // that each is from
  SaidPairs said;
};

struct GroupAnswer {
  Grouping grouping;
  std::vector<Doubt> doubts;
};

template <class Wire>
void transfer(Wire& wire, MatchBands& bands) {
  wire.value(bands.keep);
  wire.value(bands.ask);
}

template <class Wire>
void transfer(Wire& wire, Recognizer::Settings& settings) {
  wire.text(settings.model_path);
  wire.choice(settings.engine, RecognizerEngine::kInt8);
  wire.text(settings.expected_sha256);
  wire.optional(settings.bands, [](auto& each, MatchBands& bands) { transfer(each, bands); });
}

template <class Wire>
void transfer(Wire& wire, RecognizerInfo& info) {
  wire.text(info.name);
  wire.text(info.sha256);
  wire.text(info.license);
  wire.text(info.engine);
  transfer(wire, info.bands);
}

template <class Wire>
void transfer(Wire& wire, Embedding& embedding) {
  std::vector<float> values(embedding.begin(), embedding.end());
  wire.list(values, sizeof(float), [](auto& each, float& value) { each.value(value); });
  embedding.assign(values.begin(), values.end());
  if (!values.empty()) ::explicit_bzero(values.data(), values.size() * sizeof(float));
}

template <class Wire>
void transfer(Wire& wire, ReferenceJob& job) {
  wire.list(job.sizes, sizeof(std::uint64_t), [](auto& each, std::uint64_t& size) { each.value(size); });
}

template <class Wire>
void transfer(Wire& wire, ReferenceLook& look) {
  transfer(wire, look.embedding);
  wire.optional(look.fault,
                [](auto& each, ReferenceFault& fault) { each.choice(fault, kLastReferenceFault); });
}

template <class Wire>
void transfer(Wire& wire, ReferenceAnswer& answer) {
  wire.list(answer.looks, sizeof(std::uint32_t) + 1,
            [](auto& each, ReferenceLook& look) { transfer(each, look); });
}

template <class Wire>
void transfer(Wire& wire, std::vector<FacePair>& pairs) {
  wire.list(pairs, sizeof(FacePair), [](auto& each, FacePair& pair) {
    each.value(pair.one);
    each.value(pair.other);
  });
}

template <class Wire>
void transfer(Wire& wire, GroupJob& job) {
  transfer(wire, job.pictures);
  wire.list(job.photos, sizeof(std::int32_t), [](auto& each, std::int32_t& photo) { each.value(photo); });
  transfer(wire, job.said.same);
  transfer(wire, job.said.different);
}

template <class Wire>
void transfer(Wire& wire, GroupAnswer& answer) {
  wire.list(answer.grouping.groups, sizeof(std::uint32_t), [](auto& each, std::vector<int>& group) {
    each.list(group, sizeof(int), [](auto& inner, int& face) { inner.value(face); });
  });
  wire.list(answer.grouping.alike, 3 * sizeof(float), [](auto& each, Likeness& likeness) {
    each.value(likeness.one);
    each.value(likeness.other);
    each.value(likeness.score);
  });
  wire.list(answer.doubts, 1, [](auto& each, Doubt& doubt) { each.choice(doubt, kLastDoubt); });
}

template <class Wire>
void transfer(Wire& wire, FaceMatch& match) {
  wire.choice(match.verdict, Verdict::kKeep);
  wire.choice(match.why, kLastDoubt);
  wire.value(match.person);
  wire.value(match.score);
}

template <class Wire>
void transfer(Wire& wire, Detector::Settings& settings) {
  wire.text(settings.model_path);
  wire.value(settings.threads);
  wire.choice(settings.engine, Engine::kInt8);
  wire.text(settings.expected_sha256);
  wire.text(settings.name);
  wire.text(settings.ranges_path);
  wire.text(settings.prepared_path);
  wire.text(settings.prepared_sha256);
  wire.value(settings.looks);
}

template <class Wire>
void transfer(Wire& wire, ModelInfo& model) {
  wire.text(model.name);
  wire.text(model.sha256);
  wire.text(model.layout);
  wire.text(model.license);
  wire.text(model.engine);
}

template <class Wire>
void transfer(Wire& wire, PhotoWorkerSettings& settings) {
  transfer(wire, settings.detector);
  wire.optional(settings.recognizer,
                [](auto& each, Recognizer::Settings& recognizer) { transfer(each, recognizer); });
  wire.value(settings.limits.max_bytes);
  wire.value(settings.limits.max_pixels);
  wire.value(settings.limits.max_side);
  wire.value(settings.limits.max_frames);
  wire.value(settings.limits.max_tiles);
  wire.bytes(settings.warm_up);
  wire.choice(settings.libraries, Libraries::kClips);
  wire.value(settings.niceness);
  wire.optional(settings.second_detector,
                [](auto& each, Detector::Settings& second) { transfer(each, second); });
}

template <class Wire>
void transfer(Wire& wire, PhotoWorkerGreeting& greeting) {
  transfer(wire, greeting.model);
  for (float& score : greeting.default_min_scores) wire.value(score);
  wire.optional(greeting.recognizer, [](auto& each, RecognizerInfo& info) { transfer(each, info); });
  wire.optional(greeting.second_model, [](auto& each, ModelInfo& model) { transfer(each, model); });
}

template <class Wire>
void transfer(Wire& wire, PointF& point) {
  wire.value(point.x);
  wire.value(point.y);
}

template <class Wire>
void transfer(Wire& wire, BoxF& box) {
  wire.value(box.x);
  wire.value(box.y);
  wire.value(box.width);
  wire.value(box.height);
}

template <class Wire>
void transfer(Wire& wire, RequestedRegion& region) {
  transfer(wire, region.box);
  wire.optional(region.shape, [](auto& each, Shape& shape) { each.choice(shape, Shape::kBox); });
  wire.optional(region.margin, [](auto& each, float& margin) { each.value(margin); });
  wire.optional(region.style, [](auto& each, Style& style) { each.choice(style, Style::kFill); });
}

template <class Wire>
void boxes(Wire& wire, std::vector<BoxF>& list) {
  wire.list(list, sizeof(BoxF), [](auto& each, BoxF& box) { transfer(each, box); });
}

template <class Wire>
void transfer(Wire& wire, Face& face) {
  transfer(wire, face.box);
  wire.value(face.score);
  Landmarks& marks = face.landmarks;
  for (PointF* mark :
       {&marks.left_eye, &marks.right_eye, &marks.nose, &marks.mouth_left, &marks.mouth_right}) {
    transfer(wire, *mark);
  }
}

template <class Wire>
void transfer(Wire& wire, DetectOptions& options) {
  wire.choice(options.profile, Profile::kThorough);
  wire.optional(options.min_score, [](auto& each, float& score) { each.value(score); });
  wire.list(options.people, sizeof(std::uint32_t),
            [](auto& each, Embedding& person) { transfer(each, person); });
  wire.choice(options.jpeg_path, JpegPath::kGeneral);
  wire.choice(options.projection, Projection::kEquirectangular);
}

template <class Wire>
void transfer(Wire& wire, RedactOptions& options) {
  wire.choice(options.style, Style::kFill);
  wire.choice(options.shape, Shape::kBox);
  wire.value(options.margin);
  wire.value(options.cells);
  wire.value(options.color.red);
  wire.value(options.color.green);
  wire.value(options.color.blue);
  wire.optional(options.noise_key, [](auto& each, NoiseKey& key) {
    for (std::uint8_t& byte : key) each.value(byte);
  });
}

template <class Wire>
void regions(Wire& wire, std::vector<RequestedRegion>& list) {
  wire.list(list, sizeof(BoxF) + 3, [](auto& each, RequestedRegion& region) { transfer(each, region); });
}

template <class Wire>
void transfer(Wire& wire, CommonOptions& options) {
  wire.value(options.detect);
  transfer(wire, options.detection);
  transfer(wire, options.redaction);
  regions(wire, options.regions);
  boxes(wire, options.keep);
  wire.choice(options.receipt, Receipt::kWithInput);
}

template <class Wire>
void transfer(Wire& wire, PhotoOptions& options) {
  transfer(wire, static_cast<CommonOptions&>(options));
  wire.optional(options.encoding.format,
                [](auto& each, Format& format) { each.choice(format, Format::kGif); });
  wire.optional(options.encoding.quality, [](auto& each, int& quality) { each.value(quality); });
  wire.choice(options.metadata, Metadata::kKeep);
}

template <class Wire>
void transfer(Wire& wire, std::initializer_list<Milliseconds*> times) {
  for (Milliseconds* time : times) {
    double milliseconds = time->count();
    wire.value(milliseconds);
    *time = Milliseconds(milliseconds);
  }
}

template <class Wire>
void transfer(Wire& wire, DetectReport& report) {
  wire.choice(report.format, Format::kGif);
  wire.value(report.size.width);
  wire.value(report.size.height);
  wire.list(report.faces, sizeof(std::uint32_t), [](auto& frame_wire, std::vector<Face>& frame) {
    frame_wire.list(frame, sizeof(Face), [](auto& each, Face& face) { transfer(each, face); });
  });
  wire.list(report.matches, 2 + sizeof(int) + sizeof(float),
            [](auto& each, FaceMatch& match) { transfer(each, match); });
  transfer(wire, {&report.timings.decode, &report.timings.detect, &report.timings.match});
}

template <class Wire>
void transfer(Wire& wire, std::vector<PlaceToReview>& places) {
  wire.list(places, sizeof(BoxF), [](auto& each, PlaceToReview& place) {
    each.value(place.frame);
    transfer(each, place.box);
  });
}

template <class Wire>
void transfer(Wire& wire, LikenessCheck& likeness) {
  wire.value(likeness.compared);
  wire.value(likeness.alike);
}

template <class Wire>
void transfer(Wire& wire, OutputChecks& checks) {
  wire.value(checks.places);
  wire.value(checks.showing);
  transfer(wire, checks.to_review);
  wire.optional(checks.likeness, [](auto& each, LikenessCheck& likeness) { transfer(each, likeness); });
}

template <class Wire>
void transfer(Wire& wire, PhotoReport& report) {
  transfer(wire, report.detection);
  wire.choice(report.output_format, Format::kGif);
  wire.value(report.region_count);
  for (int& count : report.regions_by_style) wire.value(count);
  std::vector<std::uint8_t> kept(report.kept.begin(), report.kept.end());
  wire.bytes(kept);
  report.kept.assign(kept.begin(), kept.end());
  wire.value(report.untouched_outside);
  transfer(wire, {&report.timings.redact, &report.timings.encode, &report.timings.check});
  wire.optional(report.checks, [](auto& each, OutputChecks& checks) { transfer(each, checks); });
  std::uint32_t removed = report.removed.bits();
  wire.value(removed);
  report.removed = MetadataKinds::from_bits(removed);
}

}  // namespace face_privacy
