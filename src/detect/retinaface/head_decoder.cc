#include "detect/retinaface/head_decoder.h"

#include <cmath>

namespace face_privacy {
namespace {

// exp(side_scale * delta) of a trained network stays far below this; beyond it the arithmetic of
// those who use the box would overflow.
constexpr float kLargestSidePx = 1e6F;
constexpr float kLargestOffsetPx = 1e7F;

bool holds(const HeadTensor& tensor, std::size_t channels, std::size_t cells) {
  const std::size_t size = tensor.values.size();
  // Also keeps the products below from overflowing.
  if (cells == 0 || cells > size || tensor.anchor_step > size || tensor.channel_step > size ||
      tensor.cell_step > size) {
    return false;
  }
  const std::size_t last = (kAnchorsPerCell - 1) * tensor.anchor_step + (channels - 1) * tensor.channel_step +
                           (cells - 1) * tensor.cell_step;
  return last < size;
}

// The channels of one anchor in one cell.
class Channels {
 public:
  Channels(const HeadTensor& tensor, std::size_t anchor, std::size_t cell)
      : first_(tensor.values.data() + anchor * tensor.anchor_step + cell * tensor.cell_step),
        step_(tensor.channel_step) {}
  float operator[](std::size_t channel) const { return first_[channel * step_]; }

 private:
  const float* first_;
  std::size_t step_;
};

bool plausible(float value) { return std::abs(value) < kLargestOffsetPx; }  // false for NaN as well
bool plausible(const PointF& point) { return plausible(point.x) && plausible(point.y); }

bool plausible(const Face& face) {
  const BoxF& box = face.box;
  const Landmarks& marks = face.landmarks;
  return plausible(box.x) && plausible(box.y) && box.width > 0 && box.width < kLargestSidePx &&
         box.height > 0 && box.height < kLargestSidePx && plausible(marks.left_eye) &&
         plausible(marks.right_eye) && plausible(marks.nose) && plausible(marks.mouth_left) &&
         plausible(marks.mouth_right);
}

BoxF decode_box(const Channels& box, PointF anchor, float side, const BoxCoding& coding) {
  if (coding.form == BoxForm::kEdges) {
    return {anchor.x - side * box[0], anchor.y - side * box[1], side * (box[0] + box[2]),
            side * (box[1] + box[3])};
  }
  const float center_x = anchor.x + coding.center_scale * box[0] * side;
  const float center_y = anchor.y + coding.center_scale * box[1] * side;
  const float width = side * std::exp(coding.side_scale * box[2]);
  const float height = side * std::exp(coding.side_scale * box[3]);
  return {center_x - width / 2, center_y - height / 2, width, height};
}

Face decode_one(const Channels& box, const Channels& marks, PointF anchor, float side,
                const BoxCoding& coding) {
  Face face;
  face.box = decode_box(box, anchor, side, coding);
  const auto mark = [&](std::size_t i) {
    return PointF{anchor.x + coding.landmark_scale * marks[2 * i] * side,
                  anchor.y + coding.landmark_scale * marks[2 * i + 1] * side};
  };
  // The network tells left and right as seen in the picture, a Face as the person's own.
  face.landmarks = {.left_eye = mark(1),
                    .right_eye = mark(0),
                    .nose = mark(2),
                    .mouth_left = mark(4),
                    .mouth_right = mark(3)};
  return face;
}

void decode_level(const HeadLevel& level, const LevelAnchors& anchors, const BoxCoding& coding,
                  float min_score, std::vector<Face>& faces) {
  if (level.cells.width <= 0 || level.cells.height <= 0) return;
  const auto columns = static_cast<std::size_t>(level.cells.width);
  const std::size_t cells = columns * static_cast<std::size_t>(level.cells.height);
  if (!holds(level.score, 1, cells) || !holds(level.box, 4, cells) || !holds(level.landmarks, 10, cells)) {
    return;
  }
  for (std::size_t anchor = 0; anchor < kAnchorsPerCell; ++anchor) {
    const float* score = level.score.values.data() + anchor * level.score.anchor_step;
    for (std::size_t cell = 0; cell < cells; ++cell, score += level.score.cell_step) {
      if (!(*score >= min_score)) continue;  // NaN is no face
      const PointF at{
          static_cast<float>(cell % columns) * static_cast<float>(anchors.stride_px) + anchors.center_px,
          static_cast<float>(cell / columns) * static_cast<float>(anchors.stride_px) + anchors.center_px};
      Face face = decode_one({level.box, anchor, cell}, {level.landmarks, anchor, cell}, at,
                             anchors.side_px[anchor], coding);
      face.score = std::min(*score, 1.F);
      if (plausible(face)) faces.push_back(face);
    }
  }
}

}  // namespace

std::vector<Face> decode_heads(const HeadOutputs& outputs, const BoxCoding& coding, float min_score) {
  std::vector<Face> faces;
  for (std::size_t i = 0; i < kLevelCount; ++i) {
    decode_level(outputs.levels[i], coding.levels[i], coding, min_score, faces);
  }
  return faces;
}

}  // namespace face_privacy
