// A network computed by ONNX Runtime: one picture in, named float tensors out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "image/geometry.h"

namespace face_privacy {

using TensorShape = std::vector<std::int64_t>;

struct OnnxOutputs {
  std::vector<std::span<const float>> values;  // in the order of the model's outputs
  std::vector<TensorShape> shapes;             // empty for what does not hold floats
  std::shared_ptr<const void> storage;         // keeps the values alive; must not outlive the session
};

// Thread-safe once built.
class OnnxSession {
 public:
  // `model` is an ONNX file's bytes. `threads` are used inside one run. kModel, also where ONNX Runtime is
  // not installed.
  static Result<OnnxSession> load(std::string_view model, int threads);

  OnnxSession(OnnxSession&&) noexcept;
  OnnxSession& operator=(OnnxSession&&) noexcept;
  ~OnnxSession();

  // `planes` are three of `size`, one behind the other. kModel on failure.
  Result<OnnxOutputs> run(std::span<float> planes, Size size) const;

  static std::string version();  // "onnxruntime 1.30.0"; once a session is loaded

 private:
  struct State;
  explicit OnnxSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace face_privacy
