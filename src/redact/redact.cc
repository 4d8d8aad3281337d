#include "redact/redact.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <iterator>

#include "redact/blur.h"
#include "redact/cluster.h"
#include "redact/fill.h"
#include "redact/meeting_rects.h"
#include "redact/mosaic.h"
#include "redact/redaction.h"
#include "redact/row_kernels.h"

namespace face_privacy {
namespace {

// A region shows the mixture of itself with at most this many that meet it. More meet only where
// somebody asks for a pile of them, and then a seam is no harm while the time to mix them all is.
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
        fixed_weights_(canvas.area.width),
        weights_of_samples_(row_.size()) {}

  // Each pixel of a core is written once, by the first region that has it, and marked in `done`. A
  // feather is not blended over a core, not even a neighbor's: `cores` holds them all. So no order
  // of regions leaves anything of a core visible.
  void apply(const Outline& outline, PatchRows<Sample>& patch, const PixelMask& cores, PixelMask& done) {
    const Rect area = intersect(outline.bounds(), canvas_.area);
    for (int y = area.y; y < area.bottom(); ++y) {
      const Rows rows = rows_at(outline, y);
      if (!has_work(rows, y, cores, done)) continue;
      done.for_each_gap(y, rows.full, [&](Span span) {
        patch.write(y, span, row_.data() + samples_between(rows.full.begin, span.begin));
      });
      done.for_each_gap(y, rows.core, [&](Span span) { replace(y, rows.full.begin, span); });
      done.add(y, rows.core);
      const auto blend_span = [&](Span span) { blend(outline, y, rows.full.begin, span); };
      cores.for_each_gap(y, {rows.full.begin, rows.core.begin}, blend_span);
      cores.for_each_gap(y, {rows.core.end, rows.full.end}, blend_span);
    }
  }

  // Whether `apply` would write anything.
  bool has_work(const Outline& outline, const PixelMask& cores, const PixelMask& done) const {
    const Rect area = intersect(outline.bounds(), canvas_.area);
    for (int y = area.y; y < area.bottom(); ++y) {
      if (has_work(rows_at(outline, y), y, cores, done)) return true;
    }
    return false;
  }

 private:
  struct Rows {
    Span full;
    Span core;  // where there is none, the empty span at the end of full
  };

  Rows rows_at(const Outline& outline, int y) const {
    const Span full = canvas_.clip(outline.full_row(y), y);
    const Span core = canvas_.clip(outline.core_row(y), y);
    return {full, core.empty() ? Span{full.end, full.end} : core};
  }

  static bool has_work(const Rows& rows, int y, const PixelMask& cores, const PixelMask& done) {
    if (rows.full.empty()) return false;
    return done.has_gap(y, rows.core) || cores.has_gap(y, {rows.full.begin, rows.core.begin}) ||
           cores.has_gap(y, {rows.core.end, rows.full.end});
  }

  std::ptrdiff_t samples_between(int begin, int end) const {
    return static_cast<std::ptrdiff_t>(end - begin) * channels_;
  }

  void replace(int y, int row_begin, Span span) {
    Sample* pixel = canvas_.at(span.begin, y);
    const Sample* patch = row_.data() + samples_between(row_begin, span.begin);
    if (channels_ == color_channels_) {
      std::memcpy(pixel, patch, static_cast<std::size_t>(span.size()) * channels_ * sizeof(Sample));
      return;
    }
    for (int i = 0; i < span.size(); ++i, pixel += channels_, patch += channels_) {
      for (int c = 0; c < color_channels_; ++c) pixel[c] = patch[c];
    }
  }

  void blend(const Outline& outline, int y, int row_begin, Span span) {
    const Sample* const patch = row_.data() + samples_between(row_begin, span.begin);
    Sample* const pixels = canvas_.at(span.begin, y);
    if constexpr (sizeof(Sample) == 1) {  // the planes of a JPEG
      const bool is_simple = channels_ <= 2 && channels_ == color_channels_;
      if (is_simple && outline.blend_feather(span.begin, y, span.size(), channels_, patch, pixels)) return;
    }
    outline.feather_weights(span.begin, y, span.size(), weights_.data());
    to_fixed<Sample>(weights_.data(), span.size(), fixed_weights_.data());
    face_privacy::blend(patch, weights_of_samples(span.size()), span.size() * channels_, pixels);
  }

  const Fixed<Sample>* weights_of_samples(int pixels) {
    if (channels_ == 1) return fixed_weights_.data();
    switch (channels_) {
      case 2: color_channels_ == 2 ? repeat<2, 2>(pixels) : repeat<2, 1>(pixels); break;
      case 3: color_channels_ == 3 ? repeat<3, 3>(pixels) : repeat<3, 2>(pixels); break;
      case 4: color_channels_ == 4 ? repeat<4, 4>(pixels) : repeat<4, 3>(pixels); break;
      default: repeat<5, 4>(pixels);
    }
    return weights_of_samples_.data();
  }

