// Finds faces with RetinaFace.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/stop_condition.h"
#include "detect/profile_name.h"
#include "image/face.h"
#include "image/image.h"

namespace face_privacy {

// One upright picture at one or more sizes; the detector shrinks from the smallest view that is
// still large enough. `full_size` is what the faces' coordinates refer to.
struct PictureViews {
  Size full_size;
  std::vector<ImageView> views;  // at least one, any layout, any order
};

struct ModelInfo {
  std::string name;     // the file's name without its folder, or what Settings::name says
  std::string sha256;   // of the file, hex
  std::string layout;   // "insightface", "priors" or "scrfd"
  std::string license;  // what is known of the weights' licence, one sentence
  std::string engine;   // "onnxruntime 1.30.0", "int8 (avx512-vnni)"
};

// What computes the network. kAuto: int8 where the processor and the model allow it, else fp32.
enum class Engine { kAuto, kFp32, kInt8 };
std::string_view name_of(Engine engine);
std::optional<Engine> engine_from_name(std::string_view name);

// Built once, then const and thread-safe: several threads may call `find_faces` at the same time.
class Detector {
 public:
  struct Settings {
    std::string model_path;
    int threads = 1;  // inside one network run; int8 uses one
    Engine engine = Engine::kFp32;
    std::string expected_sha256{};  // hex; other weights are refused; empty: any
    std::string name{};             // ModelInfo::name; empty: the file's
    std::string ranges_path{};      // of int8's table; empty: beside the weights
    // What `prepare_weights` made of them, and the SHA-256, in hex, that it has: any other file is not looked
    // at, and the weights are prepared anew. Empty: there is none.
    std::string prepared_path{};
    std::string prepared_sha256{};
    // False: for photos that nothing is looked for in. The weights are read and named; no network is made of
    // them, and `find_faces` and `check_sight` must not be called.
    bool looks = true;
  };

  // kIo, kModel; also kModel where the network does not find the faces of a built-in picture, so that
  // weights that see nothing never become a detector.
  static Result<Detector> load(const Settings& settings);

  Detector(Detector&&) noexcept;
  Detector& operator=(Detector&&) noexcept;
  ~Detector();

  // The long side, in px, of the largest input that `profile` gives the network for a picture of this size.
  int largest_input_px(Profile profile, Size picture) const;

  // The long side, in px, that a view must have so that `profile` finds in it what it finds in a picture of
  // this size: a caller need not decode to more.
  int sufficient_px(Profile profile, Size picture) const;

  // Faces with a score >= `min_score` (the profile's own default if none), best first.
  Result<std::vector<Face>> find_faces(const PictureViews& picture, Profile profile,
                                       std::optional<float> min_score, const StopCondition& stop) const;

  // Looks at the built-in picture again, for a service that runs for long: kModel when its faces are
  // not found in place. Costs a few milliseconds.
  Result<void> check_sight() const;

  const ModelInfo& model() const;
  float default_min_score(Profile profile) const;

 private:
  struct Impl;
  explicit Detector(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What the 8-bit engine makes of weights at each start, as bytes to be kept
// (Detector::Settings::prepared_path). The table of ranges lies beside them. kIo, kModel.
Result<Bytes> prepare_weights(const std::string& model_path);

}  // namespace face_privacy
