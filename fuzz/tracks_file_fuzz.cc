// Tracks files come from anywhere: each is tracks that can be covered and written again, or an error.
#include <cmath>
#include <cstdint>

#include "report/tracks_file.h"

using namespace face_privacy;

namespace {

constexpr TracksFileLimits kLimits{
    .max_bytes = 1 << 16, .max_frames = 2000, .max_tracks = 100, .max_covered = 20'000};

void expect(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = tracks_from_json({reinterpret_cast<const char*>(data), size}, kLimits);
  if (!file) return 0;
  const RegionIndex index(file->clip);
  for (int frame = 0; frame < file->clip.frame_count(); ++frame) {
    for (const FrameRegion& region : index.at(frame)) {
      expect(std::isfinite(region.box.right() + region.box.bottom()));
    }
    for (const BoxF& box : index.kept_at(frame)) expect(std::isfinite(box.right() + box.bottom()));
  }
  const std::string text = tracks_to_json(*file);
  const auto again = tracks_from_json(text);
  // A drawn box at the very edge of the picture may be rounded out of it.
  if (again) expect(tracks_to_json(*again) == text);
  return 0;
}
