// The seam between recognition and whatever computes its network.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "image/image.h"

namespace face_privacy {

// Thread-safe once built.
class EmbeddingNetwork {
 public:
  virtual ~EmbeddingNetwork() = default;
  // `aligned` is kRgb8, kAlignedPx squared. Values of any length. kModel on failure.
  virtual Result<std::vector<float>> run(const ImageView& aligned) const = 0;
};

struct LoadedEmbeddingNetwork {
  std::unique_ptr<const EmbeddingNetwork> network;
  std::string engine;  // as in RecognizerInfo
};

// By ONNX Runtime, with full precision. Any network of one 112 x 112 RGB picture and one row of numbers; one
// that does not begin by normalizing its input is given (x - 127.5) / 127.5.
Result<LoadedEmbeddingNetwork> load_onnx_embedding_network(ByteView onnx_file);

// At 8 bits, with the table of activation ranges beside `model_path`, under its name with the extension
// ".ranges". kModel, with the reason, where the processor lacks the instructions, the table is missing,
// damaged or another model's, or the model is not SFace.
Result<LoadedEmbeddingNetwork> load_int8_embedding_network(ByteView onnx_file, std::string_view sha256,
                                                           const std::string& model_path);

}  // namespace face_privacy
