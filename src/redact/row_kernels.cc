#include "redact/row_kernels.h"

#include <algorithm>
#include <cstring>

#include "base/simd.h"

namespace face_privacy {
namespace {

template <class Number>
FACE_PRIVACY_INLINE void put_eight(const Float8& values, Number* to) {
  const Int8 whole = __builtin_convertvector(values, Int8);
  if constexpr (sizeof(Number) == 4) {
    std::memcpy(to, &whole, sizeof whole);
  } else {
    // A number of 16 bits without a sign has the bits of one with a sign.
    const Short8 narrow = __builtin_convertvector(whole, Short8);
    if constexpr (sizeof(Number) == 2) {
      std::memcpy(to, &narrow, sizeof narrow);
    } else {
      const Byte8 bytes = __builtin_convertvector(narrow, Byte8);
      std::memcpy(to, &bytes, sizeof bytes);
    }
  }
}

// Spans are short: what is left over after eights is done by eight that overlap those before, as what is
// written depends on nothing that was.
template <class Eight, class One>
FACE_PRIVACY_INLINE void for_each_eight(int count, Eight eight_from, One one) {
  if (count < 8) {
    for (int i = 0; i < count; ++i) one(i);
    return;
  }
  for (int i = 0; i < count - 8; i += 8) eight_from(i);
  eight_from(count - 8);
}

template <class Sample>
FACE_PRIVACY_INLINE void mix(const std::array<const float*, 4>& rows, const std::array<float, 4>& weights,
                             int count, Sample* samples) {
  const float* const a = rows[0];
  const float* const b = rows[1];
  const float* const c = rows[2];
  const float* const d = rows[3];
  const float wa = weights[0];
  const float wb = weights[1];
  const float wc = weights[2];
  const float wd = weights[3];
  for_each_eight(
      count,
      [&](int i) __attribute__((always_inline)) {
        const Float8 value = wa * eight(a + i) + wb * eight(b + i) + wc * eight(c + i) + wd * eight(d + i);
        put_eight<Sample>(value + 0.5F, samples + i);
      },
      [&](int i) __attribute__((always_inline)) {
        const float value = wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
        // NOLINTNEXTLINE(bugprone-incorrect-roundings): not negative, and a call a sample is dear
        samples[i] = static_cast<Sample>(static_cast<int>(value + 0.5F));
      });
}

template <class Sample>
FACE_PRIVACY_INLINE void fix(const float* weights, int count, Fixed<Sample>* fixed) {
  constexpr auto kOne = static_cast<float>(kOneFixed<Sample>);
  for_each_eight(
      count,
      [&](int i) __attribute__((always_inline)) {
        const Float8 weight = eight(weights + i) * kOne;
        put_eight<Fixed<Sample>>(weight + 0.5F, fixed + i);
      },
      [&](int i) __attribute__((always_inline)) {
        // NOLINTNEXTLINE(bugprone-incorrect-roundings): not negative, and a call a pixel is dear
        fixed[i] = static_cast<Fixed<Sample>>(static_cast<int>(weights[i] * kOne + 0.5F));
      });
}

template <class Sample>
FACE_PRIVACY_INLINE void mingle(const Sample* patch, const Fixed<Sample>* weights, int count,
                                Sample* samples) {
  using Wide = Fixed<Sample>;
  constexpr Wide kOne = kOneFixed<Sample>;
  const auto mingled = [&](Sample sample, Wide weight, Sample over) __attribute__((always_inline)) {
    return static_cast<Sample>(
        static_cast<Wide>(sample * static_cast<Wide>(kOne - weight) + over * weight + kOne / 2) / kOne);
  };
  constexpr int kSide = 16;
  int i = 0;
  for (; i + kSide <= count; i += kSide) {
    for (int k = i; k < i + kSide; ++k) samples[k] = mingled(samples[k], weights[k], patch[k]);
  }
  if (i == count) return;
  // The rest, with what lies behind it made up.
  Sample rest[kSide] = {};
  Sample over[kSide] = {};
  Wide share[kSide] = {};
  const auto left = static_cast<std::size_t>(count - i);
  std::memcpy(rest, samples + i, left * sizeof(Sample));
  std::memcpy(over, patch + i, left * sizeof(Sample));
  std::memcpy(share, weights + i, left * sizeof(Wide));
  for (int k = 0; k < kSide; ++k) rest[k] = mingled(rest[k], share[k], over[k]);
  std::memcpy(samples + i, rest, left * sizeof(Sample));
}

FACE_PRIVACY_INLINE void raise_to(float least, Float8& values) {
  const Float8 all = Float8{} + least;
  values = values > all ? values : all;
}

// Of eight pixels from dx on.
FACE_PRIVACY_INLINE void feather_of_eight(const EllipseRow& row, const Float8& dx, Float8& share) {
  Float8 beyond_core = (row.core_xx * dx + row.core_xy) * dx + (row.core_yy - 1.F);
  Float8 before_edge = (1.F - row.full_yy) - (row.full_xx * dx + row.full_xy) * dx;
  raise_to(0.F, beyond_core);
  raise_to(0.F, before_edge);
  Float8 width = beyond_core + before_edge;
  raise_to(1e-12F, width);
  share = before_edge / width;
  ease(share);
}

constexpr Float8 kFirstEight{0, 1, 2, 3, 4, 5, 6, 7};

FACE_PRIVACY_INLINE void feather(const EllipseRow& row, float first_dx, int count, float* weights) {
  Float8 dx = kFirstEight + first_dx;
  Float8 share;
  int i = 0;
  for (; i + 8 <= count; i += 8, dx += 8.F) {
    feather_of_eight(row, dx, share);
    std::memcpy(weights + i, &share, sizeof share);
  }
  if (i == count) return;
  feather_of_eight(row, dx, share);
  std::memcpy(weights + i, &share, sizeof(float) * static_cast<std::size_t>(count - i));
}

using Byte16 = std::uint8_t __attribute__((vector_size(16)));

template <class Bytes, class Wide>
FACE_PRIVACY_INLINE void mingle_vector(const std::uint8_t* patch, const Wide& weights,
                                       std::uint8_t* samples) {
  Bytes over;
  Bytes under;
  std::memcpy(&over, patch, sizeof over);
  std::memcpy(&under, samples, sizeof under);
  const Wide sum = __builtin_convertvector(under, Wide) * (kOneFixed<std::uint8_t> - weights) +
                   __builtin_convertvector(over, Wide) * weights + kOneFixed<std::uint8_t> / 2;
  const Bytes mixed = __builtin_convertvector(sum / kOneFixed<std::uint8_t>, Bytes);
  std::memcpy(samples, &mixed, sizeof mixed);
}

template <int kChannels>
FACE_PRIVACY_INLINE void mingle_eight(const Float8& shares, const std::uint8_t* patch,
                                      std::uint8_t* samples) {
  UnsignedShort8 weights;
  put_eight<std::uint16_t>(shares * kOneFixed<std::uint8_t> + 0.5F,
                           reinterpret_cast<std::uint16_t*>(&weights));
  if constexpr (kChannels == 1) {
    mingle_vector<Byte8>(patch, weights, samples);
  } else {
    const UnsignedShort16 of_samples =
        __builtin_shufflevector(weights, weights, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    mingle_vector<Byte16>(patch, of_samples, samples);
  }
}

template <int kChannels>
FACE_PRIVACY_INLINE void mingle_feather(const EllipseRow& row, float first_dx, int count,
                                        const std::uint8_t* patch, std::uint8_t* samples) {
  Float8 dx = kFirstEight + first_dx;
  Float8 shares;
  constexpr std::size_t kBytes = std::size_t{8} * kChannels;
  int left = count;
  for (; left >= 8; left -= 8, dx += 8.F, patch += kBytes, samples += kBytes) {
    feather_of_eight(row, dx, shares);
    mingle_eight<kChannels>(shares, patch, samples);
  }
  if (left == 0) return;
  // The rest, with what lies behind it made up.
  std::uint8_t under[kBytes] = {};
  std::uint8_t over[kBytes] = {};
  const std::size_t left_bytes = static_cast<std::size_t>(left) * kChannels;
  std::memcpy(under, samples, left_bytes);
  std::memcpy(over, patch, left_bytes);
  feather_of_eight(row, dx, shares);
  mingle_eight<kChannels>(shares, over, under);
  std::memcpy(samples, under, left_bytes);
}

FACE_PRIVACY_INLINE void mingle_feather_any(const EllipseRow& row, float first_dx, int count, int channels,
                                            const std::uint8_t* patch, std::uint8_t* samples) {
  channels == 1 ? mingle_feather<1>(row, first_dx, count, patch, samples)
                : mingle_feather<2>(row, first_dx, count, patch, samples);
}

template <int kChannels>
FACE_PRIVACY_INLINE void illuminate_in(const WeightedColors& colors_around, const float* x, const float* y,
                                       int count, const std::array<float*, WeightedColors::kMost>& colors) {
  for (int i = 0; i < count; i += 8) {
    Float8 at_x;
    Float8 at_y;
    std::memcpy(&at_x, x + i, sizeof at_x);
    std::memcpy(&at_y, y + i, sizeof at_y);
    Float8 total{};
    Float8 sum[kChannels]{};
    for (int light = 0; light < colors_around.count; ++light) {
      const Float8 dx = at_x - colors_around.x[light];
      const Float8 dy = at_y - colors_around.y[light];
      const Float8 weight = colors_around.weight[light] / (dx * dx + dy * dy);
      total += weight;
      for (int c = 0; c < kChannels; ++c) sum[c] += weight * colors_around.color[c][light];
    }
    for (int c = 0; c < kChannels; ++c) {
      const Float8 mean = sum[c] / total;
      std::memcpy(colors[c] + i, &mean, sizeof mean);
    }
  }
}

FACE_PRIVACY_INLINE void illuminate_any(const WeightedColors& colors_around, const float* x, const float* y,
                                        int count, const std::array<float*, WeightedColors::kMost>& colors) {
  switch (colors_around.channels) {
    case 1: return illuminate_in<1>(colors_around, x, y, count, colors);
    case 2: return illuminate_in<2>(colors_around, x, y, count, colors);
    case 3: return illuminate_in<3>(colors_around, x, y, count, colors);
    default: return illuminate_in<4>(colors_around, x, y, count, colors);
  }
}

template <class Sample>
FACE_PRIVACY_AVX2 void mix_avx2(const std::array<const float*, 4>& rows, const std::array<float, 4>& weights,
                                int count, Sample* samples) {
  mix(rows, weights, count, samples);
}

template <class Sample>
FACE_PRIVACY_AVX2 void fix_avx2(const float* weights, int count, Fixed<Sample>* fixed) {
  fix<Sample>(weights, count, fixed);
}

template <class Sample>
FACE_PRIVACY_AVX2 void mingle_avx2(const Sample* patch, const Fixed<Sample>* weights, int count,
                                   Sample* samples) {
  mingle(patch, weights, count, samples);
}

FACE_PRIVACY_AVX2 void feather_avx2(const EllipseRow& row, float first_dx, int count, float* weights) {
  feather(row, first_dx, count, weights);
}

FACE_PRIVACY_AVX2 void mingle_feather_avx2(const EllipseRow& row, float first_dx, int count, int channels,
                                           const std::uint8_t* patch, std::uint8_t* samples) {
  mingle_feather_any(row, first_dx, count, channels, patch, samples);
}

FACE_PRIVACY_AVX2 void illuminate_avx2(const WeightedColors& colors_around, const float* x, const float* y,
                                       int count, const std::array<float*, WeightedColors::kMost>& colors) {
  illuminate_any(colors_around, x, y, count, colors);
}

}  // namespace

template <class Sample>
void mix_rows(const std::array<const float*, 4>& rows, const std::array<float, 4>& weights, int count,
              Sample* samples) {
  has_avx2() ? mix_avx2(rows, weights, count, samples) : mix(rows, weights, count, samples);
}

template <class Sample>
void to_fixed(const float* weights, int count, Fixed<Sample>* fixed) {
  has_avx2() ? fix_avx2<Sample>(weights, count, fixed) : fix<Sample>(weights, count, fixed);
}

template <class Sample>
void blend(const Sample* patch, const Fixed<Sample>* weights, int count, Sample* samples) {
  has_avx2() ? mingle_avx2(patch, weights, count, samples) : mingle(patch, weights, count, samples);
}

void ellipse_feather(const EllipseRow& row, float first_dx, int count, float* weights) {
  has_avx2() ? feather_avx2(row, first_dx, count, weights) : feather(row, first_dx, count, weights);
}

void blend_ellipse_feather(const EllipseRow& row, float first_dx, int count, int channels,
                           const std::uint8_t* patch, std::uint8_t* samples) {
  has_avx2() ? mingle_feather_avx2(row, first_dx, count, channels, patch, samples)
             : mingle_feather_any(row, first_dx, count, channels, patch, samples);
}

void inverse_distance_mean(const WeightedColors& colors_around, const float* x, const float* y, int count,
                           const std::array<float*, WeightedColors::kMost>& colors) {
  has_avx2() ? illuminate_avx2(colors_around, x, y, count, colors)
             : illuminate_any(colors_around, x, y, count, colors);
}

template void mix_rows(const std::array<const float*, 4>&, const std::array<float, 4>&, int, std::uint8_t*);
template void mix_rows(const std::array<const float*, 4>&, const std::array<float, 4>&, int, std::uint16_t*);
template void to_fixed<std::uint8_t>(const float*, int, Fixed<std::uint8_t>*);
template void to_fixed<std::uint16_t>(const float*, int, Fixed<std::uint16_t>*);
template void blend(const std::uint8_t*, const Fixed<std::uint8_t>*, int, std::uint8_t*);
template void blend(const std::uint16_t*, const Fixed<std::uint16_t>*, int, std::uint16_t*);

}  // namespace face_privacy
