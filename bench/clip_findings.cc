// What the detector finds in each frame of labelled clips, kept in files; and what tracks over such files
// cover, person by person. Looking takes minutes, linking a second: how to link, and where to look closely,
// is chosen with it.
//
//   clip_findings record MODEL PROFILE CLIP...        writes STEM.PROFILE.findings beside each clip
//   clip_findings replay [--OPTION VALUE]... CLIP...  reads those of the profiles that it needs, and
//                                                     STEM.truth.jsonl
//
// Options of replay: --profile, --close PROFILE or none, --close-ms between close looks, --every, and --tell
// PX: also every run of frames in which somebody of at least so many px shows, with the best score of each
// recorded profile there. Figures are those of `face-privacy eval --video`.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eval/matching.h"
#include "eval/video_evaluation.h"
#include "pipeline/clip_look.h"
#include "pipeline/clip_pipeline.h"
#include "redact/redact.h"

namespace {

using namespace face_privacy;
namespace fs = std::filesystem;

constexpr float kLeastScore = 0.02F;  // that is kept
constexpr float kSamePlace = 0.25F;   // intersection over union of a label and what was found of it
constexpr const char* kProfiles[] = {"fast", "balanced", "thorough"};

struct Findings {
  Size shown;
  std::vector<FrameObservation> frames;  // all of them were looked at
};

struct LabelledClip {
  fs::path path;
  std::vector<TruthPerson> people;
  std::map<std::string, Findings> findings;  // by profile
};

struct ReplayOptions {
  std::string profile = "fast";
  std::string close = "balanced";
  int close_ms = static_cast<int>(CloseLooks::kBetween.count() / 1000);
  int every = 2;
  float tell_px = 0;  // 0: nobody
};

int failed(const std::string& what, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), why.c_str());
  return 1;
}

fs::path findings_path(fs::path clip, const std::string& profile) {
  return clip.replace_extension("." + profile + ".findings");
}

void write(std::ostream& out, const FrameObservation& frame) {
  const Similarity& camera = frame.camera;
  const std::vector<ScoredBox> faces = frame.faces.value_or(std::vector<ScoredBox>());
  out << frame.time.count() << ' ' << frame.luma_change << ' ' << camera.a << ' ' << camera.b << ' '
      << camera.dx << ' ' << camera.dy << ' ' << faces.size() << '\n';
  for (const ScoredBox& face : faces) {
    out << face.box.x << ' ' << face.box.y << ' ' << face.box.width << ' ' << face.box.height << ' '
        << face.score << '\n';
  }
}

std::optional<Findings> read_findings(const fs::path& path) {
  std::ifstream in(path);
  Findings findings;
  if (!(in >> findings.shown.width >> findings.shown.height)) return std::nullopt;
  MediaTime::rep time = 0;
  while (in >> time) {
    FrameObservation frame;
    std::size_t count = 0;
    frame.time = MediaTime(time);
    Similarity& camera = frame.camera;
    in >> frame.luma_change >> camera.a >> camera.b >> camera.dx >> camera.dy >> count;
    frame.faces.emplace();
    for (std::size_t i = 0; in && i < count; ++i) {
      ScoredBox& face = frame.faces->emplace_back();
      in >> face.box.x >> face.box.y >> face.box.width >> face.box.height >> face.score;
    }
    findings.frames.push_back(std::move(frame));
  }
  return findings;
}

