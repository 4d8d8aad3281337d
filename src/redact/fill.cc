#include "redact/fill.h"

namespace face_privacy {

template <class Sample>
PixelColor<Sample> color_in(const PixelLayout& layout, const Color& color) {
  constexpr int kStep = kSamplePerStep<Sample>;
  const auto sample = [](int value) { return static_cast<Sample>(value * kStep); };
  // ITU-R BT.601 for luma; for the chromas ITU-T T.871 (JFIF), with factors in 1/10000.
  const auto luma = [&] {
    return sample((299 * color.red + 587 * color.green + 114 * color.blue + 500) / 1000);
  };
  const auto chroma = [&](int red, int green, int blue) {
    const int scaled = red * color.red + green * color.green + blue * color.blue;
    return sample(std::min(255, (scaled + 1'280'000 + 5'000) / 10'000));
  };
  const auto cb = [&] { return chroma(-1687, -3313, 5000); };
  const auto cr = [&] { return chroma(5000, -4187, -813); };
  switch (layout.model) {
    case ColorModel::kRgb: return {sample(color.red), sample(color.green), sample(color.blue)};
    case ColorModel::kGray: return {luma()};
    case ColorModel::kYcc: return {luma(), cb(), cr()};
    case ColorModel::kChroma: return {cb(), cr()};
    case ColorModel::kCmyk: break;
  }
  const int brightest = std::max({color.red, color.green, color.blue});
  if (brightest == 0) return {0, 0, 0, sample(255)};
  const auto ink = [&](int value) { return sample(255 * (brightest - value) / brightest); };
  return {ink(color.red), ink(color.green), ink(color.blue), sample(255 - brightest)};
}

template <class Sample>
FillRows<Sample>::FillRows(const PixelLayout& layout, const PixelColor<Sample>& color, int longest_span)
    : channels_(layout.channels()), row_(static_cast<std::size_t>(longest_span) * channels_) {
  const int color_channels = std::min(channels_, kMaxColorChannels);
  for (auto pixel = row_.begin(); pixel != row_.end(); pixel += channels_) {
    std::copy_n(color.begin(), color_channels, pixel);
  }
}

template <class Sample>
void FillRows<Sample>::write(int /*y*/, Span span, Sample* pixels) {
  std::copy_n(row_.begin(), static_cast<std::ptrdiff_t>(span.size()) * channels_, pixels);
}

template PixelColor<std::uint8_t> color_in(const PixelLayout&, const Color&);
template PixelColor<std::uint16_t> color_in(const PixelLayout&, const Color&);
template class FillRows<std::uint8_t>;
template class FillRows<std::uint16_t>;

}  // namespace face_privacy
