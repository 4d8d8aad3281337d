#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "track/box_math.h"
#include "track/track.h"

namespace face_privacy {
namespace {

constexpr int kBlockFrames = 64;

std::vector<std::uint32_t> found_keys(const Track& track) {
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < track.keys.size(); ++i) {
    if (track.keys[i].is_found()) found.push_back(static_cast<std::uint32_t>(i));
  }
  return found;
}

}  // namespace

RegionIndex::RegionIndex(const ClipTracks& clip, const CoverOptions& options)
    : clip_(&clip), options_(options), found_(clip.tracks.size()) {
  const std::size_t blocks = static_cast<std::size_t>(clip.frame_count()) / kBlockFrames + 1;
  covered_.resize(blocks);
  kept_.resize(blocks);
  for (std::size_t i = 0; i < clip.tracks.size(); ++i) {
    const Track& track = clip.tracks[i];
    if (!track.keep) found_[i] = found_keys(track);
    Blocks& of_track = track.keep ? kept_ : covered_;
    for (int block = track.span.first / kBlockFrames; block <= track.span.last / kBlockFrames; ++block) {
      of_track[block].push_back(static_cast<std::uint32_t>(i));
    }
  }
}

std::vector<FrameRegion> RegionIndex::at(int frame) const {
  std::vector<FrameRegion> regions;
  for (const std::uint32_t i : covered_[frame / kBlockFrames]) {
    const Track& track = clip_->tracks[i];
    if (frame < track.span.first || frame > track.span.last) continue;
    regions.push_back({track.id, covered_box(i, frame)});
  }
  std::sort(regions.begin(), regions.end(),
            [](const FrameRegion& a, const FrameRegion& b) { return a.track_id < b.track_id; });
  return regions;
}

std::vector<BoxF> RegionIndex::kept_at(int frame) const {
  std::vector<BoxF> boxes;
  for (const std::uint32_t i : kept_[frame / kBlockFrames]) {
    const Track& track = clip_->tracks[i];
    if (frame < track.span.first || frame > track.span.last) continue;
    boxes.push_back(box_at(track, frame, clip_->times).box);
  }
  return boxes;
}

BoxF RegionIndex::covered_box(std::size_t index, int frame) const {
  const Track& track = clip_->tracks[index];
  const TrackedBox own = box_at(track, frame, clip_->times);
  BoxF box = own.box;
  for (const int neighbor : {frame - 1, frame + 1}) {
    if (neighbor < track.span.first || neighbor > track.span.last) continue;
    box = hull(box, between(own.box, box_at(track, neighbor, clip_->times).box, options_.neighbor_share));
  }
  return own.origin == BoxOrigin::kEdited ? box : grown(box, growth(index, frame));
}

// For the time since the face was last found, or until it is next, and for how unsurely it was.
float RegionIndex::growth(std::size_t index, int frame) const {
  const std::vector<KeyBox>& keys = clip_->tracks[index].keys;
  const std::vector<std::uint32_t>& found = found_[index];
  const auto next = std::lower_bound(found.begin(), found.end(), frame,
                                     [&](std::uint32_t key, int wanted) { return keys[key].frame < wanted; });
  float unseen = std::numeric_limits<float>::infinity();
  float score = 1;
  const auto consider = [&](const KeyBox& key) {
    const std::chrono::duration<float> time = clip_->times[key.frame] - clip_->times[frame];
    unseen = std::min(unseen, std::abs(time.count()));
    score = std::min(score, key.score);
  };
  if (next != found.end()) consider(keys[*next]);
  if (next != found.begin() && !(unseen <= 0)) consider(keys[*std::prev(next)]);
  return std::min(options_.max_growth,
                  options_.growth_per_second * unseen + options_.unsure_growth * (1 - score));
}

}  // namespace face_privacy
