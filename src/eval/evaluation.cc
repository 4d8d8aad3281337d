#include "eval/evaluation.h"

#include <algorithm>
#include <cmath>

namespace face_privacy {
namespace {

constexpr float kNotFound = -1;

}  // namespace

std::string_view name_of(SizeBand band) {
  switch (band) {
    case SizeBand::kUnder16: return "<16";
    case SizeBand::kUnder32: return "<32";
    case SizeBand::kUnder64: return "<64";
    case SizeBand::kLarger: return ">=64";
  }
  return "";
}

SizeBand size_band(const BoxF& box, Size photo) {
  constexpr float kReferenceLongSide = 640;
  const auto long_side = static_cast<float>(std::max({1, photo.width, photo.height}));
  const float size = std::sqrt(box.area()) * kReferenceLongSide / long_side;
  if (size < 16) return SizeBand::kUnder16;
  if (size < 32) return SizeBand::kUnder32;
  if (size < 64) return SizeBand::kUnder64;
  return SizeBand::kLarger;
}

double average_precision(const std::vector<bool>& right, int labelled) {
  if (labelled <= 0) return 0;
  const auto found = static_cast<double>(std::count(right.begin(), right.end(), true));
  // From the worst to the best: each right one adds its step in recall times the best precision at
  // that recall or beyond.
  double area = 0;
  double best_precision = 0;
  double right_so_far = found;
  for (std::size_t i = right.size(); i-- > 0;) {
    best_precision = std::max(best_precision, right_so_far / static_cast<double>(i + 1));
    if (right[i]) {
      area += best_precision / labelled;
      --right_so_far;
    }
  }
  return area;
}

void Evaluation::add(const TruthPhoto& truth, Size photo, std::span<const Face> found,
                     std::span<const float> covered) {
  const std::size_t first = labelled_.size();
  for (std::size_t i = 0; i < truth.faces.size(); ++i) {
    const TruthFace& face = truth.faces[i];
    labelled_.push_back({size_band(face.box, photo), face.kind,
                         i < covered.size() ? std::optional(covered[i]) : std::nullopt, kNotFound});
  }
  for (std::size_t i = 0; i < truth.noses.size(); ++i) labelled_.push_back({{}, {}, {}, kNotFound});

  const auto matches = match_faces(found, truth, photo, min_iou_);
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::optional<SizeBand> band = size_band(found[i].box, photo);
    if (matches[i]) {
      Labelled& label = labelled_[first + *matches[i]];
      label.score = found[i].score;
      band = label.band;
    }
    found_.push_back({found[i].score, matches[i].has_value(), band});
  }
}

template <class LabelledFilter, class FoundFilter>
Figures Evaluation::figures(float min_score, LabelledFilter labelled_counts, FoundFilter found_counts) const {
  Figures result;
  for (const Labelled& label : labelled_) {
    if (!labelled_counts(label)) continue;
    ++result.labelled;
    result.found += label.score >= min_score ? 1 : 0;
    result.coverable += label.covered ? 1 : 0;
    result.covered += label.covered && *label.covered >= kCoveredShare ? 1 : 0;
  }
  std::vector<Found> ranked;
  for (const Found& one : found_) {
    if (!found_counts(one)) continue;
    ranked.push_back(one);
    result.false_alarms += !one.right && one.score >= min_score ? 1 : 0;
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Found& a, const Found& b) { return a.score > b.score; });
  std::vector<bool> right;
  right.reserve(ranked.size());
  for (const Found& one : ranked) right.push_back(one.right);
  result.average_precision = average_precision(right, result.labelled);
  return result;
}

Figures Evaluation::all(float min_score) const {
  return figures(
      min_score, [](const Labelled&) { return true; }, [](const Found&) { return true; });
}

Figures Evaluation::band(SizeBand band, float min_score) const {
  const auto of_band = [band](const auto& one) { return one.band == band; };
  return figures(min_score, of_band, of_band);
}

std::map<std::string, Figures> Evaluation::by_kind(float min_score) const {
  std::map<std::string, Figures> kinds;
  for (const Labelled& label : labelled_) {
    if (!label.kind.empty()) kinds.try_emplace(label.kind);
  }
  for (auto& entry : kinds) {
    const std::string& kind = entry.first;
    entry.second = figures(
        min_score, [&kind](const Labelled& label) { return label.kind == kind; },
        [](const Found&) { return false; });
  }
  return kinds;
}

std::vector<CurvePoint> Evaluation::curve(std::span<const float> min_scores) const {
  std::vector<CurvePoint> points;
  for (const float min_score : min_scores) {
    const Figures at = all(min_score);
    points.push_back({min_score, at.recall(), at.precision()});
  }
  return points;
}

}  // namespace face_privacy
