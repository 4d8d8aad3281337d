// The loops over the samples of a row that most of redaction's time goes into. Each has a copy for AVX2
// and one for any processor, which make the same of their input.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace face_privacy {

// Weights from 0 to kOneFixed in the narrowest type that holds a sample times that.
template <class Sample>
using Fixed = std::conditional_t<sizeof(Sample) == 1, std::uint16_t, std::uint32_t>;
template <class Sample>
inline constexpr Fixed<Sample> kOneFixed = Fixed<Sample>{1} << (8 * sizeof(Sample));

// samples[i] = weights[0] * rows[0][i] + ... + weights[3] * rows[3][i], rounded. No term may be negative.
template <class Sample>
void mix_rows(const std::array<const float*, 4>& rows, const std::array<float, 4>& weights, int count,
              Sample* samples);

// From 0..1.
template <class Sample>
void to_fixed(const float* weights, int count, Fixed<Sample>* fixed);

// samples[i] goes the share weights[i] of the way to patch[i].
template <class Sample>
void blend(const Sample* patch, const Fixed<Sample>* weights, int count, Sample* samples);

// Takes the corners off a line from 0 to 1, for one number or a vector of them.
template <class Number>
[[gnu::always_inline]] inline void ease(Number& share) {
  share = share * share * (3.F - 2.F * share);
}

// Two ellipses along a row: at a distance dx from the center's column the quadratic form of each is
// (xx dx + xy) dx + yy, and 1 on its edge.
struct EllipseRow {
  float core_xx;
  float core_xy;
  float core_yy;
  float full_xx;
  float full_xy;
  float full_yy;
};
// How much of the redaction shows in the feather between them, for `count` pixels from `first_dx` on.
void ellipse_feather(const EllipseRow& row, float first_dx, int count, float* weights);

// The same, to_fixed and blend in one, for `count` pixels of one or two channels.
void blend_ellipse_feather(const EllipseRow& row, float first_dx, int count, int channels,
                           const std::uint8_t* patch, std::uint8_t* samples);

// Colors round a place, each with a weight of its own and a color of up to kMost channels.
struct WeightedColors {
  static constexpr int kMost = 4;
  const float* x;
  const float* y;
  const float* weight;
  int count;
  std::array<const float*, kMost> color;
  int channels;
};
// The mean color of the colors_around at `count` places, a multiple of 8: their weights are divided by the
// squared distance. Neither the weights' sum nor a distance may be 0.
void inverse_distance_mean(const WeightedColors& colors_around, const float* x, const float* y, int count,
                           const std::array<float*, WeightedColors::kMost>& colors);

}  // namespace face_privacy
