// Faults on purpose, to see whether a look at the finished file notices them: for tests, and for
// scripts/seeded-faults.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pipeline/output_checks.h"

namespace face_privacy {

// A photo with what was found in it and what is planned. Of one frame; `photo` shows `file`.
struct PlannedPhoto {
  Bytes file;
  OpenedPhoto photo;
  std::vector<std::vector<Face>> faces;
  std::vector<std::vector<Region>> regions;
  std::vector<bool> kept;

  PlannedCover cover() const { return {regions, faces, kept}; }
};
Result<PlannedPhoto> plan_photo(Bytes file, const Detector& detector, Profile profile,
                                std::optional<float> min_score = std::nullopt);
// The same, with copies of its own.
PlannedPhoto copy_of(const PlannedPhoto& planned);

// The region that alone covers a face; none where another covers its middle as well, or where others cover so
// much of it that less than a third lies bare once the region is aside: no fault of one region shows there.
std::optional<std::size_t> only_region_over(const PlannedPhoto& planned, std::size_t face);

enum class Fault : std::uint8_t {
  kAside,      // the region lies aside by the face's width, at least by the smallest region's
  kSkipped,    // the region was planned and left out
  kForgotten,  // the face was found, and no region planned
  kWeakBlur,   // a Gaussian of 1/30 of the face's width in place of the patch
};
std::string_view name_of(Fault fault);

// The finished file where the region over `face` has a fault, and all others are covered by `style`.
Bytes with_fault(const PlannedPhoto& planned, std::size_t face, Fault fault, Style style = Style::kBlur);
// What the file is held against then: of kForgotten without that region.
PlannedPhoto plan_with_fault(const PlannedPhoto& planned, std::size_t face, Fault fault);

}  // namespace face_privacy
