// face-privacy-calibrate-recognizer RECOGNIZER.onnx DETECTOR.onnx PHOTO... > RECOGNIZER.ranges
// Watches SFace at full precision on the faces of the photos, as they are, mirrored, darker and brighter. The
// same photos give the same table, byte for byte.
#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "codec/codec.h"
#include "crypto/digest.h"
#include "detect/detector.h"
#include "embed/align.h"
#include "embed/sface_graph.h"
#include "nn/int8/ranges.h"
#include "nn/int8/reference.h"
#include "nn/model_file.h"
#include "nn/onnx/plain_weights.h"

namespace {

using namespace face_privacy;

// A face may look like none of those seen here.
constexpr float kMargin = 1.1F;
// A channel that was hardly ever active gets at least this share of its tensor's range.
constexpr float kLeastShare = 0.02F;
constexpr float kSurelyAFace = 0.9F;

class Observation {
 public:
  explicit Observation(const int8::NetworkSpec& spec) : spec_(spec) {
    for (const int8::TensorSpec& tensor : spec.tensors) {
      const auto channels = static_cast<std::size_t>(tensor.channels);
      seen_.push_back({std::vector<float>(channels, 0.F), std::vector<float>(channels, 0.F),
                       std::vector<double>(channels, 0.0), 0});
    }
  }

  void add(const int8::RealRun& run) {
    for (std::size_t t = 1; t < run.tensors.size(); ++t) {
      Seen& seen = seen_[t];
      const auto channels = seen.largest.size();
      for (std::size_t i = 0; i < run.tensors[t].values.size(); ++i) {
        const float value = run.tensors[t].values[i];
        seen.largest[i % channels] = std::max(seen.largest[i % channels], value);
        seen.smallest[i % channels] = std::min(seen.smallest[i % channels], value);
        seen.sum[i % channels] += static_cast<double>(value);
      }
      seen.pixels += static_cast<double>(run.tensors[t].values.size() / channels);
    }
  }

  int8::Ranges result(const std::string& sha256) const {
    int8::Ranges ranges;
    ranges.model_sha256 = sha256;
    for (std::size_t t = 1; t < seen_.size(); ++t) {
      const Seen& seen = seen_[t];
      const std::string& name = spec_.tensors[t].name;
      const float least = kLeastShare * *std::max_element(seen.largest.begin(), seen.largest.end());
      for (std::size_t c = 0; c < seen.largest.size(); ++c) {
        ranges.largest[name].push_back(kMargin * std::max(seen.largest[c], least));
        ranges.smallest[name].push_back(kMargin * seen.smallest[c]);
        ranges.mean[name].push_back(static_cast<float>(seen.sum[c] / seen.pixels));
      }
    }
    return ranges;
  }

 private:
  struct Seen {
    std::vector<float> largest;
    std::vector<float> smallest;
    std::vector<double> sum;
    double pixels = 0;
  };
  const int8::NetworkSpec& spec_;
  std::vector<Seen> seen_;
};

std::vector<Image> variants(const ImageView& aligned) {
  struct Change {
    bool mirrored;
    int gain_percent;
    int lift;
  };
  std::vector<Image> all;
  for (const Change& change :
       {Change{false, 100, 0}, Change{true, 100, 0}, Change{false, 50, 0}, Change{true, 140, 20}}) {
    Image image(aligned.size(), kRgb8);
    for (int y = 0; y < aligned.height; ++y) {
      for (int x = 0; x < aligned.width; ++x) {
        const std::uint8_t* in = aligned.row(y) + 3 * (change.mirrored ? aligned.width - 1 - x : x);
        for (int c = 0; c < 3; ++c) {
          image.mutable_view().row(y)[3 * x + c] =
              static_cast<std::uint8_t>(std::clamp(in[c] * change.gain_percent / 100 + change.lift, 0, 255));
        }
      }
    }
    all.push_back(std::move(image));
  }
  return all;
}

Result<std::vector<Image>> faces_in(const std::string& path, const Detector& detector) {
  std::ifstream file(path, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto photo = decode(bytes, Limits{});
  if (!photo) return fail(photo);
  const ImageView view = photo->frame(0);
  const auto faces = detector.find_faces({view.size(), {view}}, Profile::kBalanced, kSurelyAFace, {});
  if (!faces) return fail(faces);
  std::vector<Image> aligned;
  for (const Face& face : *faces) {
    if (auto image = align(view, view.size(), face.landmarks)) aligned.push_back(std::move(*image));
  }
  return aligned;
}

Result<std::string> calibrate(const std::string& model_path, const std::string& detector_path,
                              const std::vector<std::string>& photos) {
  const auto model = read_model_file(model_path);
  if (!model) return fail(model);
  const auto plain = with_plain_weights(*model);
  if (!plain) return fail(plain);
  const ByteView bytes{reinterpret_cast<const std::uint8_t*>(plain->data()), plain->size()};
  const auto convolutions = int8::read_convolutions(bytes);
  if (!convolutions) return fail(convolutions);
  const auto floats = int8::read_float_tensors(bytes);
  if (!floats) return fail(floats);
  const int8::NetworkSpec& spec = int8::sface_mobilenet();
  const auto layers = int8::real_layers(spec, *convolutions, *floats);
  if (!layers) return fail(layers);
  Detector::Settings settings;
  settings.model_path = detector_path;
  const auto detector = Detector::load(settings);
  if (!detector) return fail(detector);
  Observation observation(spec);
  for (const std::string& path : photos) {
    const auto faces = faces_in(path, *detector);
    if (!faces) return fail(faces);
    for (const Image& face : *faces) {
      for (const Image& variant : variants(face.view())) {
        observation.add(int8::run_real(spec, *layers, variant.view()));
      }
    }
  }
  return int8::to_text(observation.result(to_hex(sha256(*model))));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: face-privacy-calibrate-recognizer RECOGNIZER.onnx DETECTOR.onnx PHOTO... > "
                 "RECOGNIZER.ranges\n";
    return 2;
  }
  const auto table = calibrate(argv[1], argv[2], {argv + 3, argv + argc});
  if (!table) {
    std::cerr << table.error().message << '\n';
    return 1;
  }
  std::cout << *table;
  return std::cout.good() ? 0 : 1;
}
