#include "detect/merge.h"

#include <algorithm>
#include <array>
#include <cmath>

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

struct Candidate {
  Face face;
  std::size_t pass;
  bool turned;
};

// All candidates of one face, best first.
class Cluster {
 public:
  void add(const Candidate& candidate) { candidates_.push_back(candidate); }
  const BoxF& box() const { return candidates_.front().face.box; }
  Face merged() const;

 private:
  float score() const;

  std::vector<Candidate> candidates_;
};

// The probability that at least one of the two best passes is right. Errors of passes are correlated, so the
// second one counts with the square root of its own error; a third adds nothing (measured:
// docs/detection.md).
float Cluster::score() const {
  const Candidate& best = candidates_.front();
  const auto second = std::find_if(candidates_.begin(), candidates_.end(),
                                   [&](const Candidate& one) { return one.pass != best.pass; });
  const double doubt = 1 - static_cast<double>(best.face.score);
  if (second == candidates_.end()) return best.face.score;
  return static_cast<float>(1 - doubt * std::sqrt(1 - static_cast<double>(second->face.score)));
}

Face Cluster::merged() const {
  const auto upright =
      std::find_if(candidates_.begin(), candidates_.end(), [](const Candidate& one) { return !one.turned; });
  const Candidate& best = upright != candidates_.end() ? *upright : candidates_.front();
  std::array<double, kNumberCount> sums{};
  double weights = 0;
  for (const Candidate& one : candidates_) {
    if (one.turned != best.turned) continue;
    Face face = one.face;
    if (&one != &best && intersection_over_union(face.box, best.face.box) <= kMeanOverlap) continue;
    const double weight = static_cast<double>(face.score) * face.score;
    const auto numbers = numbers_of(face);
    for (std::size_t n = 0; n < kNumberCount; ++n) sums[n] += weight * *numbers[n];
    weights += weight;
  }
  Face result = best.face;
  result.score = score();
  if (weights > 0) {
    const auto numbers = numbers_of(result);
    for (std::size_t n = 0; n < kNumberCount; ++n) *numbers[n] = static_cast<float>(sums[n] / weights);
  }
  return result;
}

// The best score of those that are the same face; 0 where there is none.
float score_at(const BoxF& box, std::span<const Face> faces) {
  float best = 0;
  for (const Face& face : faces) {
    if (intersection_over_union(box, face.box) > kSameFaceOverlap) best = std::max(best, face.score);
  }
  return best;
}

float side_of(const Face& face) { return std::sqrt(face.box.area()); }

// Of the passes that should see a face of that size; 1 where there is none to ask.
float mean_score(const Face& face, std::span<const CrossCheck> checks) {
  float sum = 0;
  int asked = 0;
  for (const CrossCheck& check : checks) {
    if (side_of(face) < check.from_px || side_of(face) > check.to_px) continue;
    sum += score_at(face.box, check.faces);
    ++asked;
  }
  return asked > 0 ? sum / static_cast<float>(asked) : 1;
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

std::vector<Face> merge_passes(std::span<const PassFaces> passes) {
  if (passes.size() == 1) return passes.front().faces;
  std::vector<Candidate> candidates;
  for (std::size_t pass = 0; pass < passes.size(); ++pass) {
    for (const Face& face : passes[pass].faces) candidates.push_back({face, pass, passes[pass].turned});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.face.score > b.face.score; });
  std::vector<Cluster> clusters;
  for (const Candidate& candidate : candidates) {
    const auto same = std::find_if(clusters.begin(), clusters.end(), [&](const Cluster& one) {
      return intersection_over_union(candidate.face.box, one.box()) > kSameFaceOverlap;
    });
    (same != clusters.end() ? *same : clusters.emplace_back()).add(candidate);
  }
  std::vector<Face> merged;
  merged.reserve(clusters.size());
  for (const Cluster& cluster : clusters) merged.push_back(cluster.merged());
  sort_best_first(merged);
  return merged;
}

void demote_large_faces(std::vector<Face>& faces, std::span<const CrossCheck> checks, float majority) {
  if (checks.size() < 2) return;
  const CrossCheck& smallest_scale = checks.back();
  for (Face& face : faces) {
    if (side_of(face) < smallest_scale.large_px) continue;
    const float seen = score_at(face.box, smallest_scale.faces);
    if (seen >= kCrossCheckScore || mean_score(face, checks) >= majority) continue;
    face.score = std::min(face.score, seen);
  }
  sort_best_first(faces);
}

void demote_unseen_faces(std::vector<Face>& faces, std::span<const Face> pass, const CrossCheckRule& rule) {
  for (Face& face : faces) {
    const float side = side_of(face);
    if (side < rule.from_px || side > rule.to_px) continue;
    if (score_at(face.box, pass) == 0) face.score *= rule.kept_share;
  }
  sort_best_first(faces);
}

}  // namespace face_privacy
