#include "nn/onnx/session.h"

#include <dlfcn.h>
#define ORT_API_MANUAL_INIT
#include <onnxruntime_cxx_api.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace face_privacy {
namespace {

TensorShape shape_of(const Ort::Value& value) {
  const auto info = value.GetTensorTypeAndShapeInfo();
  const bool floats = info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
  return floats ? info.GetShape() : TensorShape{};
}

std::span<const float> values_of(const Ort::Value& value) {
  const auto info = value.GetTensorTypeAndShapeInfo();
  if (info.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) return {};
  return {value.GetTensorData<float>(), info.GetElementCount()};
}

void ORT_API_CALL discard_log(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

// The library is as large as all the rest of the program, and 8-bit networks do without it: it is loaded with
// the first network that needs it, and stays. Null: there is none, or it is too old.
const OrtApiBase* load_library() {
  // Microsoft's build makes an identifier of the machine, a database and a log in the home and temporary
  // folders, for events that it means to upload, as soon as there is an Env; DisableTelemetryEvents comes too
  // late for that. Only this variable is heeded before.
  ::setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  void* const library = ::dlopen(FACE_PRIVACY_ONNXRUNTIME, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  using GetBase = const OrtApiBase*(ORT_API_CALL*)();
  const auto get_base = reinterpret_cast<GetBase>(::dlsym(library, "OrtGetApiBase"));
  const OrtApiBase* const base = get_base != nullptr ? get_base() : nullptr;
  const OrtApi* const api = base != nullptr ? base->GetApi(ORT_API_VERSION) : nullptr;
  if (api == nullptr) return nullptr;
  Ort::InitApi(api);
  return base;
}

const OrtApiBase* library() {
  static const OrtApiBase* const base = load_library();
  return base;
}

// The arena stays on: without it each run faults its memory in anew (1280x960: 115 ms instead of 77).
// It keeps what the largest inputs needed, about 100 MB a megapixel for each run at the same time, and
// over 800 different shapes grew no further. Patterns would be remembered for each shape.
Ort::SessionOptions session_options(int threads) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  options.AddConfigEntry("session.inter_op.allow_spinning", "0");
  options.DisableMemPattern();
  return options;
}

}  // namespace

struct OnnxSession::State {
  Ort::Env env;
  mutable Ort::Session session;  // Run is thread-safe, but not const
  std::string input_name;
  std::vector<std::string> output_names;

  State(Ort::Env made, std::string_view model, int threads)
      : env(std::move(made)), session(env, model.data(), model.size(), session_options(threads)) {
    Ort::AllocatorWithDefaultOptions allocator;
    input_name = session.GetInputNameAllocated(0, allocator).get();
    for (std::size_t i = 0; i < session.GetOutputCount(); ++i) {
      output_names.emplace_back(session.GetOutputNameAllocated(i, allocator).get());
    }
  }

  std::vector<Ort::Value> run(std::span<float> planes, Size size) const {
    const std::array<std::int64_t, 4> shape{1, 3, size.height, size.width};
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    const auto input =
        Ort::Value::CreateTensor<float>(memory, planes.data(), planes.size(), shape.data(), shape.size());
    const char* const input_names[] = {input_name.c_str()};
    std::vector<const char*> names;
    names.reserve(output_names.size());
    for (const std::string& name : output_names) names.push_back(name.c_str());
    return session.Run(Ort::RunOptions{nullptr}, input_names, &input, 1, names.data(), names.size());
  }
};

OnnxSession::OnnxSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
OnnxSession::OnnxSession(OnnxSession&&) noexcept = default;
OnnxSession& OnnxSession::operator=(OnnxSession&&) noexcept = default;
OnnxSession::~OnnxSession() = default;

Result<OnnxSession> OnnxSession::load(std::string_view model, int threads) {
  if (library() == nullptr) {
    return fail(ErrorCode::kModel, "this engine needs ONNX Runtime 1." + std::to_string(ORT_API_VERSION) +
                                       " or later, and there is no " FACE_PRIVACY_ONNXRUNTIME);
  }
  try {
    Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "face-privacy", discard_log, nullptr);
    env.DisableTelemetryEvents();
    return OnnxSession(std::make_unique<State>(std::move(env), model, threads));
  } catch (const Ort::Exception&) {
    return fail(ErrorCode::kModel, "ONNX Runtime cannot run this model");
  }
}

Result<OnnxOutputs> OnnxSession::run(std::span<float> planes, Size size) const {
  try {
    auto made = std::make_shared<std::vector<Ort::Value>>(state_->run(planes, size));
    OnnxOutputs outputs;
    for (const Ort::Value& value : *made) {
      outputs.values.push_back(values_of(value));
      outputs.shapes.push_back(shape_of(value));
    }
    outputs.storage = std::move(made);
    return outputs;
  } catch (const Ort::Exception&) {  // its messages are long and for the authors of models
    return fail(ErrorCode::kModel, "the network failed to run");
  }
}

std::string OnnxSession::version() { return std::string("onnxruntime ") + library()->GetVersionString(); }

}  // namespace face_privacy
