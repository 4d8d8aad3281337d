#include "redact/redact.h"

#include <cassert>
#include <cstring>
#include <type_traits>

#include "redact/blur.h"
#include "redact/cluster.h"
#include "redact/fill.h"
#include "redact/mosaic.h"

namespace face_privacy {
namespace {

// A region shows the mixture of itself with at most this many that meet it. More meet only where
// somebody asks for a heap of them, and then a seam is no harm while the time to mix them all is.
constexpr std::size_t kMaxMixedRegions = 12;

Rect whole(Size picture) { return {0, 0, picture.width, picture.height}; }

Rect support_of(const Outline& outline, Size picture) {
  if (intersect(outline.bounds(), whole(picture)).empty()) return {};
  return intersect(outline.bounds_grown_by(ring_reach_px(outline)), whole(picture));
}

// Puts rows of a patch over a region: its core is replaced, its feather blended.
template <class Sample>
class Compositor {
 public:
  explicit Compositor(const Canvas<Sample>& canvas)
      : canvas_(canvas),
        channels_(canvas.channels()),
        color_channels_(canvas.color_channels()),
        row_(static_cast<std::size_t>(canvas.area.width) * channels_),
        weights_(canvas.area.width),
        fixed_weights_(row_.size()) {}

  void apply(const Outline& outline, PatchRows<Sample>& patch) {
    const Rect area = intersect(outline.bounds(), canvas_.area);
    for (int y = area.y; y < area.bottom(); ++y) {
      const Span full = canvas_.clip(outline.full_row(y), y);
      if (full.empty()) continue;
      patch.write(y, full, row_.data());
      Span core = canvas_.clip(outline.core_row(y), y);
      if (core.empty()) core = {full.end, full.end};
      blend(outline, y, full.begin, {full.begin, core.begin});
      replace(y, full.begin, core);
      blend(outline, y, full.begin, {core.end, full.end});
    }
  }

 private:
  const Sample* patch_at(int x, int row_begin) const {
    return row_.data() + static_cast<std::ptrdiff_t>(x - row_begin) * channels_;
  }

  void replace(int y, int row_begin, Span span) {
    if (span.empty()) return;
    Sample* pixel = canvas_.at(span.begin, y);
    const Sample* patch = patch_at(span.begin, row_begin);
    if (channels_ == color_channels_) {
      std::memcpy(pixel, patch, static_cast<std::size_t>(span.size()) * channels_ * sizeof(Sample));
      return;
    }
    for (int i = 0; i < span.size(); ++i, pixel += channels_, patch += channels_) {
      for (int c = 0; c < color_channels_; ++c) pixel[c] = patch[c];
    }
  }

  void blend(const Outline& outline, int y, int row_begin, Span span) {
    if (span.empty()) return;
    outline.feather_weights(span.begin, y, span.size(), weights_.data());
    const int count = span.size() * channels_;
    Fixed* fixed = fixed_weights_.data();
    for (int i = 0; i < span.size(); ++i, fixed += channels_) {
      const auto weight = static_cast<Fixed>(static_cast<std::int64_t>(weights_[i] * kOne + 0.5F));
      for (int c = 0; c < color_channels_; ++c) fixed[c] = weight;  // alpha's stays 0
    }
    Sample* samples = canvas_.at(span.begin, y);
    const Sample* patch = patch_at(span.begin, row_begin);
    for (int i = 0; i < count; ++i) {
      const auto weight = fixed_weights_[i];
      samples[i] = static_cast<Sample>(
          static_cast<Fixed>(samples[i] * static_cast<Fixed>(kOne - weight) + patch[i] * weight + kOne / 2) /
          kOne);
    }
  }

  // Weights from 0 to kOne in the narrowest type that holds a sample times kOne.
  using Fixed = std::conditional_t<sizeof(Sample) == 1, std::uint16_t, std::uint32_t>;
  static constexpr Fixed kOne = kMaxSample<Sample> + 1;

  const Canvas<Sample>& canvas_;
  int channels_;
  int color_channels_;
  std::vector<Sample> row_;
  std::vector<float> weights_;
  std::vector<Fixed> fixed_weights_;
};

// All regions of one picture, as far as they meet the canvas.
template <class Sample>
class Redaction {
 public:
  Redaction(const Canvas<Sample>& canvas, Size picture, std::span<const Region> regions,
            const RedactOptions& options)
      : canvas_(canvas), picture_(picture), options_(options), compositor_(canvas_) {
    for (const Region& region : regions) {
      const Outline outline(region);
      if (!intersect(outline.bounds(), canvas.area).empty()) outlines_.push_back(outline);
    }
  }

