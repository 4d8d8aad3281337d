#include "detect/retinaface/int8_network.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "detect/retinaface/int8_graph.h"
#include "nn/int8/row_executor.h"

namespace face_privacy::int8 {
namespace {

void logits_to_probabilities(std::span<float> values) {
  for (std::size_t cell = 0; cell < values.size(); cell += kHeadChannels) {
    for (std::size_t anchor = 0; anchor < kHeadScores; ++anchor) {
      float& value = values[cell + anchor];
      value = value <= kClosedLogit ? 0 : 1 / (1 + std::exp(-value));
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

// The networks begin with the coarsest, codings with either.
const HeadValues& head_with_stride(const RowRun& run, const ImageView& rgb, int stride_px) {
  const auto at = std::find_if(run.heads.begin(), run.heads.end(), [&](const HeadValues& head) {
    return head.cells.width * stride_px == rgb.width;
  });
  assert(at != run.heads.end());
  return *at;
}

class Int8Network final : public Network {
 public:
  Int8Network(const NetworkSpec& graph, const std::vector<QuantizedLayer>& layers, const BoxCoding& coding,
              const Kernels& kernels)
      : executor_(graph, layers, kernels), coding_(coding) {}

  const BoxCoding& coding() const override { return coding_; }

  Result<HeadOutputs> run(const ImageView& rgb) const override {
    RowRun made = executor_.run(rgb);
    HeadOutputs outputs;
    for (std::size_t level = 0; level < kLevelCount; ++level) {
      const HeadValues& head = head_with_stride(made, rgb, coding_.levels[level].stride_px);
      logits_to_probabilities(head.values);
      outputs.levels[level] = level_of(head);
    }
    outputs.storage = std::move(made.storage);
    return outputs;
  }

 private:
  RowExecutor executor_;
  BoxCoding coding_;
};

}  // namespace

std::unique_ptr<const Network> make_network(const NetworkSpec& graph,
                                            const std::vector<QuantizedLayer>& layers,
                                            const BoxCoding& coding, const Kernels& kernels) {
  return std::make_unique<Int8Network>(graph, layers, coding, kernels);
}

}  // namespace face_privacy::int8
