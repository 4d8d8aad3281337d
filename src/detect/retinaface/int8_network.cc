#include "detect/retinaface/int8_network.h"

#include <cmath>
#include <utility>

#include "detect/retinaface/int8_graph.h"
#include "nn/int8/row_executor.h"

namespace face_privacy::int8 {
namespace {

void logits_to_probabilities(std::span<float> values) {
  for (std::size_t cell = 0; cell < values.size(); cell += kHeadChannels) {
    for (std::size_t anchor = 0; anchor < kHeadScores; ++anchor) {
      values[cell + anchor] = 1 / (1 + std::exp(-values[cell + anchor]));
    }
  }
}

HeadLevel level_of(const HeadValues& head) {
  const auto part = [&](std::size_t first, std::size_t channels) {
    return HeadTensor{head.values.subspan(head.values.empty() ? 0 : first), channels, 1, kHeadChannels};
  };
  return {head.cells, part(0, 1), part(kHeadScores, kHeadBoxes / kAnchorsPerCell),
          part(kHeadScores + kHeadBoxes, kHeadLandmarks / kAnchorsPerCell)};
}

class Int8Network final : public Network {
 public:
  Int8Network(const std::vector<QuantizedLayer>& layers, const BoxCoding& coding, const Kernels& kernels)
      : executor_(retinaface_mobilenet(), layers, kernels), coding_(coding) {}

  const BoxCoding& coding() const override { return coding_; }

  Result<HeadOutputs> run(const ImageView& rgb) const override {
    RowRun made = executor_.run(rgb);
    HeadOutputs outputs;
    for (std::size_t level = 0; level < kLevelCount; ++level) {
      logits_to_probabilities(made.heads[level].values);
      outputs.levels[level] = level_of(made.heads[level]);
    }
    outputs.storage = std::move(made.storage);
    return outputs;
  }

 private:
  RowExecutor executor_;
  BoxCoding coding_;
};

}  // namespace

std::unique_ptr<const Network> make_network(const std::vector<QuantizedLayer>& layers,
                                            const BoxCoding& coding, const Kernels& kernels) {
  return std::make_unique<Int8Network>(layers, coding, kernels);
}

}  // namespace face_privacy::int8
