#include "media/camera_motion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace face_privacy {
namespace {

constexpr int kLongSide = 320;  // px of the finest level, about
constexpr int kBlock = 16;      // px at the fine levels, half as many at the coarsest
constexpr int kColumns = 10;    // blocks
constexpr int kRows = 6;
constexpr int kBorder = 8;  // px of the finest level: what is at the edge may have left the picture
constexpr int kReach = 7;   // px of the coarsest level
constexpr int kAdjust = 2;  // px of the finer levels
// A block shows where it went if its luma changes by so much from pixel to pixel, on average and both ways.
constexpr int kLeastDetail = 2;
constexpr float kTolerance = 0.8F;  // px of the finest level, by which a block of a still thing may be off
constexpr float kLeastAgreement = 0.4F;
constexpr int kLeastBlocks = 8;
constexpr float kLargestZoom = 1.15F;  // from one frame to the next
constexpr float kLargestTurn = 0.15F;  // tangent

template <class Sample>
void add_row(const std::uint8_t* row, int width, std::vector<std::uint32_t>& sums) {
  const auto* samples = reinterpret_cast<const Sample*>(row);
  for (int x = 0; x < width; ++x) sums[x] += samples[x];
}

struct Step {
  int x = 0;
  int y = 0;
};

struct Move {
  PointF from;
  PointF to;
};

bool agrees(const Similarity& motion, const Move& move, float tolerance_px) {
  const PointF at = motion.apply(move.from);
  const float dx = at.x - move.to.x;
  const float dy = at.y - move.to.y;
  return dx * dx + dy * dy <= tolerance_px * tolerance_px;
}

bool is_likely(const Similarity& motion) {
  const float zoom = motion.scale();
  return zoom < kLargestZoom && zoom > 1 / kLargestZoom && motion.a > 0 &&
         std::abs(motion.b) < kLargestTurn * motion.a;
}

std::optional<Similarity> fit(std::span<const Move> moves) {
  std::vector<PointF> from;
  std::vector<PointF> to;
  for (const Move& move : moves) {
    from.push_back(move.from);
    to.push_back(move.to);
  }
  return fit_similarity(from, to);
}

std::vector<Move> agreeing(const Similarity& motion, std::span<const Move> moves, float tolerance_px) {
  std::vector<Move> some;
  std::copy_if(moves.begin(), moves.end(), std::back_inserter(some),
               [&](const Move& move) { return agrees(motion, move, tolerance_px); });
  return some;
}

// What most of the moves have in common: of what each pair of them says, the one that most agree with.
Similarity common_motion(std::span<const Move> moves, float tolerance_px) {
  std::ptrdiff_t most = 0;
  Similarity best;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    for (std::size_t j = i + 1; j < moves.size(); ++j) {
      const auto motion =
          fit_similarity(std::array{moves[i].from, moves[j].from}, std::array{moves[i].to, moves[j].to});
      if (!motion || !is_likely(*motion)) continue;
      const auto count = std::count_if(moves.begin(), moves.end(),
                                       [&](const Move& move) { return agrees(*motion, move, tolerance_px); });
      if (count <= most) continue;
      most = count;
      best = *motion;
    }
  }
  if (most < kLeastBlocks || static_cast<float>(most) < kLeastAgreement * static_cast<float>(moves.size())) {
    return {};
  }
  for (int i = 0; i < 2; ++i) {
    const auto refined = fit(agreeing(best, moves, tolerance_px));
    if (!refined || !is_likely(*refined)) return {};
    best = *refined;
  }
  return best;
}

}  // namespace

CameraMotion::Plane CameraMotion::shrunk(const VideoFrame& frame, int by) {
  const VideoPlane& luma = frame.planes[0];
  Plane small{luma.size.width / by, luma.size.height / by, {}};
  small.luma.resize(static_cast<std::size_t>(small.width) * small.height);
  std::vector<std::uint32_t> sums(luma.size.width);
  const int row_step = std::max(1, by / 2);  // of large pictures not all rows are read
  for (int y = 0; y < small.height; ++y) {
    std::fill(sums.begin(), sums.end(), 0);
    std::uint32_t rows = 0;
    for (int row = y * by; row < (y + 1) * by; row += row_step, ++rows) {
      if (frame.bit_depth > 8) {
        add_row<std::uint16_t>(luma.row(row), luma.size.width, sums);
      } else {
        add_row<std::uint8_t>(luma.row(row), luma.size.width, sums);
      }
    }
    const std::uint32_t count = (rows * by) << (frame.bit_depth - 8);
    for (int x = 0; x < small.width; ++x) {
      std::uint32_t sum = 0;
      for (int i = 0; i < by; ++i) sum += sums[x * by + i];
      small.luma[static_cast<std::size_t>(y) * small.width + x] = static_cast<std::uint8_t>(sum / count);
    }
  }
  return small;
}

CameraMotion::Plane CameraMotion::halved(const Plane& plane) {
  Plane half{plane.width / 2, plane.height / 2, {}};
  half.luma.reserve(static_cast<std::size_t>(half.width) * half.height);
  for (int y = 0; y < half.height; ++y) {
    const std::uint8_t* upper = plane.at(0, 2 * y);
    const std::uint8_t* lower = plane.at(0, 2 * y + 1);
    for (int x = 0; x < half.width; ++x) {
      const std::ptrdiff_t left = std::ptrdiff_t{2} * x;
      const int sum = upper[left] + upper[left + 1] + lower[left] + lower[left + 1];
      half.luma.push_back(static_cast<std::uint8_t>((sum + 2) / 4));
    }
  }
  return half;
}

