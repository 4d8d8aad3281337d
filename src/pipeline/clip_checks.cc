#include "pipeline/clip_checks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <set>
#include <utility>

#include "match/gates.h"
#include "media/small_picture.h"
#include "pipeline/clip_feed.h"
#include "pipeline/clip_rendering.h"
#include "pipeline/people.h"
#include "redact/coverage_check.h"

namespace face_privacy {
namespace {

// A second look a second, but no more in a long clip.
constexpr int kMostSecondLooks = 60;
constexpr double kUsualRate = 25;  // where a file does not tell
constexpr float kSameFace = 0.3F;  // by how much a look's box and a track's overlap at least

tl::unexpected<Error> other_clip() {
  return fail(ErrorCode::kDamagedPhoto, "the finished clip has other frames than the one it was made from");
}

// A clip that is read frame by frame.
class Frames {
 public:
  static Result<Frames> open(int descriptor, const ClipLimits& limits, ClipFeed::Thread thread) {
    auto demuxer = Demuxer::open(descriptor, limits);
    if (!demuxer) return fail(demuxer);
    Frames frames(std::make_unique<Demuxer>(std::move(*demuxer)));
    auto feed = ClipFeed::start(*frames.demuxer_, thread);
    if (!feed) return fail(feed);
    frames.feed_ = std::move(*feed);
    return frames;
  }

  const ClipInfo& info() const { return demuxer_->info(); }

  // None at the end.
  Result<std::optional<VideoFrame>> next() {
    for (;;) {
      auto item = feed_->next();
      if (!item) return fail(item);
      if (!*item) return std::optional<VideoFrame>();
      if (auto* frame = std::get_if<VideoFrame>(&**item)) return std::optional<VideoFrame>(std::move(*frame));
    }
  }

 private:
  explicit Frames(std::unique_ptr<Demuxer> demuxer) : demuxer_(std::move(demuxer)) {}

  std::unique_ptr<Demuxer> demuxer_;
  std::unique_ptr<ClipFeed> feed_;  // reads from the demuxer, so it goes first
};

// Luma with 8 bits: the frame's own plane, or a copy.
class Luma {
 public:
  explicit Luma(const VideoFrame& frame) {
    const VideoPlane& plane = frame.planes[0];
    if (frame.bytes_per_sample() == 1) {
      view_ = {plane.data, plane.size.width, plane.size.height, static_cast<std::size_t>(plane.stride_bytes),
               kGray8};
      return;
    }
    copy_ = Image(plane.size, kGray8);
    for (int y = 0; y < plane.size.height; ++y) {
      const auto* from = reinterpret_cast<const std::uint16_t*>(plane.row(y));
      std::transform(from, from + plane.size.width, copy_.mutable_view().row(y), [&](std::uint16_t sample) {
        return static_cast<std::uint8_t>(sample >> (frame.bit_depth - 8));
      });
    }
    view_ = copy_.view();
  }

  const ImageView& view() const { return view_; }

 private:
  Image copy_;
  ImageView view_;
};

bool is_by_hand_alone(const Track& track) {
  return std::none_of(track.keys.begin(), track.keys.end(),
                      [](const KeyBox& key) { return !key.edited && key.score > 0; });
}

// Of the long side of what is looked at.
int needed_px(const Upright& upright, const Checkers& checkers) {
  const int to_find = checkers.second.detector.largest_input_px(kSecondProfile, upright.shown());
  return checkers.recognizer == nullptr ? to_find : std::max(to_find, kRecognitionPx);
}

class ClipCheck {
 public:
  ClipCheck(const ClipInfo& made, const ClipTracks& tracks, const ClipOptions& options,
            const Checkers& checkers, const StopCondition& stop)
      : upright_(made.upright),
        tracks_(tracks),
        options_(options),
        checkers_(checkers),
        stop_(stop),
        planner_(tracks, options, upright_),
        index_(tracks, cover_options(upright_.shown())),
        small_(upright_, needed_px(upright_, checkers)),
        small_before_(upright_, needed_px(upright_, checkers)),
        every_(frames_between_looks(made)) {}

