#include "eval/video_evaluation.h"

#include <algorithm>
#include <cmath>

#include "eval/matching.h"

namespace face_privacy {
namespace {

constexpr int kAreaColumns = 160;  // points a row at which area is measured

bool is_in(const BoxF& box, PointF point) {
  return point.x >= box.x && point.x < box.right() && point.y >= box.y && point.y < box.bottom();
}

struct AreaShares {
  double redacted = 0;
  double needless = 0;
};

AreaShares areas(std::span<const BoxF> labelled, Size picture, const VideoEvaluation::CoverOfFrame& covered) {
  const int rows = std::max(1, kAreaColumns * picture.height / std::max(1, picture.width));
  int redacted = 0;
  int needless = 0;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < kAreaColumns; ++column) {
      const PointF point{
          (static_cast<float>(column) + 0.5F) * static_cast<float>(picture.width) / kAreaColumns,
          (static_cast<float>(row) + 0.5F) * static_cast<float>(picture.height) / static_cast<float>(rows)};
      if (!covered(point)) continue;
      ++redacted;
      const bool wanted =
          std::any_of(labelled.begin(), labelled.end(), [&](const BoxF& box) { return is_in(box, point); });
      if (!wanted) ++needless;
    }
  }
  const double points = static_cast<double>(rows) * kAreaColumns;
  return {redacted / points, needless / points};
}

}  // namespace

void VideoEvaluation::add_clip(std::span<const TruthPerson> people, Size picture, int frame_count,
                               const std::function<CoverOfFrame(int frame)>& cover_of) {
  const std::size_t first = people_.size();
  people_.resize(first + people.size());
  std::vector<BoxF> labelled;  // in the frame, those that are partly to be seen included
  for (int frame = 0; frame < frame_count; ++frame) {
    const CoverOfFrame covered = cover_of(frame);
    labelled.clear();
    for (std::size_t i = 0; i < people.size(); ++i) {
      const auto part = people[i].partly.find(frame);
      if (part != people[i].partly.end()) labelled.push_back(part->second);
      const auto found = people[i].boxes.find(frame);
      if (found == people[i].boxes.end()) continue;
      const BoxF& box = found->second;
      labelled.push_back(box);
      people_[first + i].push_back(
          {frame, std::sqrt(box.area()), covered_share(box, picture, covered) >= kCoveredShare});
    }
    const AreaShares shares = areas(labelled, picture, covered);
    redacted_ += shares.redacted;
    needless_ += shares.needless;
  }
  frames_ += frame_count;
}

CoverFigures VideoEvaluation::figures(float from_px, float below_px) const {
  CoverFigures sum;
  for (const Person& person : people_) {
    CoverFigures own;
    int run = 0;
    const Seen* before = nullptr;
    for (const Seen& seen : person) {
      if (seen.side_px < from_px || seen.side_px >= below_px) continue;
      const bool follows = before != nullptr && before->frame == seen.frame - 1;
      ++own.boxes;
      if (seen.covered) ++own.covered;
      run = seen.covered ? 0 : (follows ? run + 1 : 1);
      own.longest_run = std::max(own.longest_run, run);
      if (follows && before->covered != seen.covered) ++own.switches;
      before = &seen;
    }
    if (own.boxes == 0) continue;
    ++sum.people;
    if (own.covered < own.boxes) ++sum.exposed;
    if (own.covered == 0) ++sum.never_covered;
    sum.boxes += own.boxes;
    sum.covered += own.covered;
    sum.switches += own.switches;
    sum.longest_run = std::max(sum.longest_run, own.longest_run);
  }
  return sum;
}

}  // namespace face_privacy
