#include <utility>

#include "embed/align.h"
#include "embed/network.h"
#include "nn/onnx/plain_weights.h"
#include "nn/onnx/session.h"

namespace face_privacy {
namespace {

constexpr std::size_t kPlane = std::size_t{kAlignedPx} * kAlignedPx;

class OnnxEmbeddingNetwork final : public EmbeddingNetwork {
 public:
  OnnxEmbeddingNetwork(OnnxSession session, bool takes_bytes)
      : session_(std::move(session)), takes_bytes_(takes_bytes) {}

  Result<std::vector<float>> run(const ImageView& aligned) const override {
    std::vector<float> planes = planes_of(aligned);
    const auto outputs = session_.run(planes, aligned.size());
    if (!outputs) return fail(outputs);
    const auto values = outputs->values.front();
    return std::vector<float>(values.begin(), values.end());
  }

  // A network that takes another picture, or gives something else than one row of numbers.
  bool fits() const {
    std::vector<float> planes(3 * kPlane, 0.F);
    const auto outputs = session_.run(planes, {kAlignedPx, kAlignedPx});
    if (!outputs || outputs->shapes.size() != 1) return false;
    constexpr std::size_t kLeast = 32;
    constexpr std::size_t kMost = 4096;
    const std::size_t count = outputs->values.front().size();
    return outputs->shapes.front().front() == 1 && count >= kLeast && count <= kMost;
  }

 private:
  std::vector<float> planes_of(const ImageView& rgb) const {
    constexpr float kMiddle = 127.5F;
    const float subtract = takes_bytes_ ? 0 : kMiddle;
    const float multiply = takes_bytes_ ? 1 : 1 / kMiddle;
    std::vector<float> planes(3 * kPlane);
    for (int y = 0; y < rgb.height; ++y) {
      for (std::size_t x = 0; x < kAlignedPx; ++x) {
        for (std::size_t c = 0; c < 3; ++c) {
          planes[c * kPlane + static_cast<std::size_t>(y) * kAlignedPx + x] =
              (static_cast<float>(rgb.row(y)[3 * x + c]) - subtract) * multiply;
        }
      }
    }
    return planes;
  }

  OnnxSession session_;
  bool takes_bytes_;
};

}  // namespace

Result<LoadedEmbeddingNetwork> load_onnx_embedding_network(ByteView onnx_file) {
  const auto takes_bytes = normalizes_its_input(onnx_file);
  if (!takes_bytes) return fail(takes_bytes);
  const auto model = with_plain_weights(onnx_file);
  if (!model) return fail(model);
  auto session = OnnxSession::load(*model, 1);
  if (!session) return fail(session);
  auto network = std::make_unique<OnnxEmbeddingNetwork>(std::move(*session), *takes_bytes);
  if (!network->fits()) {
    return fail(ErrorCode::kModel, "the model does not make one row of numbers of a 112 x 112 picture");
  }
  return LoadedEmbeddingNetwork{std::move(network), OnnxSession::version()};
}

}  // namespace face_privacy
