#include "pipeline/patch_plan.h"

#include <algorithm>
#include <utility>

namespace face_privacy {
namespace {

bool meet(const Rect& a, const Rect& b) { return !intersect(a, b).empty(); }

// Whether one of two patches holds pixels that the other changes.
bool must_share(const PatchPlan& a, const PatchPlan& b) {
  if (!meet(a.area, b.area)) return false;
  const auto reaches = [](const PatchPlan& patch, const PatchPlan& other) {
    return std::any_of(other.changed.begin(), other.changed.end(),
                       [&](const Rect& changed) { return meet(patch.area, changed); });
  };
  return reaches(a, b) || reaches(b, a);
}

}  // namespace

std::vector<PatchPlan> plan_patches(std::span<const Region> regions, Size picture,
                                    const std::function<Rect(const Rect&)>& grow) {
  std::vector<PatchPlan> patches;
  for (const Region& region : regions) {
    const Rect changed = intersect(region.bounds(), {0, 0, picture.width, picture.height});
    if (changed.empty()) continue;
    PatchPlan grown{grow(unite(changed, Redactor::support(region, picture))), {changed}};
    // Each time it takes in a patch it grows, and may then meet one that it did not meet before.
    for (auto it = patches.begin(); it != patches.end();) {
      if (!must_share(grown, *it)) {
        ++it;
        continue;
      }
      grown.area = grow(unite(grown.area, it->area));
      it->changed.insert(it->changed.end(), grown.changed.begin(), grown.changed.end());
      grown.changed = std::move(it->changed);
      patches.erase(it);
      it = patches.begin();
    }
    patches.push_back(std::move(grown));
  }
  return patches;
}

}  // namespace face_privacy
