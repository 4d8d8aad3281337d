// The fields of the jobs that have to do with clips (wire.h).
#pragma once

#include <string>
#include <vector>

#include "pipeline/clip_checks.h"
#include "pipeline/clip_frame.h"
#include "pipeline/clip_pipeline.h"
#include "report/tracks_file.h"
#include "worker/photo_messages.h"

namespace face_privacy {

// Where a face may show although a track says where it is.
struct UncertainSpan {
  int track = 0;
  FrameSpan frames;
  MediaTime from{};  // when the first of these frames is shown
  MediaTime until{};
};

// What is to be known of tracks without reading them.
struct TracksSummary {
  static constexpr std::size_t kMaxSpans = 1000;
  std::uint32_t tracks = 0;
  std::uint32_t kept = 0;   // that stay visible
  std::uint32_t asked = 0;  // covered, but perhaps one of the people
  std::uint32_t uncertain_count = 0;
  std::vector<UncertainSpan> uncertain;  // the first kMaxSpans
};

// What the analysis of a clip came to, without its tracks, which are in a file.
struct ClipSummary {
  Size shown;
  std::int64_t frames = 0;
  double seconds = 0;
  double frames_per_second = 0;
  Container container{};
  std::string codec;
  std::int32_t audio_tracks = 0;
  std::int64_t looked_at = 0;
  std::int64_t damaged_frames = 0;
  TracksSummary tracks;
  TracksOrigin origin;
  ClipTimings timings;
};

// What came of rendering, as of ClipReport.
struct RenderSummary {
  Size shown;  // of the source, and so of the result
  double seconds = 0;
  Container source_container{};
  std::string source_codec;
  Container container{};
  std::string codec;
  std::string encoder;
  std::int64_t frames = 0;
  std::int64_t copied_frames = 0;
  std::int64_t covered_frames = 0;
  std::int64_t regions = 0;
  std::int64_t damaged_frames = 0;
  ClipTimings timings;
  std::optional<ClipChecks> checks;               // where a receipt was asked for
  std::optional<ModelInfo> second_model;          // of the second look, where it was by other weights
  std::optional<RecognizerInfo> recognizer = {};  // that compared faces, where there is one

  bool is_copied() const { return copied_frames == frames; }
};

struct RenderRequest {
  ClipOptions options;
  Bytes tracks;  // a tracks file
};

struct ClipFrameRequest {
  ClipFrameOptions options;
  Bytes tracks;
};

template <class Wire>
void transfer(Wire& wire, MediaTime& time) {
  std::int64_t microseconds = time.count();
  wire.value(microseconds);
  time = MediaTime(microseconds);
}

template <class Wire>
void transfer(Wire& wire, ClipTimings& timings) {
  for (auto* stage : {&timings.decode, &timings.shrink, &timings.detect, &timings.match, &timings.redact,
                      &timings.encode, &timings.write}) {
    double milliseconds = stage->count();
    wire.value(milliseconds);
    *stage = Milliseconds(milliseconds);
  }
}

template <class Wire>
void transfer(Wire& wire, UncertainSpan& span) {
  wire.value(span.track);
  wire.value(span.frames.first);
  wire.value(span.frames.last);
  transfer(wire, span.from);
  transfer(wire, span.until);
}

template <class Wire>
void transfer(Wire& wire, TracksSummary& summary) {
  wire.value(summary.tracks);
  wire.value(summary.kept);
  wire.value(summary.asked);
  wire.value(summary.uncertain_count);
  wire.list(summary.uncertain, 3 * sizeof(std::int32_t) + 2 * sizeof(std::int64_t),
            [](auto& each, UncertainSpan& span) { transfer(each, span); });
}

template <class Wire>
void transfer(Wire& wire, TracksOrigin& origin) {
  wire.text(origin.profile);
  wire.text(origin.model_name);
  wire.text(origin.model_sha256);
  wire.value(origin.min_score);
  wire.value(origin.every);
}

template <class Wire>
void transfer(Wire& wire, ClipSummary& summary) {
  wire.value(summary.shown.width);
  wire.value(summary.shown.height);
  wire.value(summary.frames);
  wire.value(summary.seconds);
  wire.value(summary.frames_per_second);
  wire.choice(summary.container, Container::kAvi);
  wire.text(summary.codec);
  wire.value(summary.audio_tracks);
  wire.value(summary.looked_at);
  wire.value(summary.damaged_frames);
  transfer(wire, summary.tracks);
  transfer(wire, summary.origin);
  transfer(wire, summary.timings);
}

template <class Wire>
void transfer(Wire& wire, ClipChecks& checks) {
  wire.value(checks.tracks.found);
  wire.value(checks.tracks.kept_by_hand);
  wire.value(checks.tracks.kept_by_reference);
  wire.value(checks.tracks.drawn);
  wire.value(checks.frames);
  wire.value(checks.places);
  wire.value(checks.showing);
  wire.value(checks.looked_at);
  transfer(wire, checks.to_review);
  wire.optional(checks.likeness, [](auto& each, LikenessCheck& likeness) { transfer(each, likeness); });
}

template <class Wire>
void transfer(Wire& wire, RenderSummary& summary) {
  wire.value(summary.shown.width);
  wire.value(summary.shown.height);
  wire.value(summary.seconds);
  wire.choice(summary.source_container, Container::kAvi);
  wire.text(summary.source_codec);
  wire.choice(summary.container, Container::kAvi);
  wire.text(summary.codec);
  wire.text(summary.encoder);
  wire.value(summary.frames);
  wire.value(summary.copied_frames);
  wire.value(summary.covered_frames);
  wire.value(summary.regions);
  wire.value(summary.damaged_frames);
  transfer(wire, summary.timings);
  wire.optional(summary.checks, [](auto& each, ClipChecks& checks) { transfer(each, checks); });
  wire.optional(summary.second_model, [](auto& each, ModelInfo& model) { transfer(each, model); });
  wire.optional(summary.recognizer, [](auto& each, RecognizerInfo& info) { transfer(each, info); });
}

template <class Wire>
void transfer(Wire& wire, ClipOptions& options) {
  transfer(wire, static_cast<CommonOptions&>(options));
  wire.value(options.detect_every);
  wire.list(options.names, sizeof(std::uint32_t), [](auto& each, std::string& name) { each.text(name); });
  wire.choice(options.audio, AudioMode::kMute);
  wire.value(options.keep_subtitles);
  wire.value(options.copy_untouched);
  wire.optional(options.codec, [](auto& each, VideoCodec& codec) { each.choice(codec, VideoCodec::kOther); });
  wire.optional(options.container,
                [](auto& each, Container& container) { each.choice(container, Container::kAvi); });
  wire.value(options.threads);
}

template <class Wire>
void transfer(Wire& wire, ClipFrameOptions& options) {
  wire.value(options.frame);
  wire.value(options.long_side_px);
  wire.value(options.redacted);
  boxes(wire, options.keep);
  transfer(wire, options.redaction);
  regions(wire, options.regions);
}

template <class Wire>
void transfer(Wire& wire, RenderRequest& request) {
  transfer(wire, request.options);
  wire.bytes(request.tracks);
}

template <class Wire>
void transfer(Wire& wire, ClipFrameRequest& request) {
  transfer(wire, request.options);
  wire.bytes(request.tracks);
}

template <class Wire>
void transfer(Wire& wire, ClipProgress& progress) {
  wire.choice(progress.stage, ClipStage::kCheck);
  wire.value(progress.frames);
  wire.value(progress.expected);
}

}  // namespace face_privacy
