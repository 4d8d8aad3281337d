#include "redact/cluster.h"

#include "base/union_find.h"
#include "redact/meeting_rects.h"

namespace face_privacy {
namespace {

constexpr int kMeanStep = 8;  // of 255: 33 levels a channel

// Pixels of one row that are taken, and by whom: spans in ascending order, with a gap or an edge between
// them.
class TakenRow {
 public:
  // Joins `outline` with all whose pixels it shares.
  void add(Span span, int outline, UnionFind& sets) {
    if (span.empty()) return;
    const auto first = std::find_if(taken_.begin(), taken_.end(),
                                    [&](const Taken& taken) { return taken.span.end > span.begin; });
    auto last = first;
    for (; last != taken_.end() && last->span.begin < span.end; ++last) {
      sets.join(outline, last->outline);
      span = {std::min(span.begin, last->span.begin), std::max(span.end, last->span.end)};
    }
    if (first == last) {
      taken_.insert(first, {span, outline});
      return;
    }
    *first = {span, outline};
    taken_.erase(first + 1, last);
  }

 private:
  struct Taken {
    Span span;
    int outline;
  };
  std::vector<Taken> taken_;
};

void join_touching(std::span<const Outline> outlines, std::span<const int> members, Size picture,
                   UnionFind& sets) {
  std::vector<TakenRow> rows(static_cast<std::size_t>(picture.height));
  for (const int member : members) {
    const Outline& outline = outlines[member];
    const int bottom = std::min(outline.bounds().bottom(), picture.height);
    for (int y = std::max(0, outline.bounds().y); y < bottom; ++y)
      rows[y].add(intersect(outline.full_row(y), {0, picture.width}), member, sets);
  }
}

}  // namespace

std::vector<std::vector<int>> touching(std::span<const Outline> outlines, Size picture) {
  std::vector<int> valid;
  std::vector<Rect> bounds;
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    bounds.push_back(outlines[i].bounds());
    if (outlines[i].is_valid()) valid.push_back(static_cast<int>(i));
  }
  UnionFind sets(outlines.size());
  for (const std::vector<int>& near : meeting_sets(bounds, {0, picture.width})) {
    if (near.size() > 1) join_touching(outlines, near, picture, sets);
  }
  return sets.sets(valid);
}

template <class Sample>
PixelColor<Sample> coarse_mean(const PixelSum& sum, int color_channels) {
  constexpr std::uint64_t kStep = kMeanStep * kSamplePerStep<Sample>;
  PixelColor<Sample> mean;
  mean.fill(static_cast<Sample>(128 * kSamplePerStep<Sample>));
  if (sum.count == 0) return mean;
  for (int c = 0; c < color_channels; ++c) {
    const std::uint64_t level = (2 * sum.channels[c] + sum.count * kStep) / (2 * sum.count * kStep);
    mean[c] = static_cast<Sample>(std::min<std::uint64_t>(level * kStep, kMaxSample<Sample>));
  }
  return mean;
}

template PixelColor<std::uint8_t> coarse_mean(const PixelSum&, int);
template PixelColor<std::uint16_t> coarse_mean(const PixelSum&, int);

}  // namespace face_privacy