int record(const std::string& model, const std::string& profile_name, std::span<char*> clips) {
  const auto profile = profile_from_name(profile_name);
  if (!profile) return failed(profile_name, "no such profile");
  const auto detector = Detector::load({.model_path = model, .threads = 1, .engine = Engine::kAuto});
  if (!detector) return failed(model, detector.error().message);
  for (const char* clip : clips) {
    std::vector<FrameObservation> frames;
    ClipOptions options;
    options.detection.profile = *profile;
    options.detection.min_score = kLeastScore;
    options.detect_every = 1;
    options.looks_closely = false;
    options.findings = [&](const FrameObservation& frame) { frames.push_back(frame); };
    const int descriptor = ::open(clip, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return failed(clip, "cannot be opened");
    const auto seen = analyze_clip(descriptor, &*detector, options, ClipLimits{}, StopCondition(), {});
    ::close(descriptor);
    if (!seen) return failed(clip, seen.error().message);
    const Size shown = seen->info.upright.shown();
    std::ofstream out(findings_path(clip, profile_name));
    out << shown.width << ' ' << shown.height << '\n';
    for (const FrameObservation& frame : frames) write(out, frame);
    if (!out.flush()) return failed(clip, "its findings cannot be written");
    std::printf("%s: %zu frames, detection %.1f ms a frame\n", clip, frames.size(),
                seen->timings.detect.count() / static_cast<double>(frames.size()));
  }
  return 0;
}

// Where thresholds lie, as src/detect/profile.cc has them for the default weights.
float min_score_of(const std::string& profile) {
  return profile == "fast" ? 0.4F : profile == "balanced" ? 0.19F : 0.18F;
}

struct Looks {
  int usual = 0;
  int close = 0;
};

// The frames as analyze_clip would have looked at them.
std::vector<FrameObservation> looked_at(const LabelledClip& clip, const ReplayOptions& options,
                                        Looks& looks) {
  std::vector<FrameObservation> frames = clip.findings.at(options.profile).frames;
  const auto may_begin_shot = [&, all = frames](std::size_t i) {
    return i > 0 && may_be_cut(all[i].luma_change, all[i - 1].luma_change);
  };
  CloseLooks close_looks(std::chrono::milliseconds(options.close_ms));
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool may_end_shot = i + 1 == frames.size() || may_begin_shot(i + 1);
    const bool may_edge_shot = may_begin_shot(i) || may_end_shot;
    if (i % static_cast<std::size_t>(options.every) != 0 && !may_edge_shot) {
      frames[i].faces.reset();
      continue;
    }
    const bool closely = close_looks.is_due(frames[i].time, may_edge_shot) && options.close != "none";
    const std::string& profile = closely ? options.close : options.profile;
    ++(closely ? looks.close : looks.usual);
    frames[i].faces = clip.findings.at(profile).frames[i].faces;
    for (ScoredBox& face : *frames[i].faces) {
      face.score = rescaled_score(face.score, min_score_of(profile), min_score_of(options.profile));
    }
  }
  return frames;
}

// A frame's regions by cell of the picture, so that a point is held against few. They are upright ellipses.
class Cover {
 public:
  Cover(std::span<const BoxF> boxes, Size picture)
      : columns_(picture.width / kCellPx + 1),
        rows_(picture.height / kCellPx + 1),
        cells_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_)) {
    std::vector<RequestedRegion> requested;
    for (const BoxF& box : boxes) requested.push_back({.box = box});
    for (const Region& region : plan_regions({}, requested, {}, RedactOptions{})) {
      const Ellipse& core = region.core;
      for (int y = row(core.center.y - core.radius_y); y <= row(core.center.y + core.radius_y); ++y) {
        for (int x = column(core.center.x - core.radius_x); x <= column(core.center.x + core.radius_x); ++x) {
          cells_[static_cast<std::size_t>(y * columns_ + x)].push_back(core);
        }
      }
    }
  }

  bool operator()(PointF point) const {
    const auto& cell = cells_[static_cast<std::size_t>(row(point.y) * columns_ + column(point.x))];
    return std::any_of(cell.begin(), cell.end(), [&](const Ellipse& core) {
      const float dx = (point.x - core.center.x) / core.radius_x;
      const float dy = (point.y - core.center.y) / core.radius_y;
      return dx * dx + dy * dy <= 1;
    });
  }

 private:
  static constexpr int kCellPx = 32;
  int column(float x) const { return std::clamp(static_cast<int>(x / kCellPx), 0, columns_ - 1); }
  int row(float y) const { return std::clamp(static_cast<int>(y / kCellPx), 0, rows_ - 1); }

  int columns_;
  int rows_;
  std::vector<std::vector<Ellipse>> cells_;
};

