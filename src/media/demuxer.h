// Takes a clip's file apart into packets. Reads MP4 and MOV, Matroska and WebM, MPEG-TS, AVI from a
// descriptor; opens nothing that the file names.
#pragma once

#include <memory>
#include <optional>

#include "base/error.h"
#include "media/clip.h"

namespace face_privacy {

enum class StreamKind : std::uint8_t { kVideo, kAudio, kSubtitle };

// A coded frame, or as much sound.
class Packet {
 public:
  struct Impl;
  explicit Packet(std::unique_ptr<Impl> impl);
  Packet(Packet&&) noexcept;
  Packet& operator=(Packet&&) noexcept;
  ~Packet();

  StreamKind kind() const;
  std::size_t size_bytes() const;
  // In its stream's ticks: when it is shown, and its turn in the decoder; none where the file does not tell.
  std::optional<std::int64_t> time() const;
  std::optional<std::int64_t> decode_time() const;
  void set_decode_time(std::int64_t ticks);
  Impl& impl() const { return *impl_; }  // for this folder

 private:
  std::unique_ptr<Impl> impl_;
};

// Loads the libraries of clips; Demuxer::open does it where nobody has. Throws as OnDemandLibrary::load.
void start_media();

class Demuxer {
 public:
  // The descriptor must allow seeking, stays the caller's and must stay open. kNotAPhoto where it is no clip
  // or has no video, kDamagedPhoto, kUnsupportedPhoto (encrypted, a kind of video or sound that is not
  // handled), kTooManyPixels, kTooManyFrames.
  static Result<Demuxer> open(int descriptor, const ClipLimits& limits);

  Demuxer(Demuxer&&) noexcept;
  Demuxer& operator=(Demuxer&&) noexcept;
  ~Demuxer();

  const ClipInfo& info() const;
  // The next packet of the video, the sound or the subtitles in the file's order; none at the end.
  // kDamagedPhoto where the file breaks off, kUnsupportedPhoto where packets are encrypted.
  Result<std::optional<Packet>> read();
  // Goes on from the key frame at or before `ticks` of the video's time base. False where the file cannot be
  // sought in. Before the first `read`; whether all frames have come is not checked any more.
  bool seek_before(std::int64_t ticks);
  // Of the packets read so far, some are not to be shown (an edit list hides them).
  bool has_hidden_frames() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }  // for this folder

 private:
  explicit Demuxer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace face_privacy
