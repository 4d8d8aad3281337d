// Silence that takes the place of a track of sound: as long, from the same moment on, and nothing of it.
// For this folder.
#pragma once

#include <functional>
#include <optional>

#include "media/clip.h"
#include "media/libav.h"

namespace face_privacy {

class Silence {
 public:
  // In a coding that the container takes. kUnsupportedPhoto where there is no encoder for it.
  static Result<Silence> open(Container container, bool global_header);

  const AVCodecContext& coder() const { return *coder_; }
  // The sound that it stands for: `pts` and `duration` in ticks of `time_base`. Packets, in ticks of the
  // coder's time base, go to `write`.
  using Write = std::function<Result<void>(AVPacket&)>;
  Result<void> cover(std::int64_t pts, std::int64_t duration, AVRational time_base, const Write& write);
  Result<void> finish(const Write& write);

 private:
  explicit Silence(UniqueCodec coder) : coder_(std::move(coder)) {}
  Result<void> encode(int samples, const Write& write);
  Result<void> drain(const AVFrame* frame, const Write& write);

  UniqueCodec coder_;
  std::optional<std::int64_t> next_;  // sample to encode
  std::int64_t end_ = 0;              // the first sample that is not to be covered
};

}  // namespace face_privacy
