#include "redact/fill.h"

namespace face_privacy {

template <class Sample>
PixelColor<Sample> color_in(const PixelLayout& layout, const Color& color) {
  constexpr int kStep = kSamplePerStep<Sample>;
  const auto sample = [](int value) { return static_cast<Sample>(value * kStep); };
  switch (layout.model) {
    case ColorModel::kRgb: return {sample(color.red), sample(color.green), sample(color.blue)};
    case ColorModel::kGray:  // ITU-R BT.601
      return {sample((299 * color.red + 587 * color.green + 114 * color.blue + 500) / 1000)};
    case ColorModel::kCmyk: break;
  }
  const int brightest = std::max({color.red, color.green, color.blue});
  if (brightest == 0) return {0, 0, 0, sample(255)};
  const auto ink = [&](int value) { return sample(255 * (brightest - value) / brightest); };
  return {ink(color.red), ink(color.green), ink(color.blue), sample(255 - brightest)};
}

template <class Sample>
void FillRows<Sample>::write(int /*y*/, Span span, Sample* pixels) {
  const int channels = layout_.channels();
  const int color_channels = layout_.color_channels();
  for (int i = 0; i < span.size(); ++i, pixels += channels) {
    for (int c = 0; c < color_channels; ++c) pixels[c] = color_[c];
  }
}

template PixelColor<std::uint8_t> color_in(const PixelLayout&, const Color&);
template PixelColor<std::uint16_t> color_in(const PixelLayout&, const Color&);
template class FillRows<std::uint8_t>;
template class FillRows<std::uint16_t>;

}  // namespace face_privacy
