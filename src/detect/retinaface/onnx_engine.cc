#include "detect/retinaface/onnx_engine.h"

#include <onnxruntime_cxx_api.h>

#include <cstdlib>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "detect/retinaface/output_layout.h"
#include "nn/onnx/onnx_graph.h"

namespace face_privacy {
namespace {

constexpr Size kProbe{64, 96};  // small, and not square

std::vector<TensorShape> shapes_of(const std::vector<Ort::Value>& values) {
  std::vector<TensorShape> shapes;
  for (const auto& value : values) {
    const auto info = value.GetTensorTypeAndShapeInfo();
    const bool floats = info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    shapes.push_back(floats ? info.GetShape() : TensorShape{});
  }
  return shapes;
}

std::span<const float> values_of(const Ort::Value& value) {
  return {value.GetTensorData<float>(), value.GetTensorTypeAndShapeInfo().GetElementCount()};
}

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
      for (std::size_t x = 0; x < width; ++x) out[x] = static_cast<float>(in[3 * x]) - subtract;
    }
  }
  return planes;
}

class OnnxRuntimeNetwork final : public Network {
 public:
  OnnxRuntimeNetwork(Ort::Env env, Ort::Session session)
      : env_(std::move(env)), session_(std::move(session)), input_name_(name(session_, true, 0)) {
    for (std::size_t i = 0; i < session_.GetOutputCount(); ++i) {
      output_names_.push_back(name(session_, false, i));
    }
  }

  // Must succeed before `run` is called.
  Result<void> recognize(const Metadata& metadata, std::optional<float> landmark_scale);

  const BoxCoding& coding() const override { return coding_; }
  Result<HeadOutputs> run(const ImageView& rgb) const override;
  Layout layout() const { return table_.layout; }

 private:
  static std::string name(const Ort::Session& session, bool input, std::size_t index) {
    Ort::AllocatorWithDefaultOptions allocator;
    return input ? session.GetInputNameAllocated(index, allocator).get()
                 : session.GetOutputNameAllocated(index, allocator).get();
  }
  std::vector<Ort::Value> compute(std::vector<float>& planes, Size size) const;

  Ort::Env env_;
  mutable Ort::Session session_;  // Run is thread-safe, but not const
  std::string input_name_;
  std::vector<std::string> output_names_;
  OutputTable table_{};
  BoxCoding coding_;
  Feed feed_;
};

std::vector<Ort::Value> OnnxRuntimeNetwork::compute(std::vector<float>& planes, Size size) const {
  const std::array<std::int64_t, 4> shape{1, 3, size.height, size.width};
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const auto input =
      Ort::Value::CreateTensor<float>(memory, planes.data(), planes.size(), shape.data(), shape.size());
  const char* input_name = input_name_.c_str();
  std::vector<const char*> output_names;
  for (const auto& one : output_names_) output_names.push_back(one.c_str());
  return session_.Run(Ort::RunOptions{nullptr}, &input_name, &input, 1, output_names.data(),
                      output_names.size());
}

Result<HeadOutputs> OnnxRuntimeNetwork::run(const ImageView& rgb) const {
  try {
    std::vector<float> planes = to_planes(rgb, feed_);
    auto outputs = std::make_shared<std::vector<Ort::Value>>(compute(planes, rgb.size()));
    std::vector<std::span<const float>> values;
    for (const Ort::Value& output : *outputs) values.push_back(values_of(output));
    HeadOutputs heads = arrange_outputs(table_, coding_, values, rgb.size());
    heads.storage = std::move(outputs);
    return heads;
  } catch (const Ort::Exception&) {  // its messages are long and for the authors of models
    return fail(ErrorCode::kModel, "the network failed to run");
  }
}

Result<void> OnnxRuntimeNetwork::recognize(const Metadata& metadata, std::optional<float> landmark_scale) {
  std::vector<float> planes(static_cast<std::size_t>(3 * kProbe.width * kProbe.height), 127.F);
  const auto table = recognize_outputs(shapes_of(compute(planes, kProbe)), kProbe);
  if (!table) {
    return fail(ErrorCode::kModel,
                "the model's outputs are of neither RetinaFace layout known here: nine by stride, or loc, "
                "conf and landms");
  }
  auto coding = coding_of(table->layout, metadata, landmark_scale);
  if (!coding) return fail(coding);
  table_ = *table;
  coding_ = *coding;
  feed_ = feed_of(table->layout);
  return {};
}

void ORT_API_CALL discard_log(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

// Microsoft's build makes an identifier of the machine, a database and a log in the home and temporary
// folders, for events that it means to upload, as soon as there is an Env; DisableTelemetryEvents
// comes too late for that. Only this variable is heeded before.
void forbid_telemetry() {
  static std::once_flag once;
  std::call_once(once, [] { ::setenv("ORT_DISABLE_TELEMETRY", "1", 1); });
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

Result<OnnxNetwork> load_onnx_network(ByteView onnx_file, int threads, std::optional<float> landmark_scale) {
  auto model = free_input_size(onnx_file);
  if (!model) return fail(model);
  try {
    forbid_telemetry();
    Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "face-privacy", discard_log, nullptr);
    env.DisableTelemetryEvents();
    Ort::Session session(env, model->bytes.data(), model->bytes.size(), session_options(threads));
    auto network = std::make_unique<OnnxRuntimeNetwork>(std::move(env), std::move(session));
    if (auto known = network->recognize(model->metadata, landmark_scale); !known) return fail(known);
    std::string layout(name_of(network->layout()));
    return OnnxNetwork{std::move(network), std::move(layout), "onnxruntime " + Ort::GetVersionString()};
  } catch (const Ort::Exception&) {
    return fail(ErrorCode::kModel, "ONNX Runtime cannot run this model");
  }
}

}  // namespace face_privacy