  template <int kChannels, int kColorChannels>
  void repeat(int pixels) {
    Fixed<Sample>* of_sample = weights_of_samples_.data();
    for (int i = 0; i < pixels; ++i) {
      for (int c = 0; c < kColorChannels; ++c)
        of_sample[i * kChannels + c] = fixed_weights_[i];  // alpha's stays 0
    }
  }

  const Canvas<Sample>& canvas_;
  int channels_;
  int color_channels_;
  std::vector<Sample> row_;
  std::vector<float> weights_;
  std::vector<Fixed<Sample>> fixed_weights_;       // by pixel
  std::vector<Fixed<Sample>> weights_of_samples_;  // by sample
};

// All regions of one picture, as far as they meet the canvas.
template <class Sample>
class Redaction {
  static constexpr int kCellPx = SplineSurface::kCellPx;

 public:
  Redaction(const Canvas<Sample>& canvas, Size picture, std::span<const Outline> outlines,
            std::span<const Outline> others, const Rect& support, const RedactOptions& options,
            const FrameCovers* covers, std::vector<SplineSurface>* surfaces)
      : canvas_(canvas),
        picture_(picture),
        options_(options),
        covers_(covers),
        surfaces_(surfaces),
        outlines_(outlines),
        others_(others),
        compositor_(canvas_),
        cores_(support),
        done_(support) {}

  void run() {
    const auto styles = styles_in_order();
    const auto is_blurred = [&](const Outline& outline) { return style_of(outline) == Style::kBlur; };
    if (std::any_of(outlines_.begin(), outlines_.end(), is_blurred)) hide_regions();
    for (const auto& cluster : touching(outlines_, picture_)) {
      for (const Style style : styles) redact(members_of(cluster, style), style);
    }
  }

 private:
  Style style_of(const Outline& outline) const { return outline.style().value_or(options_.style); }

  // What was asked for by itself comes first, and so lies above the rest.
  std::array<Style, 3> styles_in_order() const {
    std::array styles{Style::kFill, Style::kPixelate, Style::kBlur};
    std::stable_partition(styles.begin(), styles.end(), [&](Style style) { return style != options_.style; });
    return styles;
  }

  // Of a cluster those of one style are one secret, whatever of another style lies between them.
  std::vector<int> members_of(std::span<const int> cluster, Style style) const {
    std::vector<int> members;
    std::copy_if(cluster.begin(), cluster.end(), std::back_inserter(members),
                 [&](int member) { return style_of(outlines_[static_cast<std::size_t>(member)]) == style; });
    return members;
  }

  void redact(std::span<const int> members, Style style) {
    if (members.empty()) return;
    switch (style) {
      case Style::kBlur: blur(members); break;
      case Style::kPixelate: covers_ == nullptr ? pixelate(members) : pixelate_tracks(members); break;
      case Style::kFill: fill(members); break;
    }
  }

  void hide_regions() {
    hidden_.emplace(cores_.area());
    for (const std::span<const Outline> some : {outlines_, others_}) {
      for (const Outline& outline : some) hide(outline);
    }
  }

  void hide(const Outline& outline) {
    const Rect& area = hidden_->area();
    const Rect rows = intersect(outline.bounds(), area);
    for (int y = rows.y; y < rows.bottom(); ++y) {
      hidden_->add(y, intersect(outline.full_row(y), {area.x, area.right()}));
    }
  }

  void blur(std::span<const int> cluster) {
    PixelSum sum;
    add_cores(canvas_, outlines_, cluster, cores_,
              [&](int y, Span span) { sum.add(canvas_.at(span.begin, y), span.size(), canvas_.channels()); });
    const PixelColor<Sample> mean = coarse_mean<Sample>(sum, canvas_.color_channels());
    std::array<float, kMaxColorChannels> mean_color{};
    std::copy(mean.begin(), mean.end(), mean_color.begin());
    std::vector<SurroundFill> fills;
    fills.reserve(cluster.size());
    for (const int member : cluster) {
      Ring ring = sample_ring(canvas_, outlines_[member], *hidden_);
      auto middle = mean_color;
      if (covers_ != nullptr) covers_->of_regions[member]->follow(middle, ring, covers_->elapsed_s);
      fills.emplace_back(outlines_[member], ring, middle);
    }
    const RectGrid places(bounds_of(fills), whole(picture_));
    for (const SurroundFill& fill : fills) {
      if (is_pile(cluster) && !compositor_.has_work(fill.outline(), cores_, done_)) continue;
      const Rect bounds = intersect(fill.outline().bounds(), whole(picture_));
      std::vector<const SurroundFill*> mixed = {&fill};
      for (const int near : places.meeting(bounds, kMaxMixedRegions)) {
        const SurroundFill* const other = &fills[static_cast<std::size_t>(near)];
        if (other != &fill && mixed.size() < kMaxMixedRegions) mixed.push_back(other);
      }
      BlurRows<Sample> patch(canvas_.view.layout, mixed, bounds);
      if (surfaces_ != nullptr) hand_over_cells(fill.outline(), mean, patch.surface());
      compositor_.apply(fill.outline(), patch, cores_, done_);
    }
  }

