// The place is divided into cells, and each cell's mean compared with its four neighbors': a face's eyes and
// mouth are such contrasts. What is grown from around, averaged or filled has none of them, or others.
//
// Of a region that lies aside one edge goes through the place, and by `fill` it is the strongest contrast
// there, which nothing of the original goes along with. So parts are also asked whether they are as they
// were.
#include "redact/coverage_check.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace face_privacy {
namespace {

constexpr int kMaxCells = 24;
constexpr int kMinCells = 8;
constexpr float kCellPx = 2;
constexpr int kCellsForQuarters = 16;

// Under this mean square, in squared gray levels, there is nothing to recognize.
constexpr float kNoDetail = 2;

constexpr float kMostShare = 0.35F;
constexpr float kMostCorrelation = 0.6F;

// A cell is unchanged where it differs by less than this, in gray levels, for a file that is written again
// changes a little.
constexpr float kMostChange = 6;
constexpr int kFewestUnchanged = 8;
// Of what there was to be seen.
constexpr double kUntouchedShare = 0.02;

int cells_across(const Ellipse& place) {
  const float side = 2 * std::min(place.radius_x, place.radius_y);
  return std::clamp(static_cast<int>(side / kCellPx), kMinCells, kMaxCells);
}

// The mean of the colors of a pixel, 0..255; luma alone where it is apart.
float brightness(const ImageView& view, int x, int y) {
  const PixelLayout& layout = view.layout;
  const int channels = layout.model == ColorModel::kYcc ? 1 : layout.color_channels();
  const std::uint8_t* pixel = view.row(y) + static_cast<std::ptrdiff_t>(x) * layout.bytes_per_pixel();
  float sum = 0;
  for (int i = 0; i < channels; ++i) {
    // Of 16 bits the high byte, which comes last.
    sum += static_cast<float>(pixel[i * layout.bytes_per_sample + layout.bytes_per_sample - 1]);
  }
  return sum / static_cast<float>(channels);
}

// The cells of a place, row by row: 0 where they are not in its ellipse or not in the picture.
struct Cells {
  int across = 0;
  std::vector<float> values;
  std::vector<char> inside;

  std::size_t at(int column, int row) const { return static_cast<std::size_t>(row) * across + column; }
  bool has(int column, int row) const {
    return column >= 0 && row >= 0 && column < across && row < across && inside[at(column, row)] != 0;
  }
};

class Sampler {
 public:
  Sampler(Size full, const Ellipse& place) : full_(full), place_(place), across_(cells_across(place)) {}

  Cells of(const ImageView& view) const {
    Cells cells{across_, std::vector<float>(static_cast<std::size_t>(across_ * across_)),
                std::vector<char>(static_cast<std::size_t>(across_ * across_))};
    for (int row = 0; row < across_; ++row) {
      for (int column = 0; column < across_; ++column) take(view, column, row, cells);
    }
    return cells;
  }

 private:
  // A cell's corner in the ellipse's own axes, -1..1.
  float coordinate(float index) const { return 2 * index / static_cast<float>(across_) - 1; }

  PointF place_of(float u, float v) const {
    const float x = u * place_.radius_x;
    const float y = v * place_.radius_y;
    return {place_.center.x + x * cosine_ - y * sine_, place_.center.y + x * sine_ + y * cosine_};
  }

  // The mean of four by four points.
  void take(const ImageView& view, int column, int row, Cells& cells) const {
    constexpr int kPoints = 4;
    const float u = coordinate(static_cast<float>(column) + 0.5F);
    const float v = coordinate(static_cast<float>(row) + 0.5F);
    if (u * u + v * v > 1) return;
    const float scale_x = static_cast<float>(view.width) / static_cast<float>(full_.width);
    const float scale_y = static_cast<float>(view.height) / static_cast<float>(full_.height);
    float sum = 0;
    for (int i = 0; i < kPoints * kPoints; ++i) {
      const int across = i % kPoints;
      const int down = i / kPoints;
      const PointF point =
          place_of(coordinate(static_cast<float>(column) + (static_cast<float>(across) + 0.5F) / kPoints),
                   coordinate(static_cast<float>(row) + (static_cast<float>(down) + 0.5F) / kPoints));
      const int x = static_cast<int>(std::floor(point.x * scale_x));
      const int y = static_cast<int>(std::floor(point.y * scale_y));
      if (x < 0 || y < 0 || x >= view.width || y >= view.height) return;
      sum += brightness(view, x, y);
    }
    cells.values[cells.at(column, row)] = sum / (kPoints * kPoints);
    cells.inside[cells.at(column, row)] = 1;
  }

