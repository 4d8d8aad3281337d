#include <algorithm>

#include "track/box_math.h"
#include "track/track.h"

namespace face_privacy {
namespace {

constexpr int kBlockFrames = 64;

bool is_seen(const TrackedBox& box) {
  return box.origin == BoxOrigin::kDetected || box.origin == BoxOrigin::kEdited;
}

}  // namespace

RegionIndex::RegionIndex(const ClipTracks& clip, const CoverOptions& options)
    : clip_(&clip),
      options_(options),
      blocks_(static_cast<std::size_t>(clip.frame_count()) / kBlockFrames + 1) {
  for (std::size_t i = 0; i < clip.tracks.size(); ++i) {
    const Track& track = clip.tracks[i];
    if (track.keep) continue;
    for (int block = track.first_frame / kBlockFrames; block <= track.last_frame() / kBlockFrames; ++block) {
      blocks_[block].push_back(static_cast<std::uint32_t>(i));
    }
  }
}

std::vector<FrameRegion> RegionIndex::at(int frame) const {
  std::vector<FrameRegion> regions;
  for (const std::uint32_t i : blocks_[frame / kBlockFrames]) {
    const Track& track = clip_->tracks[i];
    if (frame < track.first_frame || frame > track.last_frame()) continue;
    regions.push_back({track.id, covered_box(track, frame)});
  }
  std::sort(regions.begin(), regions.end(),
            [](const FrameRegion& a, const FrameRegion& b) { return a.track_id < b.track_id; });
  return regions;
}

BoxF RegionIndex::covered_box(const Track& track, int frame) const {
  const int first = std::max(track.first_frame, frame - options_.hull_frames);
  const int last = std::min(track.last_frame(), frame + options_.hull_frames);
  BoxF box = track.boxes[frame - track.first_frame].box;
  for (int i = first; i <= last; ++i) box = hull(box, track.boxes[i - track.first_frame].box);
  return grown(box, growth(track, frame));
}

float RegionIndex::growth(const Track& track, int frame) const {
  if (!(options_.growth_per_second > 0)) return 0;
  const auto at = [&](int i) { return track.boxes[i - track.first_frame]; };
  const auto distance = [&](int i) {
    const std::chrono::duration<float> time = clip_->times[i] - clip_->times[frame];
    return std::abs(time.count()) * options_.growth_per_second;
  };
  float nearest = options_.max_growth;
  for (int i = frame; i >= track.first_frame && distance(i) < nearest; --i) {
    if (is_seen(at(i))) nearest = distance(i);
  }
  for (int i = frame; i <= track.last_frame() && distance(i) < nearest; ++i) {
    if (is_seen(at(i))) nearest = distance(i);
  }
  return nearest;
}

}  // namespace face_privacy
