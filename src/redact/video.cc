// Frames of clips: each group of regions that meet is worked on by itself, in a patch of luma in place
// and a patch of both chromas side by side.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "redact/meeting_rects.h"
#include "redact/redaction.h"

namespace face_privacy {
namespace {

constexpr int kNearPx = 4;  // regions this near may share a sample of a smaller plane

std::vector<std::vector<int>> groups_of(std::span<const TrackedRegion> regions, Size frame) {
  std::vector<Rect> bounds;
  for (const TrackedRegion& one : regions) {
    const Rect rect = one.region.bounds();
    bounds.push_back(
        {rect.x - kNearPx, rect.y - kNearPx, rect.width + 2 * kNearPx, rect.height + 2 * kNearPx});
  }
  return meeting_sets(bounds, {-kNearPx, frame.width + kNearPx});
}

// The regions of a frame as they lie on a plane.
struct RegionsOnPlane {
  RegionsOnPlane(std::span<const TrackedRegion> of_frame, const VideoPlane& plane)
      : regions(shrunk(of_frame, plane)),
        places(bounds_of(regions), {0, 0, plane.size.width, plane.size.height}) {}

  static std::vector<Region> shrunk(std::span<const TrackedRegion> of_frame, const VideoPlane& plane) {
    std::vector<Region> regions;
    for (const TrackedRegion& one : of_frame)
      regions.push_back(one.region.on_plane(plane.shrink_x, plane.shrink_y));
    return regions;
  }
  static std::vector<Rect> bounds_of(std::span<const Region> regions) {
    std::vector<Rect> bounds;
    for (const Region& region : regions) bounds.push_back(region.bounds());
    return bounds;
  }

  std::vector<Region> regions;
  RectGrid places;
};

struct LumaShares {
  double red;
  double blue;
};

// Of ITU-T H.273's matrices; where none is told, what players take for granted.
LumaShares luma_shares(int matrix, Size size) {
  switch (matrix) {
    case 1: return {0.2126, 0.0722};
    case 9:
    case 10: return {0.2627, 0.0593};
    case 4:
    case 5:
    case 6: return {0.299, 0.114};
    default: return size.height >= 720 ? LumaShares{0.2126, 0.0722} : LumaShares{0.299, 0.114};
  }
}

// The white of a screen, as a share of the signal: PQ at 203 cd/m2, HLG at 75 % (ITU-R BT.2408).
double white_level(int transfer) { return transfer == 16 ? 0.58 : transfer == 18 ? 0.75 : 1; }

// Y, Cb, Cr in samples of `max_sample` full scale.
std::array<std::uint16_t, 3> video_color(const Color& color, const VideoFrame& frame, int max_sample) {
  const double white = white_level(frame.color.transfer) / 255;
  const double red = color.red * white;
  const double green = color.green * white;
  const double blue = color.blue * white;
  const LumaShares share = luma_shares(frame.color.matrix, frame.size);
  const double luma = share.red * red + (1 - share.red - share.blue) * green + share.blue * blue;
  const double cb = (blue - luma) / (2 * (1 - share.blue));
  const double cr = (red - luma) / (2 * (1 - share.red));
  const bool full = frame.color.full_range;
  const double step = (max_sample + 1) / 256.0;
  const auto sample = [&](double value) {
    return static_cast<std::uint16_t>(
        std::clamp(std::lround(value * step), 0L, static_cast<long>(max_sample)));
  };
  const auto chroma = [&](double value) { return sample(128 + value * (full ? 255 : 224)); };
  return {sample(full ? luma * 255 : 16 + luma * 219), chroma(cb), chroma(cr)};
}

// `count` samples of a row of a plane, and one channel of so many pixels: 8 bits stay, more are shifted to
// fill
// 16. What a copy needs is in values of its own and the pixels' step known here, so that it is done by
// vectors.
template <std::ptrdiff_t kStep, class Sample>
void take_row(const Sample* samples, Sample* pixels, int count, int shift) {
  for (int x = 0; x < count; ++x) pixels[x * kStep] = static_cast<Sample>(samples[x] << shift);
}
template <std::ptrdiff_t kStep, class Sample>
void give_row(Sample* samples, const Sample* pixels, int count, int shift) {
  for (int x = 0; x < count; ++x) samples[x] = static_cast<Sample>(pixels[x * kStep] >> shift);
}

// Between a plane and a patch of it.
class PatchCopy {
 public:
  explicit PatchCopy(const VideoFrame& frame) : shift_(frame.bit_depth > 8 ? 16 - frame.bit_depth : 0) {}

  // Channel `channel` of `patch` from or to where it lies on the plane.
  void take(const VideoPlane& plane, const Rect& area, int channel, Image& patch) const {
    const bool is_alone = patch.layout().channels() == 1;
    each_row(plane, area, channel, patch, [&](auto* samples, auto* pixels) {
      is_alone ? take_row<1>(samples, pixels, area.width, shift_)
               : take_row<2>(samples, pixels, area.width, shift_);
    });
  }
  void give(const VideoPlane& plane, const Rect& area, int channel, Image& patch) const {
    const bool is_alone = patch.layout().channels() == 1;
    each_row(plane, area, channel, patch, [&](auto* samples, auto* pixels) {
      is_alone ? give_row<1>(samples, pixels, area.width, shift_)
               : give_row<2>(samples, pixels, area.width, shift_);
    });
  }

