#include "codec/jpeg_patch_areas.h"

#include <algorithm>

namespace face_privacy::jpeg {
namespace {

struct Part {
  Rect area;
  std::vector<Rect> changed;  // all within the area
};

bool meet(const Rect& a, const Rect& b) { return !intersect(a, b).empty(); }

// Whether one of two areas meets what the other's changes.
bool must_share(const Part& a, const Part& b) {
  if (!meet(a.area, b.area)) return false;
  const auto reaches = [](const Part& part, const Part& other) {
    return std::any_of(other.changed.begin(), other.changed.end(),
                       [&](const Rect& changed) { return meet(part.area, changed); });
  };
  return reaches(a, b) || reaches(b, a);
}

void take_in(Part& part, Part&& other) {
  part.area = unite(part.area, other.area);
  if (other.changed.size() > part.changed.size()) std::swap(part.changed, other.changed);
  part.changed.insert(part.changed.end(), other.changed.begin(), other.changed.end());
}

}  // namespace

std::vector<Rect> patch_areas(std::span<const Rect> supports, std::span<const Rect> changed, Size picture,
                              const std::function<Rect(const Rect&)>& grow) {
  const Rect whole{0, 0, picture.width, picture.height};
  std::vector<Part> parts;
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const Rect change = intersect(changed[i], whole);
    if (change.empty()) continue;
    Part part{grow(unite(change, intersect(supports[i], whole))), {change}};
    // Each time it takes in another it grows, and may then meet one that it did not meet before.
    for (std::size_t other = 0; other < parts.size();) {
      if (!must_share(part, parts[other])) {
        ++other;
        continue;
      }
      take_in(part, std::move(parts[other]));
      part.area = grow(part.area);
      if (other + 1 < parts.size()) parts[other] = std::move(parts.back());
      parts.pop_back();
      other = 0;
    }
    parts.push_back(std::move(part));
  }
  std::vector<Rect> areas;
  areas.reserve(parts.size());
  for (const Part& part : parts) areas.push_back(part.area);
  return areas;
}

}  // namespace face_privacy::jpeg