  void run() {
    for (const auto& cluster : touching(outlines_)) {
      switch (options_.style) {
        case Style::kBlur: blur(cluster); break;
        case Style::kPixelate: pixelate(cluster); break;
        case Style::kFill: fill(cluster); break;
      }
    }
  }

 private:
  // The regions of a cluster are put on one after the other. Each replaces its own core altogether,
  // and what its feather leaves visible of an earlier one is redacted already, so that no order shows
  // a pixel of any core.
  void blur(std::span<const int> cluster) {
    const PixelMask& hidden = hidden_pixels();
    const PixelColor<Sample> mean = coarse_mean<Sample>(canvas_, outlines_, cluster);
    std::array<float, kMaxColorChannels> mean_color{};
    std::copy(mean.begin(), mean.end(), mean_color.begin());
    std::vector<Glow> glows;
    glows.reserve(cluster.size());
    for (const int member : cluster) {
      glows.emplace_back(outlines_[member], look_around(canvas_, outlines_[member], hidden), mean_color);
    }
    for (const Glow& glow : glows) {
      const Rect bounds = glow.outline().bounds();
      std::vector<const Glow*> mixed = {&glow};
      for (const Glow& other : glows) {
        if (mixed.size() == kMaxMixedRegions) break;
        if (&other != &glow && !intersect(other.outline().bounds(), bounds).empty()) mixed.push_back(&other);
      }
      BlurRows<Sample> patch(canvas_.view.layout, mixed, intersect(bounds, whole(picture_)));
      compositor_.apply(glow.outline(), patch);
    }
  }

  void pixelate(std::span<const int> cluster) {
    const int cells = std::clamp(options_.cells, 1, kMaxCells);
    const Mosaic<Sample> mosaic(canvas_, picture_, outlines_, cluster, cells);
    MosaicRows<Sample> patch(canvas_.view.layout, mosaic);
    for (const int member : cluster) compositor_.apply(outlines_[member], patch);
  }

  void fill(std::span<const int> cluster) {
    FillRows<Sample> patch(canvas_.view.layout, color_in<Sample>(canvas_.view.layout, options_.color),
                           canvas_.area.width);
    for (const int member : cluster) compositor_.apply(outlines_[member], patch);
  }

  const PixelMask& hidden_pixels() {
    if (!hidden_) {
      Rect area;
      for (const Outline& outline : outlines_) area = unite(area, support_of(outline, picture_));
      assert(intersect(area, canvas_.area) == area);  // a patch holds the support of what it redacts
      hidden_.emplace(intersect(area, canvas_.area));
      for (const Outline& outline : outlines_) hidden_->add(outline);
    }
    return *hidden_;
  }

  const Canvas<Sample> canvas_;
  const Size picture_;
  const RedactOptions& options_;
  Compositor<Sample> compositor_;
  std::vector<Outline> outlines_;
  std::optional<PixelMask> hidden_;
};

void redact_pixels(const MutableImageView& view, const Rect& area, Size picture,
                   std::span<const Region> regions, const RedactOptions& options) {
  if (regions.empty() || area.empty()) return;
  if (view.layout.bytes_per_sample == 2) {
    Redaction<std::uint16_t>({view, area}, picture, regions, options).run();
  } else {
    Redaction<std::uint8_t>({view, area}, picture, regions, options).run();
  }
}

}  // namespace

RedactedPhoto Redactor::redact(Photo&& photo, std::span<const std::vector<Region>> regions,
                               const RedactOptions& options) {
  assert(regions.size() == static_cast<std::size_t>(photo.frame_count));
  const Size size = photo.frame_size();
  for (int i = 0; i < photo.frame_count; ++i) {
    redact_pixels(photo.frame(i), whole(size), size, regions[i], options);
  }
  return RedactedPhoto(std::move(photo));
}

RedactedPatch Redactor::redact(Patch&& patch, Size picture, std::span<const Region> regions,
                               const RedactOptions& options) {
  const Rect area{patch.x, patch.y, patch.pixels.width(), patch.pixels.height()};
  redact_pixels(patch.pixels.mutable_view(), area, picture, regions, options);
  return RedactedPatch(std::move(patch));
}

Rect Redactor::support(const Region& region, Size picture) { return support_of(Outline(region), picture); }

}  // namespace face_privacy
