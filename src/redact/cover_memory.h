// What covers a face in a clip belongs to its track, not to the frame: means over many frames would tell what
// one frame hides, and colors that jump would flicker.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "redact/canvas.h"
#include "redact/ring.h"

namespace face_privacy {

// The cells of a mosaic without a place: the same for all frames of a track.
struct MosaicCells {
  int columns = 0;
  int rows = 0;
  std::vector<std::array<std::uint16_t, kMaxColorChannels>> colors;  // row by row

  bool empty() const { return colors.empty(); }
};

// Of one track on one plane.
class TrackCover {
 public:
  // Lets the colors follow what is seen now, slowly; at once in the track's first frame.
  void follow(std::array<float, kMaxColorChannels>& mean, Ring& ring, double elapsed_s);

  MosaicCells cells;  // drawn once, in the track's first frame

 private:
  bool has_seen_ = false;
  std::array<float, kMaxColorChannels> mean_{};
  Ring ring_;
};

// One for each clip that is rendered.
class CoverMemory {
 public:
  enum Plane { kLuma, kChroma };

  // Begins the frame that is shown `time_s` after the clip's start.
  void begin_frame(double time_s);
  double elapsed_s() const { return elapsed_s_; }  // since the frame before
  TrackCover& of(int track, Plane plane);

 private:
  struct Entry {
    std::array<TrackCover, 2> planes;
    double last_used_s = 0;
  };
  void forget_old();

  std::unordered_map<int, Entry> tracks_;
  bool has_begun_ = false;
  double now_s_ = 0;
  double elapsed_s_ = 0;
};

}  // namespace face_privacy
