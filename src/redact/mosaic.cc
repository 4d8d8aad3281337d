#include "redact/mosaic.h"

#include <sys/random.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <system_error>

#include "crypto/digest.h"
#include "redact/cluster.h"
#include "redact/pixel_sum.h"

namespace face_privacy {
namespace {

// Below this a cell would be hardly more than a pixel.
constexpr int kMinCellPx = 4;

// A cell with less than this share of its pixels in a core takes the mean of all cells: the average
// of a handful of pixels is no average.
constexpr double kMinCellShare = 1.0 / 16;

// Of noise on red, green and blue, in a chroma: the root of the sum of its factors' squares (ITU-T T.871).
constexpr double kChromaShare = 0.64;

using PixelNoise = std::array<int, kMaxColorChannels>;

// All that a mosaic shows but its noise, as numbers: what differs in any of it gets other noise, so that no
// two mosaics can be subtracted from one another.
Bytes what_is_shown(ColorModel model, const Rect& area, int columns, int rows,
                    std::span<const PixelSum> sums) {
  std::vector<std::uint64_t> numbers = {
      static_cast<std::uint64_t>(model),       static_cast<std::uint64_t>(area.x),
      static_cast<std::uint64_t>(area.y),      static_cast<std::uint64_t>(area.width),
      static_cast<std::uint64_t>(area.height), static_cast<std::uint64_t>(columns),
      static_cast<std::uint64_t>(rows)};
  for (const PixelSum& sum : sums) {
    numbers.push_back(sum.count);
    numbers.insert(numbers.end(), sum.channels.begin(), sum.channels.end());
  }
  Bytes bytes(numbers.size() * sizeof(std::uint64_t));
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

// Uniform whole numbers from the kernel's random source or, where a key is given, HMAC-SHA256 of `context`
// and a counter.
class Noise {
 public:
  Noise(const std::optional<NoiseKey>& key, Bytes context) : key_(key), context_(std::move(context)) {}

  // The same for all channels, and something more for each. A chroma gets as much as noise on red, green
  // and blue comes to in it, where what they share is none.
  template <class Sample>
  PixelNoise color(ColorModel model, int shared, int each) {
    const int first_chroma = model == ColorModel::kChroma ? 0
                             : model == ColorModel::kYcc  ? 1
                                                          : kMaxColorChannels;
    const int common = within(shared * kSamplePerStep<Sample>);
    PixelNoise result{};
    for (int c = 0; c < kMaxColorChannels; ++c) {
      const bool is_chroma = c >= first_chroma;
      const double share = is_chroma ? kChromaShare : 1;
      result[c] = within(static_cast<int>(share * each * kSamplePerStep<Sample>)) + (is_chroma ? 0 : common);
    }
    return result;
  }

 private:
  // -limit..limit
  int within(int limit) {
    const std::uint64_t range = 2 * static_cast<std::uint64_t>(limit) + 1;
    return static_cast<int>(next() * range >> 32) - limit;
  }

  std::uint64_t next() {
    if (used_ == numbers_.size()) refill();
    return numbers_[used_++];
  }

  void refill() {
    used_ = 0;
    key_ ? refill_from_key() : refill_from_kernel();
  }

  void refill_from_key() {
    Bytes message = context_;
    for (std::size_t i = 0; i < numbers_.size(); i += sizeof(Sha256) / sizeof(std::uint32_t), ++counter_) {
      message.resize(context_.size());
      const auto* counter = reinterpret_cast<const std::uint8_t*>(&counter_);
      message.insert(message.end(), counter, counter + sizeof counter_);
      const Sha256 block = hmac_sha256(*key_, message);
      std::memcpy(&numbers_[i], block.data(), block.size());
    }
  }

  void refill_from_kernel() {
    auto* bytes = reinterpret_cast<std::uint8_t*>(numbers_.data());
    std::size_t done = 0;
    while (done < sizeof(numbers_)) {
      const ssize_t got = getrandom(bytes + done, sizeof(numbers_) - done, 0);
      if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
      if (got > 0) done += static_cast<std::size_t>(got);
    }
  }

  const std::optional<NoiseKey>& key_;
  Bytes context_;
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 64> numbers_{};
  std::size_t used_ = numbers_.size();
};

int cells_along(int side, int longer_side, int cells) {
  const int by_shape = static_cast<int>(std::lround(static_cast<double>(cells) * side / longer_side));
  return std::max(1, std::min(by_shape, side / kMinCellPx));
}

// `side` pixels in `cells` cells: which one a pixel is in, and where one begins.
int index_along(int pixel, int cells, int side) {
  return static_cast<int>(static_cast<std::int64_t>(pixel) * cells / side);
}
int begin_along(int cell, int cells, int side) {
  return static_cast<int>((static_cast<std::int64_t>(cell) * side + cells - 1) / cells);
}

}  // namespace

template <class Sample>
Mosaic<Sample>::Mosaic(const Canvas<Sample>& canvas, Size picture, std::span<const Outline> outlines,
                       std::span<const int> members, int cells, const std::optional<NoiseKey>& noise_key,
                       PixelMask& cores) {
  for (const int member : members) area_ = unite(area_, outlines[member].bounds());
  area_ = intersect(area_, {0, 0, picture.width, picture.height});
  const int longer_side = std::max({1, area_.width, area_.height});
  columns_ = cells_along(area_.width, longer_side, cells);
  rows_ = cells_along(area_.height, longer_side, cells);

  std::vector<PixelSum> sums(static_cast<std::size_t>(columns_) * rows_);
  add_cores(canvas, outlines, members, cores, [&](int y, Span span) {
    for (int x = span.begin; x < span.end;) {
      const int end = std::min(span.end, column_end(x));
      sums[cell_index(x, y)].add(canvas.at(x, y), end - x, canvas.channels());
      x = end;
    }
  });
  PixelSum all;
  for (const PixelSum& cell : sums) all += cell;

  const ColorModel model = canvas.view.layout.model;
  Noise noise(noise_key, noise_key ? what_is_shown(model, area_, columns_, rows_, sums) : Bytes{});
  const PixelNoise face_noise = noise.color<Sample>(model, kFaceNoise, kFaceChannelNoise);
  const double enough = kMinCellShare * area_.width / columns_ * area_.height / rows_;
  colors_.resize(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const PixelSum& source = static_cast<double>(sums[i].count) >= enough ? sums[i] : all;
    const PixelNoise cell_noise = noise.color<Sample>(model, kCellNoise, kCellChannelNoise);
    for (int c = 0; c < kMaxColorChannels; ++c) {
      const int mean =
          source.count == 0 ? kMaxSample<Sample> / 2 : static_cast<int>(source.channels[c] / source.count);
      const int noisy = mean + face_noise[c] + cell_noise[c];
      colors_[i][c] = static_cast<Sample>(std::clamp(noisy, 0, kMaxSample<Sample>));
    }
  }
}

template <class Sample>
Mosaic<Sample>::Mosaic(const Rect& area, const MosaicCells& cells)
    : area_(area), columns_(cells.columns), rows_(cells.rows) {
  for (const auto& color : cells.colors) {
    colors_.emplace_back();
    for (int c = 0; c < kMaxColorChannels; ++c) colors_.back()[c] = static_cast<Sample>(color[c]);
  }
}

template <class Sample>
MosaicCells Mosaic<Sample>::cells() const {
  MosaicCells cells{columns_, rows_, {}};
  for (const auto& color : colors_) {
    cells.colors.emplace_back();
    std::copy(color.begin(), color.end(), cells.colors.back().begin());
  }
  return cells;
}

template <class Sample>
std::size_t Mosaic<Sample>::cell_index(int x, int y) const {
  return static_cast<std::size_t>(index_along(y - area_.y, rows_, area_.height)) * columns_ +
         index_along(x - area_.x, columns_, area_.width);
}

template <class Sample>
int Mosaic<Sample>::column_end(int x) const {
  return area_.x + begin_along(index_along(x - area_.x, columns_, area_.width) + 1, columns_, area_.width);
}

template <class Sample>
int Mosaic<Sample>::row_end(int y) const {
  return area_.y + begin_along(index_along(y - area_.y, rows_, area_.height) + 1, rows_, area_.height);
}

template <class Sample>
void MosaicRows<Sample>::write(int y, Span span, Sample* pixels) {
  const int channels = layout_.channels();
  const Rect& area = mosaic_.area();
  if (y >= row_end_) {
    row_.resize(static_cast<std::size_t>(area.width) * channels);
    Sample* pixel = row_.data();
    for (int x = area.x; x < area.right();) {
      const PixelColor<Sample>& color = mosaic_.color_at(x, y);
      for (const int end = mosaic_.column_end(x); x < end; ++x, pixel += channels) {
        for (int c = 0; c < layout_.color_channels(); ++c) pixel[c] = color[c];
      }
    }
    row_end_ = mosaic_.row_end(y);
  }
  const auto first = row_.begin() + static_cast<std::ptrdiff_t>(span.begin - area.x) * channels;
  std::copy_n(first, static_cast<std::ptrdiff_t>(span.size()) * channels, pixels);
}

template class Mosaic<std::uint8_t>;
template class Mosaic<std::uint16_t>;
template class MosaicRows<std::uint8_t>;
template class MosaicRows<std::uint16_t>;

}  // namespace face_privacy
