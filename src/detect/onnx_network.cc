// Two families of RetinaFace are in use. They differ in what they want to be fed, in the order of
// their outputs and in how a box is coded:
//   "insightface": nine outputs, scores, boxes and landmarks for each stride, channels first;
//   "priors": three outputs, loc, conf and landms, one row for each prior box.
#include "detect/onnx_network.h"

#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "detect/onnx_graph.h"

namespace face_privacy {
namespace {

using Shape = std::vector<std::int64_t>;

// The generator of insightface's anchors starts from the box [0, 0, 15, 15] in pixel indices, which
// is [0, 16) in coordinates, and moves it by the stride: the centre is at 8 px whatever the stride.
// Landmark targets were divided by 1 in training, in some models by 0.2 (kLandmarkScaleKey).
constexpr BoxCoding kInsightfaceCoding{
    .levels = {{{.stride_px = 32, .center_px = 8, .side_px = {512, 256}},
                {.stride_px = 16, .center_px = 8, .side_px = {128, 64}},
                {.stride_px = 8, .center_px = 8, .side_px = {32, 16}}}},
    .center_scale = 1,
    .side_scale = 1,
    .landmark_scale = 1,
};
constexpr std::string_view kLandmarkScaleKey = "landmark_std";

// Variances 0.1 and 0.2 and the priors' sizes as in the training code of Face-Detector-1MB-with-
// landmark; a model trained with other sizes tells them in its metadata (kPriorSidesKey).
constexpr BoxCoding kPriorsCoding{
    .levels = {{{.stride_px = 8, .center_px = 4, .side_px = {10, 20}},
                {.stride_px = 16, .center_px = 8, .side_px = {32, 64}},
                {.stride_px = 32, .center_px = 16, .side_px = {128, 256}}}},
    .center_scale = 0.1F,
    .side_scale = 0.2F,
    .landmark_scale = 0.1F,
};
constexpr float kLargestSidePx = 65536;                   // of an anchor
constexpr std::string_view kPriorSidesKey = "min_sizes";  // "16,32,64,128,256,512"

enum class Layout { kInsightface, kPriors };

// What a network wants its picture to be, beyond floats from 0 to 255.
struct Feed {
  bool blue_first = false;
  std::array<float, 3> subtract{};  // in the order of the channels
};
constexpr Feed kInsightfaceFeed{};  // the graph itself subtracts and scales
constexpr Feed kPriorsFeed{.blue_first = true, .subtract = {104, 117, 123}};

enum class Part : std::size_t { kScore, kBox, kLandmarks };

// Which output holds a part of a level. The priors layout has one output for all levels.
using OutputTable = std::array<std::array<std::size_t, 3>, kLevelCount>;

struct Recognized {
  Layout layout;
  OutputTable outputs;
};

constexpr Size kProbe{64, 96};  // not square: rows and columns cannot be confused

std::size_t cells_at(Size input, int stride_px) {
  return static_cast<std::size_t>(input.width / stride_px) *
         static_cast<std::size_t>(input.height / stride_px);
}

std::optional<Recognized> recognize_insightface(const std::vector<Shape>& shapes, Size input) {
  constexpr std::array<std::int64_t, 3> kChannels{2 * kAnchorsPerCell, 4 * kAnchorsPerCell,
                                                  10 * kAnchorsPerCell};
  if (shapes.size() != 9) return std::nullopt;
  Recognized found{Layout::kInsightface, {}};
  for (std::size_t level = 0; level < kLevelCount; ++level) {
    const int stride = kInsightfaceCoding.levels[level].stride_px;
    for (std::size_t part = 0; part < 3; ++part) {
      const Shape wanted{1, kChannels[part], input.height / stride, input.width / stride};
      const auto at = std::find(shapes.begin(), shapes.end(), wanted);
      if (at == shapes.end()) return std::nullopt;
      found.outputs[level][part] = static_cast<std::size_t>(at - shapes.begin());
    }
  }
  return found;
}

std::optional<Recognized> recognize_priors(const std::vector<Shape>& shapes, Size input) {
  constexpr std::array<std::int64_t, 3> kColumns{2, 4, 10};
  if (shapes.size() != 3) return std::nullopt;
  std::size_t priors = 0;
  for (const auto& level : kPriorsCoding.levels) priors += kAnchorsPerCell * cells_at(input, level.stride_px);
  Recognized found{Layout::kPriors, {}};
  for (std::size_t part = 0; part < 3; ++part) {
    const Shape wanted{1, static_cast<std::int64_t>(priors), kColumns[part]};
    const auto at = std::find(shapes.begin(), shapes.end(), wanted);
    if (at == shapes.end()) return std::nullopt;
    for (auto& level : found.outputs) level[part] = static_cast<std::size_t>(at - shapes.begin());
  }
  return found;
}

std::vector<Shape> shapes_of(const std::vector<Ort::Value>& values) {
  std::vector<Shape> shapes;
  for (const auto& value : values) {
    const auto info = value.GetTensorTypeAndShapeInfo();
    const bool floats = info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    shapes.push_back(floats ? info.GetShape() : Shape{});
  }
  return shapes;
}

std::span<const float> values_of(const Ort::Value& value) {
  return {value.GetTensorData<float>(), value.GetTensorTypeAndShapeInfo().GetElementCount()};
}

// Scores come as background, background, face, face.
HeadLevel insightface_level(const std::vector<Ort::Value>& outputs, const std::array<std::size_t, 3>& parts,
                            Size cells) {
  const auto plane = static_cast<std::size_t>(cells.width) * static_cast<std::size_t>(cells.height);
  const auto tensor = [&](Part part, std::size_t skip, std::size_t channels) {
    const auto values = values_of(outputs[parts[static_cast<std::size_t>(part)]]);
    return HeadTensor{values.subspan(std::min(skip, values.size())), channels * plane, plane, 1};
  };
  return {cells, tensor(Part::kScore, kAnchorsPerCell * plane, 1), tensor(Part::kBox, 0, 4),
          tensor(Part::kLandmarks, 0, 10)};
}

// Rows are priors: level by level, in it cell by cell, in it the smaller anchor first.
HeadLevel priors_level(const std::vector<Ort::Value>& outputs, const std::array<std::size_t, 3>& parts,
                       Size cells, std::size_t first_row) {
  const auto tensor = [&](Part part, std::size_t columns, std::size_t column) {
    const auto values = values_of(outputs[parts[static_cast<std::size_t>(part)]]);
    const std::size_t skip = first_row * columns + column;
    return HeadTensor{values.subspan(std::min(skip, values.size())), columns, 1, columns * kAnchorsPerCell};
  };
  return {cells, tensor(Part::kScore, 2, 1), tensor(Part::kBox, 4, 0), tensor(Part::kLandmarks, 10, 0)};
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

// ONNX Runtime's own messages hold file names and addresses, and may be long.
tl::unexpected<Error> run_failed() { return fail(ErrorCode::kModel, "the network failed to run"); }

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
  Layout layout() const { return outputs_.layout; }

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
  Recognized outputs_{};
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
    HeadOutputs heads;
    std::size_t first_row = 0;
    for (std::size_t i = 0; i < kLevelCount; ++i) {
      const int stride = coding_.levels[i].stride_px;
      const Size cells{rgb.width / stride, rgb.height / stride};
      heads.levels[i] = outputs_.layout == Layout::kInsightface
                            ? insightface_level(*outputs, outputs_.outputs[i], cells)
                            : priors_level(*outputs, outputs_.outputs[i], cells, first_row);
      first_row += kAnchorsPerCell * cells_at(rgb.size(), stride);
    }
    heads.storage = std::move(outputs);
    return heads;
  } catch (const Ort::Exception&) {
    return run_failed();
  }
}

// Numbers above 0 with commas between them; empty for anything else.
std::vector<float> positive_numbers(std::string_view text) {
  std::vector<float> numbers;
  while (true) {
    float number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc() || !(number > 0 && number <= kLargestSidePx)) return {};
    numbers.push_back(number);
    if (end == last) return numbers;
    if (*end != ',') return {};
    text.remove_prefix(static_cast<std::size_t>(end + 1 - text.data()));
  }
}

