#include "detect/retinaface/onnx_engine.h"

#include <utility>
#include <vector>

#include "detect/retinaface/output_layout.h"
#include "nn/onnx/onnx_graph.h"
#include "nn/onnx/session.h"

namespace face_privacy {
namespace {

constexpr Size kProbe{64, 96};  // small, and not square

std::vector<float> to_planes(const ImageView& rgb, const Feed& feed) {
  const auto width = static_cast<std::size_t>(rgb.width);
  const std::size_t plane = width * static_cast<std::size_t>(rgb.height);
  std::vector<float> planes(3 * plane);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const std::size_t from = feed.blue_first ? 2 - channel : channel;
    const float subtract = feed.subtract[channel];
    for (int y = 0; y < rgb.height; ++y) {
      const std::uint8_t* in = rgb.row(y) + from;
      float* out = planes.data() + channel * plane + static_cast<std::size_t>(y) * width;
      for (std::size_t x = 0; x < width; ++x)
        out[x] = (static_cast<float>(in[3 * x]) - subtract) * feed.factor;
    }
  }
  return planes;
}

class OnnxRuntimeNetwork final : public Network {
 public:
  explicit OnnxRuntimeNetwork(OnnxSession session) : session_(std::move(session)) {}

  // Must succeed before `run` is called.
  Result<void> recognize(const ModelProperties& metadata, const CodingFacts& known);

  const BoxCoding& coding() const override { return coding_; }
  Result<HeadOutputs> run(const ImageView& rgb) const override;
  OutputLayout layout() const { return table_.layout; }

 private:
  OnnxSession session_;
  OutputTable table_{};
  BoxCoding coding_;
  Feed feed_;
};

Result<HeadOutputs> OnnxRuntimeNetwork::run(const ImageView& rgb) const {
  std::vector<float> planes = to_planes(rgb, feed_);
  auto outputs = session_.run(planes, rgb.size());
  if (!outputs) return fail(outputs);
  HeadOutputs heads = arrange_outputs(table_, coding_, outputs->values, rgb.size());
  heads.storage = std::move(outputs->storage);
  return heads;
}

Result<void> OnnxRuntimeNetwork::recognize(const ModelProperties& metadata, const CodingFacts& known) {
  std::vector<float> planes(static_cast<std::size_t>(3 * kProbe.width * kProbe.height), 127.F);
  const auto outputs = session_.run(planes, kProbe);
  if (!outputs) return fail(ErrorCode::kModel, "ONNX Runtime cannot run this model");
  const auto table = recognize_outputs(outputs->shapes, kProbe);
  if (!table) {
    return fail(
        ErrorCode::kModel,
        "the model's outputs are of no layout known here: RetinaFace's nine by stride or loc, conf and "
        "landms, or SCRFD's nine by stride");
  }
  auto coding = coding_of(table->layout, metadata, known);
  if (!coding) return fail(coding);
  table_ = *table;
  coding_ = *coding;
  feed_ = feed_of(table->layout);
  return {};
}

}  // namespace

Result<LoadedNetwork> load_onnx_network(ByteView onnx_file, int threads, const CodingFacts& known) {
  auto model = free_input_size(onnx_file);
  if (!model) return fail(model);
  auto session = OnnxSession::load(model->bytes, threads);
  if (!session) return fail(session);
  auto network = std::make_unique<OnnxRuntimeNetwork>(std::move(*session));
  if (auto recognized = network->recognize(model->metadata, known); !recognized) return fail(recognized);
  const OutputLayout layout = network->layout();
  return LoadedNetwork{std::move(network), layout, OnnxSession::version()};
}

}  // namespace face_privacy