 private:
  template <class Row>
  static void each_row(const VideoPlane& plane, const Rect& area, int channel, Image& patch, Row row) {
    const MutableImageView view = patch.mutable_view();
    for (int y = 0; y < area.height; ++y) {
      std::uint8_t* from = plane.row(area.y + y);
      if (patch.layout().bytes_per_sample == 2) {
        row(reinterpret_cast<std::uint16_t*>(from) + area.x,
            reinterpret_cast<std::uint16_t*>(view.row(y)) + channel);
      } else {
        row(from + area.x, view.row(y) + channel);
      }
    }
  }

  int shift_;
};

// The regions of a frame, on planes.
class FrameWork {
 public:
  FrameWork(const VideoFrame& frame, std::span<const TrackedRegion> regions, CoverMemory& memory,
            const RedactOptions& options)
      : frame_(frame),
        regions_(regions),
        memory_(memory),
        options_(options),
        luma_(regions, frame.planes[0]),
        chroma_(regions, frame.planes[1]) {}

  void redact(std::span<const int> group) {
    redact_planes(group, CoverMemory::kLuma, {ColorModel::kGray, false, frame_.bytes_per_sample()}, 0, 1);
    redact_planes(group, CoverMemory::kChroma, {ColorModel::kChroma, false, frame_.bytes_per_sample()}, 1, 2);
  }

 private:
  void redact_planes(std::span<const int> group, CoverMemory::Plane which, const PixelLayout& layout,
                     int first, int count) {
    const VideoPlane& plane = frame_.planes[first];
    const RegionsOnPlane& there = which == CoverMemory::kLuma ? luma_ : chroma_;
    std::vector<Region> own;
    FrameCovers covers;
    Rect area;
    for (const int member : group) {
      const Region& region = there.regions[member];
      const Rect support = Redactor::support(region, plane.size);
      if (support.empty()) continue;
      area = unite(area, support);
      own.push_back(region);
      covers.of_regions.push_back(&memory_.of(regions_[member].track, which));
    }
    if (own.empty()) return;
    covers.elapsed_s = memory_.elapsed_s();
    const auto color = video_color(options_.color, frame_, layout.bytes_per_sample == 2 ? 0xFFFF : 0xFF);
    std::copy_n(color.begin() + first, count, covers.fill_color.begin());

    Image patch(Size{area.width, area.height}, layout);
    const PatchCopy copy(frame_);
    for (int channel = 0; channel < count; ++channel)
      copy.take(frame_.planes[first + channel], area, channel, patch);
    redact_pixels(patch.mutable_view(), area, plane.size, own, others_near(group, area, there), options_,
                  &covers, nullptr);
    for (int channel = 0; channel < count; ++channel)
      copy.give(frame_.planes[first + channel], area, channel, patch);
  }

  static std::vector<Region> others_near(std::span<const int> group, const Rect& area,
                                         const RegionsOnPlane& there) {
    std::vector<Region> others;
    for (const int i : there.places.meeting(area, there.regions.size())) {
      if (!std::binary_search(group.begin(), group.end(), i)) others.push_back(there.regions[i]);
    }
    return others;
  }

  const VideoFrame& frame_;
  const std::span<const TrackedRegion> regions_;
  CoverMemory& memory_;
  const RedactOptions& options_;
  const RegionsOnPlane luma_;
  const RegionsOnPlane chroma_;
};

// Gray, whatever was there.
void cover_whole(const VideoFrame& frame) {
  for (const VideoPlane& plane : frame.planes) {
    for (int y = 0; y < plane.size.height; ++y) {
      if (frame.bytes_per_sample() == 1) {
        std::memset(plane.row(y), 0x80, static_cast<std::size_t>(plane.size.width));
      } else {
        std::fill_n(reinterpret_cast<std::uint16_t*>(plane.row(y)), plane.size.width,
                    static_cast<std::uint16_t>(1 << (frame.bit_depth - 1)));
      }
    }
  }
}

}  // namespace

Redacted<VideoFrame> Redactor::redact(VideoFrame&& frame, std::span<const TrackedRegion> regions,
                                      CoverMemory& memory, const RedactOptions& options) {
  assert(frame.is_writable || (regions.empty() && !frame.damaged));
  if (frame.damaged) {
    cover_whole(frame);
    return Redacted<VideoFrame>(std::move(frame));
  }
  FrameWork work(frame, regions, memory, options);
  for (const std::vector<int>& group : groups_of(regions, frame.size)) work.redact(group);
  return Redacted<VideoFrame>(std::move(frame));
}

}  // namespace face_privacy