Result<BoxCoding> priors_coding(const Metadata& metadata) {
  BoxCoding coding = kPriorsCoding;
  const auto entry = metadata.find(kPriorSidesKey);
  if (entry == metadata.end()) return coding;
  const auto sides = positive_numbers(entry->second);
  if (sides.size() != kLevelCount * kAnchorsPerCell) {
    return fail(ErrorCode::kModel, "the model's metadata \"min_sizes\" are not six sizes in px with commas");
  }
  for (std::size_t i = 0; i < sides.size(); ++i) {
    coding.levels[i / kAnchorsPerCell].side_px[i % kAnchorsPerCell] = sides[i];
  }
  return coding;
}

Result<BoxCoding> insightface_coding(const Metadata& metadata, std::optional<float> landmark_scale) {
  BoxCoding coding = kInsightfaceCoding;
  const auto entry = metadata.find(kLandmarkScaleKey);
  if (landmark_scale) {
    coding.landmark_scale = *landmark_scale;
  } else if (entry != metadata.end()) {
    const auto numbers = positive_numbers(entry->second);
    if (numbers.size() != 1)
      return fail(ErrorCode::kModel, "the model's metadata \"landmark_std\" is no number");
    coding.landmark_scale = numbers.front();
  }
  return coding;
}

Result<void> OnnxRuntimeNetwork::recognize(const Metadata& metadata, std::optional<float> landmark_scale) {
  std::vector<float> planes(static_cast<std::size_t>(3 * kProbe.width * kProbe.height), 127.F);
  const auto shapes = shapes_of(compute(planes, kProbe));
  auto found = recognize_insightface(shapes, kProbe);
  if (!found) found = recognize_priors(shapes, kProbe);
  if (!found) {
    return fail(ErrorCode::kModel,
                "the model's outputs are of neither RetinaFace layout known here: nine by stride, or loc, "
                "conf and landms");
  }
  const bool insightface = found->layout == Layout::kInsightface;
  auto coding = insightface ? insightface_coding(metadata, landmark_scale) : priors_coding(metadata);
  if (!coding) return fail(coding);
  outputs_ = *found;
  coding_ = *coding;
  feed_ = insightface ? kInsightfaceFeed : kPriorsFeed;
  return {};
}

void ORT_API_CALL discard_log(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

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
    Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "face-privacy", discard_log, nullptr);
    env.DisableTelemetryEvents();
    Ort::Session session(env, model->bytes.data(), model->bytes.size(), session_options(threads));
    auto network = std::make_unique<OnnxRuntimeNetwork>(std::move(env), std::move(session));
    if (auto known = network->recognize(model->metadata, landmark_scale); !known) return fail(known);
    const bool insightface = network->layout() == Layout::kInsightface;
    return OnnxNetwork{std::move(network), insightface ? "insightface" : "priors",
                       "onnxruntime " + Ort::GetVersionString()};
  } catch (const Ort::Exception&) {
    return fail(ErrorCode::kModel, "ONNX Runtime cannot run this model");
  }
}

}  // namespace face_privacy
