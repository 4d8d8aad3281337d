#include "codec/jpeg/scan/preview.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numbers>

#include "codec/jpeg/scan/ycc.h"

namespace face_privacy::jpeg {
namespace {

// The quantizer of each low frequency times what the reduced inverse transform asks for.
void set_scales(BlockPlan& block, const QuantTable& table, int side) {
  if (side < 4) {
    block.integer_scale = {table.zigzag[0], table.zigzag[1], table.zigzag[2], table.zigzag[4]};
    return;
  }
  constexpr int kZigzagOfRow[4][4] = {{0, 1, 5, 6}, {2, 4, 7, 13}, {3, 8, 12, 17}, {9, 11, 18, 24}};
  constexpr float kHalfRoot = std::numbers::sqrt2_v<float> / 2;
  constexpr float kScale[4] = {0.5F, kHalfRoot, 0.5F, kHalfRoot};
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      block.float_scale[column * 4 + row] = static_cast<float>(table.zigzag[kZigzagOfRow[row][column]]) *
                                            kScale[row] * kScale[column] * (4.F / 8.F);
    }
  }
}

}  // namespace

PreviewRows::PreviewRows(const Layout& layout, int side)
    : layout_(layout), side_(side), rows_per_mcu_(layout.max_vertical_sampling() * side) {
  const auto scaled = [&](int full) { return (full * side + 7) / 8; };
  const bool gray = layout.color == ComponentColors::kGray;
  image_ = Image({scaled(layout.size.width), scaled(layout.size.height)}, gray ? kGray8 : kRgb8);
  const int mcus_across = layout.mcu_grid().width;
  planes_.resize(static_cast<std::size_t>(layout.component_count));
  for (std::size_t c = 0; c < planes_.size(); ++c) {
    const Component& component = layout.components[c];
    Plane& plane = planes_[c];
    plane.stride = static_cast<std::size_t>(mcus_across) *
                   static_cast<std::size_t>(component.horizontal_sampling * side);
    plane.pixels.resize(plane.stride * static_cast<std::size_t>(component.vertical_sampling * side));
    plane.shrink_x = layout.max_horizontal_sampling() / component.horizontal_sampling;
    plane.shrink_y = layout.max_vertical_sampling() / component.vertical_sampling;
    if (plane.shrink_x > 1) plane.widened.resize(plane.stride * static_cast<std::size_t>(plane.shrink_x));
  }
}

void PreviewRows::lend_rows(RowPlan& plan) {
  int b = 0;
  for (int c = 0; c < layout_.component_count; ++c) {
    const Component& component = layout_.components[c];
    Plane& plane = planes_[static_cast<std::size_t>(c)];
    for (int i = 0; i < component.blocks_per_mcu(); ++i, ++b) {
      const int x = i % component.horizontal_sampling * side_;
      const int y = i / component.horizontal_sampling * side_;
      BlockPlan& block = plan.blocks[b];
      block.pixels = plane.pixels.data() + static_cast<std::size_t>(y) * plane.stride + x;
      block.stride_bytes = plane.stride;
      block.mcu_step =
          static_cast<std::size_t>(component.horizontal_sampling) * static_cast<std::size_t>(side_);
      set_scales(block, layout_.quant[component.quant_slot], side_);
    }
  }
}

const std::uint8_t* PreviewRows::row_at_full_width(Plane& plane, int y) {
  const std::uint8_t* const row =
      plane.pixels.data() + static_cast<std::size_t>(y / plane.shrink_y) * plane.stride;
  if (plane.shrink_x == 1) return row;
  const int shrink = plane.shrink_x;
  std::uint8_t* const to = plane.widened.data();
  if (y % plane.shrink_y != 0) return to;  // the row before was the same
  if (shrink == 2) {
    for (std::size_t x = 0; x < plane.stride; ++x) to[2 * x] = to[2 * x + 1] = row[x];
  } else {
    for (std::size_t x = 0; x < plane.stride; ++x)
      std::fill_n(to + x * static_cast<std::size_t>(shrink), shrink, row[x]);
  }
  return to;
}

void PreviewRows::finish_row(int mcu_y) {
  const int first = mcu_y * rows_per_mcu_;
  const int end = std::min(first + rows_per_mcu_, image_.height());
  MutableImageView view = image_.mutable_view();
  for (int y = first; y < end; ++y) {
    std::array<const std::uint8_t*, kMaxComponents> rows{};
    for (std::size_t c = 0; c < planes_.size(); ++c) rows[c] = row_at_full_width(planes_[c], y - first);
    switch (layout_.color) {
      case ComponentColors::kGray:
        std::memcpy(view.row(y), rows[0], static_cast<std::size_t>(view.width));
        break;
      case ComponentColors::kYcc: ycc_to_rgb({rows[0], rows[1], rows[2]}, view.row(y), view.width); break;
      case ComponentColors::kRgb:
        for (int x = 0; x < view.width; ++x) {
          for (int c = 0; c < 3; ++c) view.row(y)[3 * x + c] = rows[c][x];
        }
        break;
    }
  }
}

}  // namespace face_privacy::jpeg
