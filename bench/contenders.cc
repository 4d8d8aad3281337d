#include "contenders.h"

#include <stdexcept>
#include <utility>

#include "detect/profile.h"
#include "detect/retinaface/onnx_engine.h"
#include "nn/model_file.h"
#include "usual_pipeline.h"

namespace face_privacy::bench {
namespace {

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

std::vector<Size> input_sizes(Profile profile, Size picture) {
  std::vector<Size> sizes;
  for (const Pass& pass : passes_for(picture, plan_of(profile)))
    sizes.push_back(network_input(picture, pass).size);
  return sizes;
}

Contender usual(const std::string& model_path, std::shared_ptr<const Detector> reference) {
  const auto file = value_or_throw(read_model_file(model_path));
  const std::shared_ptr<const Network> network = value_or_throw(load_onnx_network(file, 1)).network;
  const auto run = [network, reference = std::move(reference)](std::span<const unsigned char> jpeg,
                                                               Profile profile) {
    const auto header = value_or_throw(read_header(jpeg, Limits{}));
    const auto result = usual_pipeline(jpeg, *network, input_sizes(profile, header.size),
                                       reference->default_min_score(profile));
    return Run{result.timings, result.faces};
  };
  return {"usual pipeline", run};
}

Contender path_of(const std::string& name, const NamedEngine& engine, JpegPath path) {
  const auto run = [detector = engine.detector, path](std::span<const unsigned char> jpeg, Profile profile) {
    PhotoOptions options;
    options.detection.profile = profile;
    options.detection.jpeg_path = path;
    const auto result = value_or_throw(redact_photo(jpeg, *detector, options, Limits{}));
    return Run{{result.report.detection.timings, result.report.timings},
               static_cast<int>(result.report.detection.face_count())};
  };
  return {name + ", " + engine.name, run};
}

}  // namespace

std::vector<NamedEngine> load_engines(const std::string& model_path) {
  std::vector<NamedEngine> engines;
  for (const Engine engine : {Engine::kFp32, Engine::kInt8}) {
    Detector::Settings settings;
    settings.model_path = model_path;
    settings.engine = engine;
    auto detector = Detector::load(settings);
    if (!detector && engine == Engine::kInt8) continue;  // not on this processor
    engines.push_back({std::string(name_of(engine)),
                       std::make_shared<const Detector>(value_or_throw(std::move(detector)))});
  }
  return engines;
}

std::vector<Contender> make_contenders(const std::string& model_path,
                                       const std::vector<NamedEngine>& engines) {
  std::vector<Contender> contenders{usual(model_path, engines.front().detector)};
  for (const NamedEngine& engine : engines) {
    contenders.push_back(path_of("general path", engine, JpegPath::kGeneral));
    contenders.push_back(path_of("fast path", engine, JpegPath::kFastest));
  }
  return contenders;
}

}  // namespace face_privacy::bench
