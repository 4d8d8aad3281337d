#include "redact/mosaic.h"

#include <sys/random.h>

#include <cerrno>
#include <cmath>
#include <system_error>

#include "redact/cluster.h"

namespace face_privacy {
namespace {

// Below this a cell would be hardly more than a pixel.
constexpr int kMinCellPx = 4;

// A cell with less than this share of its pixels in a core takes the mean of all cells: the average
// of a handful of pixels is no average.
constexpr double kMinCellShare = 1.0 / 16;

using PixelNoise = std::array<int, kMaxColorChannels>;

// Uniform whole numbers from the kernel's random source.
class Noise {
 public:
  // The same for all channels, and something more for each.
  template <class Sample>
  PixelNoise color(int shared, int each) {
    const int common = within(shared * kSamplePerStep<Sample>);
    PixelNoise result{};
    for (int& value : result) value = common + within(each * kSamplePerStep<Sample>);
    return result;
  }

 private:
  // -limit..limit
  int within(int limit) {
    const auto range = static_cast<std::uint64_t>(2 * limit + 1);
    return static_cast<int>(next() * range >> 32) - limit;
  }

  std::uint64_t next() {
    if (used_ == numbers_.size()) refill();
    return numbers_[used_++];
  }

  void refill() {
    auto* bytes = reinterpret_cast<std::uint8_t*>(numbers_.data());
    std::size_t done = 0;
    while (done < sizeof(numbers_)) {
      const ssize_t got = getrandom(bytes + done, sizeof(numbers_) - done, 0);
      if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
      if (got > 0) done += static_cast<std::size_t>(got);
    }
    used_ = 0;
  }

  std::array<std::uint32_t, 64> numbers_{};
  std::size_t used_ = numbers_.size();
};

struct CellSum {
  std::array<std::uint64_t, kMaxColorChannels> sum{};
  std::uint64_t count = 0;
};

int cells_along(int side, int longer_side, int cells) {
  const int by_shape = static_cast<int>(std::lround(static_cast<double>(cells) * side / longer_side));
  return std::max(1, std::min(by_shape, side / kMinCellPx));
}

}  // namespace

template <class Sample>
Mosaic<Sample>::Mosaic(const Canvas<Sample>& canvas, Size picture, std::span<const Outline> outlines,
                       std::span<const int> members, int cells) {
  for (const int member : members) area_ = unite(area_, outlines[member].bounds());
  area_ = intersect(area_, {0, 0, picture.width, picture.height});
  const int longer_side = std::max({1, area_.width, area_.height});
  columns_ = cells_along(area_.width, longer_side, cells);
  rows_ = cells_along(area_.height, longer_side, cells);

  std::vector<CellSum> sums(static_cast<std::size_t>(columns_) * rows_);
  CellSum all;
  for_each_core_span(canvas, outlines, members, [&](int y, Span span) {
    for (int x = span.begin; x < span.end;) {
      const int end = std::min(span.end, column_end(x));
      CellSum& cell = sums[static_cast<std::size_t>(row_of(y)) * columns_ + column_of(x)];
      const Sample* pixel = canvas.at(x, y);
      for (int i = x; i < end; ++i, pixel += canvas.channels()) {
        for (int c = 0; c < canvas.color_channels(); ++c) cell.sum[c] += pixel[c];
      }
      cell.count += static_cast<std::uint64_t>(end - x);
      x = end;
    }
  });
  for (const CellSum& cell : sums) {
    for (int c = 0; c < kMaxColorChannels; ++c) all.sum[c] += cell.sum[c];
    all.count += cell.count;
  }

  Noise noise;
  const PixelNoise face_noise = noise.color<Sample>(kFaceNoise, kFaceChannelNoise);
  const double enough = kMinCellShare * area_.width / columns_ * area_.height / rows_;
  colors_.resize(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const CellSum& source = static_cast<double>(sums[i].count) >= enough ? sums[i] : all;
    for (int c = 0; c < kMaxColorChannels; ++c) {
      const int mean =
          source.count == 0 ? kMaxSample<Sample> / 2 : static_cast<int>(source.sum[c] / source.count);
      const int noisy = mean + face_noise[c] + cell_noise[c];
      colors_[i][c] = static_cast<Sample>(std::clamp(noisy, 0, kMaxSample<Sample>));
    }
  }
}

template <class Sample>
int Mosaic<Sample>::column_of(int x) const {
  return static_cast<int>(static_cast<std::int64_t>(x - area_.x) * columns_ / area_.width);
}

template <class Sample>
int Mosaic<Sample>::row_of(int y) const {
  return static_cast<int>(static_cast<std::int64_t>(y - area_.y) * rows_ / area_.height);
}

template <class Sample>
int Mosaic<Sample>::column_end(int x) const {
  const std::int64_t next = column_of(x) + 1;
  return area_.x + static_cast<int>((next * area_.width + columns_ - 1) / columns_);
}

template <class Sample>
const PixelColor<Sample>& Mosaic<Sample>::cell_at(int x, int y) const {
  return colors_[static_cast<std::size_t>(row_of(y)) * columns_ + column_of(x)];
}

template <class Sample>
void MosaicRows<Sample>::write(int y, Span span, Sample* pixels) {
  const int channels = layout_.channels();
  const int color_channels = layout_.color_channels();
  for (int x = span.begin; x < span.end;) {
    const PixelColor<Sample>& color = mosaic_.cell_at(x, y);
    for (const int end = std::min(span.end, mosaic_.column_end(x)); x < end; ++x, pixels += channels) {
      for (int c = 0; c < color_channels; ++c) pixels[c] = color[c];
    }
  }
}

template class Mosaic<std::uint8_t>;
template class Mosaic<std::uint16_t>;
template class MosaicRows<std::uint8_t>;
template class MosaicRows<std::uint16_t>;

}  // namespace face_privacy
