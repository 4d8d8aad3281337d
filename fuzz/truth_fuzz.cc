// Truth files come from anywhere: each line is a photo with boxes that can be measured, or an error.
#include <cmath>
#include <cstdint>

#include "eval/truth.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto photos = face_privacy::parse_truth({reinterpret_cast<const char*>(data), size});
  if (!photos) return 0;
  for (const auto& photo : *photos) {
    for (const auto& face : photo.faces) {
      if (!(face.box.area() > 0) || !std::isfinite(face.box.right() + face.box.bottom())) __builtin_trap();
    }
  }
  return 0;
}
