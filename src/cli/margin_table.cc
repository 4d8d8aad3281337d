#include "cli/margin_table.h"

#include "cli/redacted_points.h"
#include "eval/evaluation.h"
#include "eval/matching.h"

namespace face_privacy {

void MarginTable::add(const TruthPhoto& truth, Size photo, std::span<const Face> redacted) {
  const BoxF whole{0, 0, static_cast<float>(photo.width), static_cast<float>(photo.height)};
  for (Row& row : rows_) {
    RedactOptions options;
    options.margin = row.margin;
    const auto regions = plan_regions(redacted, {}, {}, options);
    const auto share_of = [&](const BoxF& box) {
      return covered_share(box, photo, [&](PointF point) { return in_any_core(regions, point); });
    };
    for (const TruthFace& face : truth.faces) {
      const float share = share_of(face.box);
      ++row.labelled;
      row.covered += share >= kCoveredShare ? 1 : 0;
      row.all_of_it += share >= kWholeShare ? 1 : 0;
    }
    row.area += static_cast<double>(share_of(whole));
  }
  ++photo_count_;
}

}  // namespace face_privacy