namespace {

// Finds blocks of one plane in another by sums of absolute differences.
template <class Plane>
class Matcher {
 public:
  Matcher(const Plane& from, const Plane& to, int block) : from_(from), to_(to), block_(block) {}

  int difference(int x, int y, int dx, int dy) const {
    if (x + dx < 0 || y + dy < 0 || x + dx + block_ > to_.width || y + dy + block_ > to_.height) return kNone;
    int sum = 0;
    for (int row = 0; row < block_; ++row) {
      const std::uint8_t* a = from_.at(x, y + row);
      const std::uint8_t* b = to_.at(x + dx, y + dy + row);
      for (int i = 0; i < block_; ++i) sum += std::abs(a[i] - b[i]);
    }
    return sum;
  }

  // Where the block at (x, y), or the nearest that lies in the plane, goes to: by about `guess`.
  Step search(int x, int y, Step guess, int reach) const {
    x = std::clamp(x, 0, from_.width - block_);
    y = std::clamp(y, 0, from_.height - block_);
    int least = kNone;
    Step found = guess;
    for (int dy = guess.y - reach; dy <= guess.y + reach; ++dy) {
      for (int dx = guess.x - reach; dx <= guess.x + reach; ++dx) {
        const int sum = difference(x, y, dx, dy);
        if (sum >= least) continue;
        least = sum;
        found = {dx, dy};
      }
    }
    return found;
  }

  // Between the pixels.
  PointF refined(int x, int y, Step at) const {
    const int here = difference(x, y, at.x, at.y);
    const auto lowest = [&](int before, int after) {
      if (before == kNone || after == kNone) return 0.F;
      const int higher = std::max(before, after) - here;
      return higher > 0 ? static_cast<float>(before - after) / (2 * static_cast<float>(higher)) : 0.F;
    };
    return {
        static_cast<float>(at.x) + lowest(difference(x, y, at.x - 1, at.y), difference(x, y, at.x + 1, at.y)),
        static_cast<float>(at.y) +
            lowest(difference(x, y, at.x, at.y - 1), difference(x, y, at.x, at.y + 1))};
  }

 private:
  static constexpr int kNone = std::numeric_limits<int>::max();
  const Plane& from_;
  const Plane& to_;
  int block_;
};

template <class Plane>
bool has_detail(const Plane& plane, int x, int y) {
  int across = 0;
  int down = 0;
  for (int row = y; row + 1 < y + kBlock; ++row) {
    const std::uint8_t* a = plane.at(x, row);
    const std::uint8_t* b = plane.at(x, row + 1);
    for (int i = 0; i + 1 < kBlock; ++i) {
      across += std::abs(a[i] - a[i + 1]);
      down += std::abs(a[i] - b[i]);
    }
  }
  return std::min(across, down) >= kLeastDetail * (kBlock - 1) * (kBlock - 1);
}

}  // namespace

Similarity CameraMotion::to(const VideoFrame& frame) {
  const int longer = std::max(frame.size.width, frame.size.height);
  const int by = std::max(1, (longer + kLongSide / 2) / kLongSide);
  Pyramid now;
  now[0] = shrunk(frame, by);
  for (int level = 1; level < kLevels; ++level) now[level] = halved(now[level - 1]);
  const Pyramid before = std::exchange(before_, std::move(now));
  const Plane& fine = before[0];
  if (fine.width != before_[0].width || fine.height != before_[0].height ||
      std::min(fine.width, fine.height) < 4 * kBlock) {
    return {};
  }
  const Matcher coarse(before[2], before_[2], kBlock / 2);
  const Matcher middle(before[1], before_[1], kBlock);
  const Matcher last(fine, before_[0], kBlock);
  const auto shown = [&](float x, float y) {
    const auto scale = static_cast<float>(by);
    const BoxF place = upright_.to_shown({x * scale, y * scale, 0, 0});
    return PointF{place.x, place.y};
  };
  std::vector<Move> moves;
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      const int x = kBorder + column * (fine.width - kBlock - 2 * kBorder) / (kColumns - 1);
      const int y = kBorder + row * (fine.height - kBlock - 2 * kBorder) / (kRows - 1);
      if (!has_detail(fine, x, y)) continue;
      // The blocks of all levels have one middle; those of the two coarser ones show twice as much.
      Step step = coarse.search(x / 4 - kBlock / 8, y / 4 - kBlock / 8, {}, kReach);
      step = middle.search(x / 2 - kBlock / 4, y / 2 - kBlock / 4, {2 * step.x, 2 * step.y}, kAdjust);
      step = last.search(x, y, {2 * step.x, 2 * step.y}, kAdjust);
      const PointF shift = last.refined(x, y, step);
      const float middle_x = static_cast<float>(x) + kBlock / 2.F;
      const float middle_y = static_cast<float>(y) + kBlock / 2.F;
      moves.push_back({shown(middle_x, middle_y), shown(middle_x + shift.x, middle_y + shift.y)});
    }
  }
  return common_motion(moves, kTolerance * static_cast<float>(by));
}

}  // namespace face_privacy
