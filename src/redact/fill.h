#pragma once

#include <vector>

#include "redact/options.h"
#include "redact/patch_rows.h"

namespace face_privacy {

// An sRGB color in the channels of a layout: luma for gray, for CMYK as much black as there is.
template <class Sample>
PixelColor<Sample> color_in(const PixelLayout& layout, const Color& color);

template <class Sample>
class FillRows final : public PatchRows<Sample> {
 public:
  FillRows(const PixelLayout& layout, const PixelColor<Sample>& color, int longest_span);
  void write(int y, Span span, Sample* pixels) override;

 private:
  int channels_;
  std::vector<Sample> row_;
};

}  // namespace face_privacy