  Result<void> at(const VideoFrame& original, const VideoFrame& output) {
    const auto frame = static_cast<int>(checks_.frames++);
    follow_tracks(frame);
    const auto places = places_of(frame);
    if (!places.empty()) compare(Luma(original).view(), Luma(output).view(), places);
    if (frame % every_ != first_look()) return {};
    const ImageView after = small_.of(output);
    if (auto looked = look_again_at(frame, after); !looked) return looked;
    return compare_faces(frame, original, after);
  }

  ClipChecks finish() && {
    for (const Track& track : tracks_.tracks) {
      const bool by_hand = is_by_hand_alone(track);
      checks_.tracks.drawn += by_hand ? 1 : 0;
      checks_.tracks.found += by_hand ? 0 : 1;
      if (!track.keep && !kept_somewhere_.contains(track.id)) continue;
      const bool by_reference = track.match && track.match->verdict == Verdict::kKeep;
      ++(by_reference ? checks_.tracks.kept_by_reference : checks_.tracks.kept_by_hand);
    }
    return std::move(checks_);
  }

 private:
  int frames_between_looks(const ClipInfo& made) const {
    const double rate = made.frames_per_second > 0 ? made.frames_per_second : kUsualRate;
    const int a_second = std::max(1, static_cast<int>(std::lround(std::min(rate, 1000.0))));
    return std::max(a_second, (tracks_.frame_count() + kMostSecondLooks - 1) / kMostSecondLooks);
  }
  int first_look() const { return std::min(every_, tracks_.frame_count()) / 2; }

  // Tracks come by their first frame.
  void follow_tracks(int frame) {
    std::erase_if(in_frame_, [&](const Track* track) { return track->span.last < frame; });
    for (; next_ < tracks_.tracks.size() && tracks_.tracks[next_].span.first <= frame; ++next_)
      in_frame_.push_back(&tracks_.tracks[next_]);
  }

  // Regions as they were planned, and beside them, asking none of the code that plans, what is known of where
  // faces are.
  std::vector<Ellipse> places_of(int frame) {
    std::vector<Ellipse> places;
    for (const TrackedRegion& planned : planner_.at(frame)) places.push_back(planned.region.core);
    std::set<int> kept;
    for (const FrameRegion& found : index_.at(frame)) {
      if (is_kept(found.box, options_.keep)) kept.insert(found.track_id);
    }
    kept_somewhere_.insert(kept.begin(), kept.end());
    covered_.clear();
    for (const Track* track : in_frame_) {
      if (track->keep || kept.contains(track->id)) continue;
      covered_.push_back(track);
      places.push_back(inside(upright_.to_stored(box_at(*track, frame, tracks_.times).box)));
    }
    return places;
  }

  // A clip has thousands of places, and a mosaic lasts as long as its track: what happens by chance would
  // happen.
  void compare(const ImageView& original, const ImageView& output, std::span<const Ellipse> places) {
    const Parts parts = has_mosaics() ? Parts::kWhole : Parts::kQuartersToo;
    for (const Ellipse& place : places) {
      ++checks_.places;
      if (shows_original(left_detail(original, output, original.size(), place, parts))) ++checks_.showing;
    }
  }

  bool has_mosaics() const {
    return options_.redaction.style == Style::kPixelate ||
           std::any_of(options_.regions.begin(), options_.regions.end(),
                       [](const RequestedRegion& region) { return region.style == Style::kPixelate; });
  }

  std::vector<BoxF> known_boxes(int frame) const {
    std::vector<BoxF> known;
    for (const TrackedRegion& planned : planner_.at(frame))
      known.push_back(upright_.to_shown(box_of(planned.region)));
    for (const Track* track : in_frame_) known.push_back(box_at(*track, frame, tracks_.times).box);
    return known;
  }

