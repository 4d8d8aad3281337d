// What margins gain and cost: how many labelled faces they cover, and how much of the pictures.
#pragma once

#include <array>
#include <span>

#include "eval/truth.h"
#include "image/face.h"

namespace face_privacy {

class MarginTable {
 public:
  // The photo with what is redacted in it, each face with each margin, in the default shape.
  void add(const TruthPhoto& truth, Size photo, std::span<const Face> redacted);

  struct Row {
    float margin = 0;
    int labelled = 0;   // faces with a box
    int covered = 0;    // of them, at least kCoveredShare of the box
    int all_of_it = 0;  // of them, at least kWholeShare of the box
    double area = 0;    // share of the picture that is redacted, added up over the photos

    double share_of_faces(int count) const {
      return labelled > 0 ? static_cast<double>(count) / labelled : 0;
    }
  };
  std::span<const Row> rows() const { return rows_; }
  int photo_count() const { return photo_count_; }

  static constexpr float kWholeShare = 0.99F;

 private:
  std::array<Row, 8> rows_{Row{0.F},    Row{0.05F}, Row{0.1F},  Row{0.15F},
                           Row{0.175F}, Row{0.2F},  Row{0.25F}, Row{0.3F}};
  int photo_count_ = 0;
};

}  // namespace face_privacy