using BoxesByFrame = std::vector<std::vector<BoxF>>;

BoxesByFrame covered_boxes(const ClipTracks& tracks, Size shown) {
  const RegionIndex index(tracks, cover_options(shown));
  BoxesByFrame boxes(static_cast<std::size_t>(tracks.frame_count()));
  for (int frame = 0; frame < tracks.frame_count(); ++frame) {
    for (const FrameRegion& region : index.at(frame))
      boxes[static_cast<std::size_t>(frame)].push_back(region.box);
  }
  return boxes;
}

BoxesByFrame sure_boxes(const Findings& findings, float min_score) {
  BoxesByFrame boxes;
  for (const FrameObservation& frame : findings.frames) {
    auto& own = boxes.emplace_back();
    for (const ScoredBox& face : *frame.faces) {
      if (face.score >= min_score) own.push_back(face.box);
    }
  }
  return boxes;
}

void add(VideoEvaluation& evaluation, const LabelledClip& clip, Size shown, const BoxesByFrame& boxes) {
  evaluation.add_clip(clip.people, shown, static_cast<int>(boxes.size()),
                      [&](int frame) { return Cover(boxes[static_cast<std::size_t>(frame)], shown); });
}

void tell_frame(const LabelledClip& clip, const ClipTracks& tracks, int frame, const BoxF& box, float share) {
  std::printf("    frame %d, %.0f px at %.0f,%.0f: covered %.2f", frame,
              static_cast<double>(std::sqrt(box.area())), static_cast<double>(box.x),
              static_cast<double>(box.y), static_cast<double>(share));
  for (const auto& [profile, findings] : clip.findings) {
    float best = 0;
    for (const ScoredBox& face : *findings.frames[static_cast<std::size_t>(frame)].faces) {
      if (intersection_over_union(face.box, box) >= kSamePlace) best = std::max(best, face.score);
    }
    std::printf(", %s %.2f", profile.c_str(), static_cast<double>(best));
  }
  for (const Track& track : tracks.tracks) {
    if (frame < track.span.first || frame > track.span.last) continue;
    if (intersection_over_union(box_at(track, frame, tracks.times).box, box) < kSamePlace) continue;
    std::printf("; track %d, %d..%d", track.id, track.span.first, track.span.last);
  }
  std::printf("\n");
}

// Each run of frames in which somebody shows: where it begins, its middle, and where it ends.
void tell(const LabelledClip& clip, const ClipTracks& tracks, Size shown, const BoxesByFrame& boxes,
          float from_px) {
  for (const TruthPerson& person : clip.people) {
    struct Bare {
      int frame;
      BoxF box;
      float share;
    };
    std::vector<Bare> bare;
    for (const auto& [frame, box] : person.boxes) {
      if (std::sqrt(box.area()) < from_px) continue;
      const float share = covered_share(box, shown, Cover(boxes[static_cast<std::size_t>(frame)], shown));
      if (share < kCoveredShare) bare.push_back({frame, box, share});
    }
    if (bare.empty()) continue;
    std::printf("%s: person %d, seen in %d..%d, bare in %zu\n", clip.path.stem().c_str(),
                static_cast<int>(person.person), person.boxes.begin()->first, person.boxes.rbegin()->first,
                bare.size());
    for (std::size_t i = 0; i < bare.size();) {
      std::size_t end = i + 1;
      while (end < bare.size() && bare[end].frame == bare[end - 1].frame + 1) ++end;
      std::printf("  %d..%d\n", bare[i].frame, bare[end - 1].frame);
      const std::size_t step = std::max<std::size_t>(1, (end - i) / 2);
      for (std::size_t k = i; k < end; k += step) {
        tell_frame(clip, tracks, bare[k].frame, bare[k].box, bare[k].share);
      }
      i = end;
    }
  }
}