  Result<void> look_again_at(int frame, const ImageView& after) {
    ++checks_.looked_at;
    const auto found = look_again(after, upright_.shown(), known_boxes(frame), checkers_.second, stop_);
    if (!found) return fail(found);
    for (const BoxF& box : *found) {
      if (checks_.to_review.size() < ClipChecks::kMaxToReview) checks_.to_review.push_back({frame, box});
    }
    return {};
  }

  // Tracks know boxes alone; where eyes, nose and mouth are, a look at the original says.
  Result<void> compare_faces(int frame, const VideoFrame& original, const ImageView& after) {
    if (checkers_.recognizer == nullptr) return {};
    if (!checks_.likeness) checks_.likeness.emplace();
    if (covered_.empty()) return {};
    const Size size = upright_.shown();
    const ImageView before = small_before_.of(original);
    const auto faces =
        checkers_.second.detector.find_faces({size, {before}}, kSecondProfile, kMinProbeScore, stop_);
    if (!faces) return fail(faces);
    for (const Face& face : *faces) {
      if (!is_to_be_covered(face, frame)) continue;
      if (auto running = stop_.check(); !running) return running;
      checks_.likeness->add(is_alike(face, {before, after, size}, *checkers_.recognizer));
    }
    return {};
  }

  // Whether a track that is not kept is where the face is.
  bool is_to_be_covered(const Face& face, int frame) const {
    return std::any_of(covered_.begin(), covered_.end(), [&](const Track* track) {
      return intersection_over_union(box_at(*track, frame, tracks_.times).box, face.box) > kSameFace;
    });
  }

  const Upright upright_;
  const ClipTracks& tracks_;
  const ClipOptions& options_;
  const Checkers& checkers_;
  const StopCondition& stop_;
  const FramePlanner planner_;
  const RegionIndex index_;
  SmallPicture small_;
  SmallPicture small_before_;  // where faces are compared
  const int every_;
  std::size_t next_ = 0;
  std::vector<const Track*> in_frame_;
  std::vector<const Track*> covered_;  // of them, those that are not kept
  std::set<int> kept_somewhere_;
  ClipChecks checks_;
};

bool have_one_size(const ClipInfo& a, const ClipInfo& b) {
  return a.size == b.size && a.upright.shown() == b.upright.shown();
}

}  // namespace

Result<ClipChecks> check_clip(int original, int output, const ClipTracks& tracks, const ClipOptions& options,
                              const Checkers& checkers, const ClipLimits& limits, const StopCondition& stop,
                              const ProgressReport& progress) {
  const auto thread = options.threads > 1 ? ClipFeed::Thread::kOwn : ClipFeed::Thread::kCallers;
  auto before = Frames::open(original, limits, thread);
  if (!before) return fail(before);
  auto after = Frames::open(output, limits, ClipFeed::Thread::kCallers);
  if (!after) return fail(after);
  if (!have_one_size(before->info(), after->info())) return other_clip();
  ClipCheck look(before->info(), tracks, options, checkers, stop);
  KnownFrames known(tracks, before->info().time_base);
  for (int frame = 0;; ++frame) {
    if (auto running = stop.check(); !running) return fail(running);
    const auto source = before->next();
    if (!source) return fail(source);
    const auto made = after->next();
    if (!made) return fail(made);
    if (source->has_value() != made->has_value()) return other_clip();
    if (!*source) break;
    if (auto same = known.check(**source); !same) return fail(same);
    if ((*made)->size != (*source)->size) return other_clip();
    if (auto looked = look.at(**source, **made); !looked) return fail(looked);
    if (progress) progress({ClipStage::kCheck, frame + 1, tracks.frame_count()});
  }
  if (auto all = known.check_all_seen(); !all) return fail(all);
  return std::move(look).finish();
}

}  // namespace face_privacy