  // What lies under the cells becomes one color, so that nothing of it goes along with the patch.
  void hand_over_cells(const Outline& outline, const PixelColor<Sample>& mean, SplineSurface surface) {
    surface.cells = free_cells(outline);
    FillRows<Sample> one_color(canvas_.view.layout, mean, surface.area.width);
    for (const SplineSurface::CellRun& run : surface.cells) {
      const Span columns{kCellPx * run.begin, kCellPx * run.end};
      for (int y = kCellPx * run.row; y < kCellPx * (run.row + 1); ++y) {
        one_color.write(y, columns, canvas_.at(columns.begin, y));
        done_.add(y, columns);
      }
    }
    if (!surface.cells.empty()) surfaces_->push_back(std::move(surface));
  }

  // Those that lie wholly in the core, and that no region has written to.
  std::vector<SplineSurface::CellRun> free_cells(const Outline& outline) const {
    std::vector<SplineSurface::CellRun> cells;
    const Rect rows = intersect(outline.bounds(), canvas_.area);
    for (int row = (rows.y + kCellPx - 1) / kCellPx; kCellPx * (row + 1) <= rows.bottom(); ++row) {
      Span core{canvas_.area.x, canvas_.area.right()};
      for (int y = kCellPx * row; y < kCellPx * (row + 1); ++y) core = intersect(core, outline.core_row(y));
      if (core.empty()) continue;
      done_.any_of_rows(kCellPx * row, kCellPx, core).for_each_gap(kCellPx * row, core, [&](Span free) {
        const Span inside{(free.begin + kCellPx - 1) / kCellPx, free.end / kCellPx};
        if (!inside.empty()) cells.push_back({row, inside.begin, inside.end});
      });
    }
    return cells;
  }

  static std::vector<Rect> bounds_of(std::span<const SurroundFill> fills) {
    std::vector<Rect> bounds;
    for (const SurroundFill& fill : fills) bounds.push_back(fill.outline().bounds());
    return bounds;
  }

  void pixelate(std::span<const int> cluster) {
    const int cells = std::clamp(options_.cells, 1, kMaxCells);
    const Mosaic<Sample> mosaic(canvas_, picture_, outlines_, cluster, cells, options_.noise_key, cores_);
    for (const int member : cluster) {
      MosaicRows<Sample> patch(canvas_.view.layout, mosaic);
      compositor_.apply(outlines_[member], patch, cores_, done_);
    }
  }

  // Each track has a grid of its own, which moves with it and whose colors stay.
  void pixelate_tracks(std::span<const int> cluster) {
    const int cells = std::clamp(options_.cells, 1, kMaxCells);
    for (const int member : cluster) {
      MosaicCells& kept = covers_->of_regions[member]->cells;
      if (kept.empty()) {
        kept =
            Mosaic<Sample>(canvas_, picture_, outlines_, {&member, 1}, cells, std::nullopt, cores_).cells();
      } else {
        add_cores(canvas_, outlines_, {&member, 1}, cores_, [](int, Span) {});
      }
    }
    for (const int member : cluster) {
      const Mosaic<Sample> mosaic(outlines_[member].bounds(), covers_->of_regions[member]->cells);
      MosaicRows<Sample> patch(canvas_.view.layout, mosaic);
      compositor_.apply(outlines_[member], patch, cores_, done_);
    }
  }

  PixelColor<Sample> fill_color() const {
    if (covers_ == nullptr) return color_in<Sample>(canvas_.view.layout, options_.color);
    PixelColor<Sample> color{};
    for (int c = 0; c < kMaxColorChannels; ++c) color[c] = static_cast<Sample>(covers_->fill_color[c]);
    return color;
  }

  void fill(std::span<const int> cluster) {
    add_cores(canvas_, outlines_, cluster, cores_, [](int, Span) {});
    FillRows<Sample> patch(canvas_.view.layout, fill_color(), canvas_.area.width);
    for (const int member : cluster) compositor_.apply(outlines_[member], patch, cores_, done_);
  }

  // In a pile most regions lie under others, and looking first is cheaper than growing their patches.
  static bool is_pile(std::span<const int> cluster) { return cluster.size() > kMaxMixedRegions; }