void print(const VideoEvaluation& tracked, const VideoEvaluation& single, const Looks& looks) {
  for (const float from_px : {0.F, 16.F, 32.F}) {
    const CoverFigures figures = tracked.figures(from_px, 1e9F);
    std::printf(
        "from %2.0f px: covered %.4f, exposed %d of %d (%.1f %%), never %d, longest %d, switches %d\n",
        static_cast<double>(from_px), figures.covered_recall(), figures.exposed, figures.people,
        100 * figures.exposed_share(), figures.never_covered, figures.longest_run, figures.switches);
  }
  const double frames = tracked.frame_count();
  std::printf("needless %.2f %%, single frames %.2f %%, %.3f times; of frames %.3f looked at, %.3f closely\n",
              100 * tracked.needless_area(), 100 * single.needless_area(),
              tracked.needless_area() / single.needless_area(), looks.usual / frames, looks.close / frames);
}

std::optional<LabelledClip> read_clip(const fs::path& path) {
  LabelledClip clip{path, {}, {}};
  std::ifstream in(fs::path(path).replace_extension(".truth.jsonl"));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto people = parse_video_truth(text);
  if (!in || !people) return std::nullopt;
  clip.people = std::move(*people);
  for (const char* profile : kProfiles) {
    if (auto findings = read_findings(findings_path(path, profile)))
      clip.findings[profile] = std::move(*findings);
  }
  return clip;
}

int replay(const ReplayOptions& options, std::span<char*> clips) {
  VideoEvaluation tracked;
  VideoEvaluation single;
  Looks looks;
  for (const char* path : clips) {
    const auto clip = read_clip(path);
    if (!clip) return failed(path, "there is no truth beside it that can be read");
    for (const std::string& profile : {options.profile, options.close}) {
      if (profile != "none" && !clip->findings.contains(profile)) {
        return failed(path, "there are no findings of " + profile + " beside it");
      }
    }
    const Findings& usual = clip->findings.at(options.profile);
    TrackOptions track_options;
    track_options.min_score = min_score_of(options.profile);
    const auto tracks = link_faces(looked_at(*clip, options, looks), track_options);
    if (!tracks) return failed(path, tracks.error().message);
    const BoxesByFrame boxes = covered_boxes(*tracks, usual.shown);
    add(tracked, *clip, usual.shown, boxes);
    add(single, *clip, usual.shown, sure_boxes(usual, track_options.min_score));
    if (options.tell_px > 0) tell(*clip, *tracks, usual.shown, boxes, options.tell_px);
  }
  print(tracked, single, looks);
  return 0;
}

int usage() {
  std::fprintf(stderr,
               "clip_findings record MODEL PROFILE CLIP...\n"
               "clip_findings replay [--profile P] [--close P|none] [--close-ms N] [--every N] [--tell PX] "
               "CLIP...\n");
  return 2;
}

int parse_and_replay(std::span<char*> arguments) {
  ReplayOptions options;
  while (arguments.size() > 1 && std::string_view(arguments[0]).starts_with("--")) {
    const std::string name = arguments[0];
    const std::string value = arguments[1];
    if (name == "--profile") {
      options.profile = value;
    } else if (name == "--close") {
      options.close = value;
    } else if (name == "--close-ms") {
      options.close_ms = std::atoi(value.c_str());
    } else if (name == "--every") {
      options.every = std::max(1, std::atoi(value.c_str()));
    } else if (name == "--tell") {
      options.tell_px = static_cast<float>(std::atof(value.c_str()));
    } else {
      return usage();
    }
    arguments = arguments.subspan(2);
  }
  return arguments.empty() ? usage() : replay(options, arguments);
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "record" && argc > 4) return record(argv[2], argv[3], arguments.subspan(4));
  if (command == "replay") return parse_and_replay(arguments.subspan(2));
  return usage();
}