  const Size full_;
  const Ellipse place_;
  const int across_;
  const float cosine_ = std::cos(place_.angle_rad);
  const float sine_ = std::sin(place_.angle_rad);
};

// Sums over cells of the contrasts to their neighbors.
struct Sums {
  double of_original = 0;
  double of_redacted = 0;
  double of_both = 0;
  int count = 0;

  void add(double before, double after) {
    of_original += before * before;
    of_redacted += after * after;
    of_both += before * after;
    ++count;
  }

  LeftDetail left() const {
    if (count == 0 || of_original / count < kNoDetail) return {};
    const double length = std::sqrt(of_original * of_redacted);
    return {static_cast<float>(of_both / of_original), length > 0 ? static_cast<float>(of_both / length) : 0};
  }
};

float contrast(const Cells& cells, int column, int row) {
  return 4 * cells.values[cells.at(column, row)] - cells.values[cells.at(column - 1, row)] -
         cells.values[cells.at(column + 1, row)] - cells.values[cells.at(column, row - 1)] -
         cells.values[cells.at(column, row + 1)];
}

bool has_neighbors(const Cells& cells, int column, int row) {
  return cells.has(column, row) && cells.has(column - 1, row) && cells.has(column + 1, row) &&
         cells.has(column, row - 1) && cells.has(column, row + 1);
}

Sums sums_over(const Cells& original, const Cells& redacted, const Rect& part) {
  Sums sums;
  for (int row = part.y; row < part.bottom(); ++row) {
    for (int column = part.x; column < part.right(); ++column) {
      if (!has_neighbors(original, column, row)) continue;
      sums.add(contrast(original, column, row), contrast(redacted, column, row));
    }
  }
  return sums;
}

// Of cells that are as they were, with their neighbors: what no region lies over, in whatever shape.
Sums sums_over_unchanged(const Cells& original, const Cells& redacted) {
  const auto is_unchanged = [&](int column, int row) {
    const std::size_t at = original.at(column, row);
    return std::abs(redacted.values[at] - original.values[at]) < kMostChange;
  };
  Sums sums;
  for (int row = 0; row < original.across; ++row) {
    for (int column = 0; column < original.across; ++column) {
      if (!has_neighbors(original, column, row)) continue;
      if (is_unchanged(column, row) && is_unchanged(column - 1, row) && is_unchanged(column + 1, row) &&
          is_unchanged(column, row - 1) && is_unchanged(column, row + 1))
        sums.add(contrast(original, column, row), contrast(redacted, column, row));
    }
  }
  return sums;
}

// Cells may be unchanged by chance where there is little to see, but then their contrasts differ by nearly as
// much as they are; of what lies bare they differ by less than half of that, however often it was written.
bool has_untouched_part(const Cells& original, const Cells& redacted, const Sums& all) {
  const Sums sums = sums_over_unchanged(original, redacted);
  if (sums.count < kFewestUnchanged || sums.of_original < kNoDetail * static_cast<float>(sums.count))
    return false;
  const double of_differences = sums.of_original + sums.of_redacted - 2 * sums.of_both;
  return sums.of_original - 2 * of_differences > kUntouchedShare * all.of_original;
}

}  // namespace

LeftDetail left_detail(const ImageView& original, const ImageView& redacted, Size full, const Ellipse& place,
                       Parts parts) {
  const Sampler sampler(full, place);
  const Cells before = sampler.of(original);
  const Cells after = sampler.of(redacted);
  const int across = before.across;
  const Sums all = sums_over(before, after, {0, 0, across, across});
  LeftDetail most = all.left();
  most.untouched = has_untouched_part(before, after, all);
  if (parts == Parts::kWhole || across < kCellsForQuarters) return most;
  const int half = across / 2;
  for (const Rect& quarter :
       {Rect{0, 0, half, half}, Rect{half, 0, across - half, half}, Rect{0, half, half, across - half},
        Rect{half, half, across - half, across - half}}) {
    LeftDetail left = sums_over(before, after, quarter).left();
    left.untouched = most.untouched;
    if (left.share * left.correlation > most.share * most.correlation) most = left;
  }
  return most;
}

bool shows_original(const LeftDetail& left) {
  return left.untouched || (left.share > kMostShare && left.correlation > kMostCorrelation);
}

int needed_view_px(Size full, const Ellipse& place) {
  const float side = 2 * std::min(place.radius_x, place.radius_y);
  const float cell = std::max(1.F, side / static_cast<float>(cells_across(place)));
  const int long_side = std::max(full.width, full.height);
  return std::min(long_side, static_cast<int>(std::ceil(static_cast<float>(long_side) / cell)));
}

}  // namespace face_privacy