  const Canvas<Sample> canvas_;
  const Size picture_;
  const RedactOptions& options_;
  const FrameCovers* const covers_;
  std::vector<SplineSurface>* const surfaces_;
  const std::span<const Outline> outlines_;
  const std::span<const Outline> others_;
  Compositor<Sample> compositor_;
  PixelMask cores_;
  PixelMask done_;
  std::optional<PixelMask> hidden_;  // blur only: cores and feathers
};

std::vector<Outline> outlines_in(const Rect& area, std::span<const Region> regions) {
  std::vector<Outline> outlines;
  for (const Region& region : regions) {
    Outline outline(region);
    const Rect inside = intersect(outline.bounds(), area);
    if (inside.empty()) continue;
    outline.keep_rows(inside.y, inside.bottom());
    outlines.push_back(std::move(outline));
  }
  return outlines;
}

}  // namespace

void redact_pixels(const MutableImageView& view, const Rect& area, Size picture,
                   std::span<const Region> regions, std::span<const Region> others,
                   const RedactOptions& options, const FrameCovers* covers,
                   std::vector<SplineSurface>* surfaces) {
  const std::vector<Outline> outlines = outlines_in(area, regions);
  if (outlines.empty()) return;
  assert(covers == nullptr || covers->of_regions.size() == outlines.size());
  Rect support;
  for (const Outline& outline : outlines) support = unite(support, support_of(outline, picture));
  assert(intersect(support, area) == support);  // a patch holds the support of what it redacts
  support = intersect(support, area);
  const std::vector<Outline> hidden = outlines_in(support, others);
  if (view.layout.bytes_per_sample == 2) {
    Redaction<std::uint16_t>({view, area}, picture, outlines, hidden, support, options, covers, surfaces)
        .run();
  } else {
    Redaction<std::uint8_t>({view, area}, picture, outlines, hidden, support, options, covers, surfaces)
        .run();
  }
}

Result<void> check_region_cost(std::span<const Region> regions, Size picture) {
  constexpr std::int64_t kMostRows = 8'000'000;
  std::int64_t rows = 0;
  for (const Region& region : regions) rows += intersect(region.bounds(), whole(picture)).height;
  if (rows <= kMostRows) return {};
  return fail(ErrorCode::kTooCostly, "There are too many large regions for a picture of this size.");
}

RedactedPhoto Redactor::redact(Photo&& photo, std::span<const std::vector<Region>> regions,
                               const RedactOptions& options) {
  assert(regions.size() == static_cast<std::size_t>(photo.frame_count));
  const Size size = photo.frame_size();
  for (int i = 0; i < photo.frame_count; ++i) {
    redact_pixels(photo.frame(i), whole(size), size, regions[i], {}, options, nullptr, nullptr);
  }
  return RedactedPhoto(std::move(photo));
}

RedactedPatch Redactor::redact(Patch&& patch, Size picture, std::span<const Region> regions,
                               std::span<const Region> others, const RedactOptions& options,
                               SmoothParts smooth_parts) {
  const Rect area{patch.x, patch.y, patch.pixels.width(), patch.pixels.height()};
  redact_pixels(patch.pixels.mutable_view(), area, picture, regions, others, options, nullptr,
                smooth_parts == SmoothParts::kSurfaces ? &patch.surfaces : nullptr);
  return RedactedPatch(std::move(patch));
}

Rect Redactor::support(const Region& region, Size picture) { return support_of(Outline(region), picture); }

std::vector<Rect> Redactor::close_support(const Region& region, Size picture, int band_px) {
  const Outline outline(region);
  const Rect support = support_of(outline, picture);
  const Outline::Grown within_reach = outline.grown_by(ring_reach_px(outline));
  std::vector<Rect> rects;
  for (int y = support.y; y < support.bottom();) {
    const int end = std::min(support.bottom(), (y / band_px + 1) * band_px);
    const int top = y;
    Span outer{support.right(), support.x};
    Span core = {support.x, support.right()};  // what all rows of the band have of it
    for (; y < end; ++y) {
      const Span reached = within_reach.row(y);
      if (!reached.empty()) outer = {std::min(outer.begin, reached.begin), std::max(outer.end, reached.end)};
      core = intersect(core, outline.core_row(y));
    }
    outer = intersect(outer, {support.x, support.right()});
    if (outer.empty()) continue;
    if (core.empty()) core = {outer.end, outer.end};
    rects.push_back({outer.begin, top, core.begin - outer.begin, end - top});
    rects.push_back({core.end, top, outer.end - core.end, end - top});
  }
  std::erase_if(rects, [](const Rect& rect) { return rect.empty(); });
  return rects;
}

}  // namespace face_privacy
