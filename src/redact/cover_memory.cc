#include "redact/cover_memory.h"

#include <algorithm>
#include <cmath>

namespace face_privacy {
namespace {

// The light around a face changes with every step it makes; its mean color only with the light.
constexpr double kRingSettles_s = 0.15;
constexpr double kMeanSettles_s = 1.0;

constexpr double kForgottenAfter_s = 30;
constexpr std::size_t kManyTracks = 256;

float share_of(double elapsed_s, double settles_s) {
  return static_cast<float>(1 - std::exp(-std::max(0.0, elapsed_s) / settles_s));
}

void follow_ring(Ring& ring, const Ring& seen, float share) {
  if (seen.is_empty) return;
  if (ring.is_empty) {
    ring = seen;
    return;
  }
  for (int d = 0; d < kRingDirections; ++d) {
    // A direction that was out of sight has no color to start from.
    const float of_color = ring.weight[d] > 0 ? share : 1.F;
    if (seen.weight[d] > 0) {
      for (int c = 0; c < kMaxColorChannels; ++c)
        ring.color[c][d] += of_color * (seen.color[c][d] - ring.color[c][d]);
    }
    ring.weight[d] += of_color * (seen.weight[d] - ring.weight[d]);
  }
}

}  // namespace

void TrackCover::follow(std::array<float, kMaxColorChannels>& mean, Ring& ring, double elapsed_s) {
  if (has_seen_) {
    const float share = share_of(elapsed_s, kMeanSettles_s);
    for (int c = 0; c < kMaxColorChannels; ++c) mean_[c] += share * (mean[c] - mean_[c]);
    follow_ring(ring_, ring, share_of(elapsed_s, kRingSettles_s));
  } else {
    mean_ = mean;
    ring_ = ring;
    has_seen_ = true;
  }
  mean = mean_;
  ring = ring_;
}

void CoverMemory::begin_frame(double time_s) {
  elapsed_s_ = has_begun_ ? time_s - now_s_ : 0;
  now_s_ = time_s;
  has_begun_ = true;
  if (tracks_.size() > kManyTracks) forget_old();
}

TrackCover& CoverMemory::of(int track, Plane plane) {
  Entry& entry = tracks_[track];
  entry.last_used_s = now_s_;
  return entry.planes[plane];
}

void CoverMemory::forget_old() {
  std::erase_if(tracks_,
                [&](const auto& track) { return track.second.last_used_s < now_s_ - kForgottenAfter_s; });
}

}  // namespace face_privacy
