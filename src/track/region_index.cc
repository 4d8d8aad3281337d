#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "track/box_math.h"
#include "track/track.h"

namespace face_privacy {
namespace {

constexpr int kBlockFrames = 64;

}  // namespace

RegionIndex::RegionIndex(const ClipTracks& clip, const CoverOptions& options)
    : clip_(&clip),
      options_(options),
      blocks_(static_cast<std::size_t>(clip.frame_count()) / kBlockFrames + 1) {
  for (std::size_t i = 0; i < clip.tracks.size(); ++i) {
    const Track& track = clip.tracks[i];
    if (track.keep) continue;
    for (int block = track.span.first / kBlockFrames; block <= track.span.last / kBlockFrames; ++block) {
      blocks_[block].push_back(static_cast<std::uint32_t>(i));
    }
  }
}

std::vector<FrameRegion> RegionIndex::at(int frame) const {
  std::vector<FrameRegion> regions;
  for (const std::uint32_t i : blocks_[frame / kBlockFrames]) {
    const Track& track = clip_->tracks[i];
    if (frame < track.span.first || frame > track.span.last) continue;
    regions.push_back({track.id, covered_box(track, frame)});
  }
  std::sort(regions.begin(), regions.end(),
            [](const FrameRegion& a, const FrameRegion& b) { return a.track_id < b.track_id; });
  return regions;
}

BoxF RegionIndex::covered_box(const Track& track, int frame) const {
  const TrackedBox own = box_at(track, frame, clip_->times);
  const int first = std::max(track.span.first, frame - options_.hull_frames);
  const int last = std::min(track.span.last, frame + options_.hull_frames);
  BoxF box = own.box;
  for (int i = first; i <= last; ++i) box = hull(box, box_at(track, i, clip_->times).box);
  return own.origin == BoxOrigin::kEdited ? box : grown(box, growth(track, frame));
}

float RegionIndex::growth(const Track& track, int frame) const {
  const auto after = std::lower_bound(track.keys.begin(), track.keys.end(), frame,
                                      [](const KeyBox& key, int wanted) { return key.frame < wanted; });
  const auto since = [&](const KeyBox& key) {
    const std::chrono::duration<float> time = clip_->times[key.frame] - clip_->times[frame];
    return std::abs(time.count());
  };
  float unseen = std::numeric_limits<float>::infinity();
  if (after != track.keys.end()) unseen = std::min(unseen, since(*after));
  if (after != track.keys.begin()) unseen = std::min(unseen, since(*std::prev(after)));
  return std::min(options_.max_growth, options_.growth_per_second * unseen);
}

}  // namespace face_privacy
