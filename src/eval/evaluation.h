// How good a detector is over many photos.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "eval/matching.h"
#include "eval/truth.h"
#include "image/face.h"

namespace face_privacy {

// Faces by their size if their photo were 640 px long: the square root of the box's area.
enum class SizeBand { kUnder16, kUnder32, kUnder64, kLarger };
inline constexpr std::size_t kSizeBandCount = 4;
std::string_view name_of(SizeBand band);
SizeBand size_band(const BoxF& box, Size photo);

struct Figures {
  int labelled = 0;  // faces
  int found = 0;     // of them
  int false_alarms = 0;
  int covered = 0;               // labelled faces of whose box at least kCoveredShare is redacted
  int coverable = 0;             // labelled faces of which that is known
  double average_precision = 0;  // area under the whole curve, whatever the threshold

  double recall() const { return labelled > 0 ? static_cast<double>(found) / labelled : 0; }
  double precision() const {
    return found + false_alarms > 0 ? static_cast<double>(found) / (found + false_alarms) : 0;
  }
  double covered_rate() const { return coverable > 0 ? static_cast<double>(covered) / coverable : 0; }
};

inline constexpr float kCoveredShare = 0.9F;

struct CurvePoint {
  float min_score;
  double recall;
  double precision;
};

class Evaluation {
 public:
  explicit Evaluation(float min_iou) : min_iou_(min_iou) {}

  // `found` best first, down to as low a score as the curve is to reach. `covered` is the redacted
  // share of each labelled box, or empty where it is not known.
  void add(const TruthPhoto& truth, Size photo, std::span<const Face> found, std::span<const float> covered);

  // Counting found faces with a score >= `min_score`.
  Figures all(float min_score) const;
  // A false alarm belongs to the band of its own size.
  Figures band(SizeBand band, float min_score) const;
  // By the kind in the truth; a false alarm is of no kind, and none is counted.
  std::map<std::string, Figures> by_kind(float min_score) const;

  std::vector<CurvePoint> curve(std::span<const float> min_scores) const;

 private:
  struct Labelled {
    std::optional<SizeBand> band;  // none for a nose
    std::string kind;
    std::optional<float> covered;
    float score;  // of the face that found it; below any threshold if none did
  };
  struct Found {
    float score;
    bool right;
    std::optional<SizeBand> band;
  };

  template <class LabelledFilter, class FoundFilter>
  Figures figures(float min_score, LabelledFilter labelled_counts, FoundFilter found_counts) const;

  float min_iou_;
  std::vector<Labelled> labelled_;
  std::vector<Found> found_;
};

// The area under precision over recall, with precision at a recall taken as the best at that or any
// higher recall. `right`, best first, tells which found faces are labelled ones.
double average_precision(const std::vector<bool>& right, int labelled);

}  // namespace face_privacy
