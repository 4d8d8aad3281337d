#include "detect/merge.h"

#include <algorithm>
#include <array>

namespace face_privacy {
namespace {

// A box that overlaps less is taken for the same face, but is no better knowledge of where it is.
constexpr float kMeanOverlap = 0.5F;

void sort_best_first(std::vector<Face>& faces) {
  std::stable_sort(faces.begin(), faces.end(),
                   [](const Face& a, const Face& b) { return a.score > b.score; });
}

// The numbers of a face that can be averaged.
constexpr std::size_t kNumberCount = 14;
std::array<float*, kNumberCount> numbers_of(Face& face) {
  BoxF& box = face.box;
  Landmarks& marks = face.landmarks;
  return {&box.x,
          &box.y,
          &box.width,
          &box.height,
          &marks.left_eye.x,
          &marks.left_eye.y,
          &marks.right_eye.x,
          &marks.right_eye.y,
          &marks.nose.x,
          &marks.nose.y,
          &marks.mouth_left.x,
          &marks.mouth_left.y,
          &marks.mouth_right.x,
          &marks.mouth_right.y};
}

// All that is known of one face; the first is the best.
struct Cluster {
  std::vector<Face> members;
  std::vector<std::size_t> passes;  // of each member

  Face merged() const;
};

Face Cluster::merged() const {
  std::array<double, kNumberCount> sums{};
  double weights = 0;
  double all_wrong = 1;
  std::vector<std::size_t> counted;
  for (std::size_t i = 0; i < members.size(); ++i) {
    Face member = members[i];
    if (std::find(counted.begin(), counted.end(), passes[i]) == counted.end()) {
      all_wrong *= 1 - static_cast<double>(member.score);  // members are best first: a pass's best counts
      counted.push_back(passes[i]);
    }
    if (i > 0 && intersection_over_union(member.box, members.front().box) <= kMeanOverlap) continue;
    const double weight = static_cast<double>(member.score) * member.score;
    const auto numbers = numbers_of(member);
    for (std::size_t n = 0; n < kNumberCount; ++n) sums[n] += weight * *numbers[n];
    weights += weight;
  }
  Face result = members.front();
  result.score = static_cast<float>(1 - all_wrong);
  if (weights > 0) {
    const auto numbers = numbers_of(result);
    for (std::size_t n = 0; n < kNumberCount; ++n) *numbers[n] = static_cast<float>(sums[n] / weights);
  }
  return result;
}

}  // namespace

std::vector<Face> suppress_repeats(std::vector<Face> candidates) {
  sort_best_first(candidates);
  std::vector<Face> kept;
  for (const Face& candidate : candidates) {
    const bool repeats = std::any_of(kept.begin(), kept.end(), [&](const Face& better) {
      return intersection_over_union(candidate.box, better.box) > kSameFaceOverlap;
    });
    if (!repeats) kept.push_back(candidate);
  }
  return kept;
}

std::vector<Face> merge_passes(std::span<const std::vector<Face>> passes) {
  if (passes.size() == 1) return passes.front();
  struct FromPass {
    Face face;
    std::size_t pass;
  };
  std::vector<FromPass> all;
  for (std::size_t pass = 0; pass < passes.size(); ++pass) {
    for (const Face& face : passes[pass]) all.push_back({face, pass});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const FromPass& a, const FromPass& b) { return a.face.score > b.face.score; });
  std::vector<Cluster> clusters;
  for (const auto& [face, pass] : all) {
    const auto same = std::find_if(clusters.begin(), clusters.end(), [&box = face.box](const Cluster& one) {
      return intersection_over_union(box, one.members.front().box) > kSameFaceOverlap;
    });
    Cluster& cluster = same != clusters.end() ? *same : clusters.emplace_back();
    cluster.members.push_back(face);
    cluster.passes.push_back(pass);
  }
  std::vector<Face> merged;
  for (const Cluster& cluster : clusters) merged.push_back(cluster.merged());
  sort_best_first(merged);
  return merged;
}

}  // namespace face_privacy
