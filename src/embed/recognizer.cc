#include "embed/recognizer.h"

#include <array>
#include <cmath>
#include <filesystem>
#include <string_view>
#include <utility>

#include "crypto/digest.h"
#include "embed/align.h"
#include "embed/network.h"
#include "nn/model_file.h"

namespace face_privacy {

struct Recognizer::Impl {
  std::unique_ptr<const EmbeddingNetwork> network;
  RecognizerInfo info;
};

Recognizer::Recognizer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recognizer::Recognizer(Recognizer&&) noexcept = default;
Recognizer& Recognizer::operator=(Recognizer&&) noexcept = default;
Recognizer::~Recognizer() = default;

namespace {

struct KnownRecognizer {
  std::string_view sha256;
  std::string_view license;
  MatchBands bands;
};

// docs/people.md says how the bands were found.
constexpr std::array kKnown{KnownRecognizer{
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    "Apache-2.0, says OpenCV Zoo, which trained it; which photos it was trained on is not documented.",
    MatchBands{}}};

const KnownRecognizer* known_recognizer(std::string_view sha256) {
  for (const KnownRecognizer& known : kKnown) {
    if (known.sha256 == sha256) return &known;
  }
  return nullptr;
}

Result<MatchBands> bands_of(const Recognizer::Settings& settings, const KnownRecognizer* known) {
  const auto bands = settings.bands     ? settings.bands
                     : known != nullptr ? std::optional(known->bands)
                                        : std::nullopt;
  if (!bands) {
    return fail(
        ErrorCode::kModel,
        "these weights are not known here: from which similarity on a face is kept, and from which on "
        "asked about, must be given");
  }
  const bool in_order = bands->ask > 0 && bands->ask <= bands->keep && bands->keep < 1;
  if (!in_order) return fail(ErrorCode::kModel, "similarities with 0 < ask <= keep < 1 are needed");
  return *bands;
}

// A picture that is no face, but has edges.
Image pattern(int stripe_px, int across) {
  Image image({kAlignedPx, kAlignedPx}, kRgb8);
  for (int y = 0; y < kAlignedPx; ++y) {
    for (int x = 0; x < kAlignedPx; ++x) {
      const bool bright = ((x + across * y) / stripe_px) % 2 == 0;
      for (int c = 0; c < 3; ++c) image.mutable_view().row(y)[3 * x + c] = bright ? 220 : 40;
    }
  }
  return image;
}

// Weights that find all faces alike would keep everybody.
Result<void> check_that_it_tells_apart(const Recognizer& recognizer) {
  const auto one = recognizer.embed(pattern(7, 0).view());
  const auto other = recognizer.embed(pattern(31, 1).view());
  if (!one) return fail(one);
  if (!other) return fail(other);
  constexpr float kAlike = 0.98F;
  if (similarity(*one, *other) > kAlike) {
    return fail(ErrorCode::kModel, "the model gives the same embedding whatever it is shown");
  }
  return {};
}

Result<LoadedEmbeddingNetwork> load_network(ByteView file, std::string_view sha256,
                                            const Recognizer::Settings& settings) {
  if (settings.engine != RecognizerEngine::kFp32) {
    auto loaded = load_int8_embedding_network(file, sha256, settings.model_path);
    if (loaded || settings.engine == RecognizerEngine::kInt8) return loaded;
  }
  return load_onnx_embedding_network(file);
}

}  // namespace

Result<Recognizer> Recognizer::load(const Settings& settings) {
  const auto file = read_model_file(settings.model_path);
  if (!file) return fail(file);
  auto impl = std::make_unique<Impl>();
  impl->info.sha256 = to_hex(sha256(*file));
  if (!settings.expected_sha256.empty() && impl->info.sha256 != settings.expected_sha256) {
    return fail(ErrorCode::kModel, "these are not the weights that were installed: their SHA-256 is another");
  }
  const KnownRecognizer* const known = known_recognizer(impl->info.sha256);
  const auto bands = bands_of(settings, known);
  if (!bands) return fail(bands);
  auto loaded = load_network(*file, impl->info.sha256, settings);
  if (!loaded) return fail(loaded);
  impl->network = std::move(loaded->network);
  impl->info.name = std::filesystem::path(settings.model_path).filename().string();
  impl->info.license = known != nullptr ? std::string(known->license)
                                        : "Unknown to this program; ask whoever the model comes from.";
  impl->info.engine = std::move(loaded->engine);
  impl->info.bands = *bands;
  Recognizer recognizer(std::move(impl));
  if (auto apart = check_that_it_tells_apart(recognizer); !apart) return fail(apart);
  return recognizer;
}

Result<Embedding> Recognizer::embed(const ImageView& aligned) const {
  auto values = impl_->network->run(aligned);
  if (!values) return fail(values);
  Embedding embedding = unit(*values);
  ::explicit_bzero(values->data(), values->size() * sizeof(float));
  if (embedding.empty()) return fail(ErrorCode::kModel, "the recognizer gave no direction");
  return embedding;
}

Result<Embedding> Recognizer::embed(const ImageView& view, Size full_size, const Landmarks& landmarks) const {
  const auto aligned = align(view, full_size, landmarks);
  if (!aligned) return fail(ErrorCode::kModel, "the landmarks do not make a face");
  return embed(aligned->view());
}

const RecognizerInfo& Recognizer::info() const { return impl_->info; }

}  // namespace face_privacy
