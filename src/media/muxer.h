// Packets to a file. What is not on the list of things to write is not written: no dates, places,
// names, chapters, pictures, data.
#pragma once

#include <memory>

#include "media/encoder.h"

namespace face_privacy {

struct MuxPlan {
  Container container{};
  AudioMode audio = AudioMode::kKeep;
  bool subtitles = false;
  bool splices = false;  // the video's packets are the source's own and the encoder's (splice.h)
};

class Muxer {
 public:
  // Writes to a descriptor that is empty, allows seeking and reading, and stays the caller's. `encoder`
  // null: the video's packets are the source's own. kUnsupportedPhoto where the container does not take
  // what it is given.
  static Result<Muxer> open(int descriptor, const Demuxer& source, const Encoder* encoder,
                            const MuxPlan& plan);

  Muxer(Muxer&&) noexcept;
  Muxer& operator=(Muxer&&) noexcept;
  ~Muxer();

  // Of the source or of the encoder. What the plan leaves out is dropped. Strips from the video's packets
  // what is no picture.
  Result<void> write(Packet&& packet);
  Result<void> finish();

 private:
  struct Impl;
  explicit Muxer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whether the video's packets can be cleaned of what is no picture, and so may be copied.
bool can_copy_video(const ClipInfo& source, Container container);

}  // namespace face_privacy
