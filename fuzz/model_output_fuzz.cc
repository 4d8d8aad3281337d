// Whatever a network puts out, decoding and merging stay in bounds and give boxes of finite numbers.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "detect/merge.h"
#include "detect/retinaface/head_decoder.h"
#include "detect/retinaface/output_layout.h"

namespace {

using namespace face_privacy;

// Small numbers out of the input's front, then floats to its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::uint8_t byte() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  std::vector<float> floats(std::size_t count) {
    std::vector<float> values(std::min(count, size_ / sizeof(float)));
    if (!values.empty()) std::memcpy(values.data(), data_, values.size() * sizeof(float));
    data_ += values.size() * sizeof(float);
    size_ -= values.size() * sizeof(float);
    return values;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

HeadTensor any_tensor(Input& input, const std::vector<float>& values) {
  // Steps from 0 to what no tensor holds.
  const auto step = [&] { return static_cast<std::size_t>(input.byte()) << (input.byte() % 56); };
  return {values, step(), step(), step()};
}

bool finite(const Face& face) {
  const BoxF& box = face.box;
  const Landmarks& marks = face.landmarks;
  float sum = box.x + box.y + box.width + box.height + face.score;
  for (const PointF& mark :
       {marks.left_eye, marks.right_eye, marks.nose, marks.mouth_left, marks.mouth_right}) {
    sum += mark.x + mark.y;
  }
  return std::isfinite(sum) && box.width > 0 && box.height > 0 && face.score >= 0 && face.score <= 1;
}

void check(const HeadOutputs& outputs, const BoxCoding& coding, float min_score) {
  PassFaces pass{suppress_repeats(decode_heads(outputs, coding, min_score)), false};
  const std::vector<PassFaces> passes{pass, {pass.faces, true}};
  auto merged = merge_passes(passes);
  const std::vector<CrossCheck> checks{{.faces = pass.faces, .from_px = 0, .to_px = 1e4F, .large_px = 10}};
  demote_large_faces(merged, checks);
  for (const auto& faces : {pass.faces, merged}) {
    for (const Face& face : faces) {
      if (!finite(face)) __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const bool priors = (input.byte() & 1) != 0;
  const bool arranged = (input.byte() & 1) != 0;
  const Size picture{32 * (1 + input.byte() % 4), 32 * (1 + input.byte() % 4)};
  const float min_score = static_cast<float>(input.byte()) / 255;
  const OutputLayout layout = priors ? OutputLayout::kPriors : OutputLayout::kInsightface;
  const BoxCoding coding = *coding_of(layout, {}, {});

  std::vector<std::vector<float>> values;
  if (arranged) {
    OutputTable table{layout, {}};
    for (std::size_t i = 0; i < 9; ++i) table.outputs[i / 3][i % 3] = priors ? i % 3 : i;
    for (std::size_t i = 0; i < (priors ? 3U : 9U); ++i) values.push_back(input.floats(4U * input.byte()));
    const std::vector<std::span<const float>> spans(values.begin(), values.end());
    check(arrange_outputs(table, coding, spans, picture), coding, min_score);
    return 0;
  }
  HeadOutputs outputs;
  values.reserve(9);
  for (HeadLevel& level : outputs.levels) {
    level.cells = {static_cast<int>(input.byte()) - 8, static_cast<int>(input.byte()) - 8};
    for (HeadTensor* tensor : {&level.score, &level.box, &level.landmarks}) {
      values.push_back(input.floats(4U * input.byte()));
      *tensor = any_tensor(input, values.back());
    }
  }
  check(outputs, coding, min_score);
  return 0;
}
