#include <algorithm>
#include <cmath>
#include <iterator>

#include "track/box_math.h"
#include "track/track.h"

namespace face_privacy {
namespace {

constexpr int kBlockFrames = 64;
// Of the picture's longer side: 6 px of 1280.
constexpr float kEdgeShare = 6.F / 1280;
// Detections before a frame, and after it, among which the one is looked for that tells most.
constexpr std::ptrdiff_t kMostTold = 64;

std::vector<std::uint32_t> found_keys(const Track& track) {
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < track.keys.size(); ++i) {
    if (track.keys[i].is_found()) found.push_back(static_cast<std::uint32_t>(i));
  }
  return found;
}

}  // namespace

CoverOptions cover_options(Size shown) {
  CoverOptions options;
  options.edge_px = kEdgeShare * static_cast<float>(std::max(shown.width, shown.height));
  return options;
}

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
  if (own.origin == BoxOrigin::kEdited) return box;
  return grown(box, growth(index, frame), options_.edge_px);
}

// For how unsurely the face was found, and for the time since then or until then: what the detection says
// that says most.
float RegionIndex::growth(std::size_t index, int frame) const {
  const std::vector<KeyBox>& keys = clip_->tracks[index].keys;
  const std::vector<std::uint32_t>& found = found_[index];
  const auto next = std::lower_bound(found.begin(), found.end(), frame,
                                     [&](std::uint32_t key, int wanted) { return keys[key].frame < wanted; });
  float least = options_.max_growth;
  // False: it is so far away that those beyond it say no more.
  const auto consider = [&](const KeyBox& key) {
    const std::chrono::duration<float> time = clip_->times[key.frame] - clip_->times[frame];
    const float for_time = options_.growth_per_second * std::abs(time.count());
    least = std::min(least, for_time + options_.unsure_growth * (1 - key.score));
    return for_time < least;
  };
  const auto end = next + std::min(kMostTold, found.end() - next);
  for (auto it = next; it != end && consider(keys[*it]); ++it) {
  }
  const auto begin = next - std::min(kMostTold, next - found.begin());
  for (auto it = next; it != begin && consider(keys[*std::prev(it)]); --it) {
  }
  return least;
}

}  // namespace face_privacy
