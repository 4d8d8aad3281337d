// Makes embeddings of faces with a network such as SFace. Needed only where somebody gives reference faces;
// nothing else loads it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "image/face.h"
#include "image/image.h"
#include "match/match.h"

namespace face_privacy {

struct RecognizerInfo {
  std::string name;     // the file's name without its folder
  std::string sha256;   // of the file, hex
  std::string license;  // what is known of the weights' licence, one sentence
  std::string engine;   // "onnxruntime 1.30.0", "int8 (avx512-vnni)"
  MatchBands bands;     // what its similarities mean
};

enum class RecognizerEngine : std::uint8_t { kAuto, kFp32, kInt8 };  // kAuto: int8 where it can be

// Built once, then const and thread-safe.
class Recognizer {
 public:
  struct Settings {
    std::string model_path;  // empty: there is none
    RecognizerEngine engine = RecognizerEngine::kAuto;
    std::string expected_sha256;      // hex; other weights are refused; empty: any
    std::optional<MatchBands> bands;  // needed for weights that this program does not know
  };

  // kIo, kModel; also kModel for weights that give every face the same embedding, and for unknown ones
  // without bands.
  static Result<Recognizer> load(const Settings& settings);

  Recognizer(Recognizer&&) noexcept;
  Recognizer& operator=(Recognizer&&) noexcept;
  ~Recognizer();

  // `view` and `full_size` as for align(). kModel where the network fails or gives no direction.
  Result<Embedding> embed(const ImageView& view, Size full_size, const Landmarks& landmarks) const;
  // Of a face that is aligned already.
  Result<Embedding> embed(const ImageView& aligned) const;

  const RecognizerInfo& info() const;

 private:
  struct Impl;
  explicit Recognizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace face_privacy
