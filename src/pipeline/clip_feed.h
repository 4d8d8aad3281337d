// A clip's frames and the packets between them, one after the other.
#pragma once

#include <exception>
#include <memory>
#include <thread>
#include <variant>

#include "media/decoder.h"
#include "pipeline/bounded_queue.h"
#include "pipeline/clip_pipeline.h"

namespace face_privacy {

// A frame of the video, or a packet of anything else.
using ClipItem = std::variant<VideoFrame, Packet>;

// Demuxes and decodes, in a thread of its own if asked to.
class ClipFeed {
 public:
  enum class Thread { kCallers, kOwn };
  // `demuxer` must outlive it, and is not to be read from by anybody else.
  static Result<std::unique_ptr<ClipFeed>> start(Demuxer& demuxer, Thread thread);
  ~ClipFeed();
  ClipFeed(const ClipFeed&) = delete;
  ClipFeed& operator=(const ClipFeed&) = delete;

  // None at the end.
  Result<std::optional<ClipItem>> next();
  // After the end.
  Milliseconds decode_time() const { return decode_time_; }

 private:
  using Outcome = std::variant<Result<std::optional<ClipItem>>, std::exception_ptr>;
  ClipFeed(Demuxer& demuxer, Decoder decoder);
  Result<std::optional<ClipItem>> read();
  Result<std::optional<ClipItem>> read_timed();
  void run();

  Demuxer& demuxer_;
  Decoder decoder_;
  bool is_drained_ = false;
  Milliseconds decode_time_{};
  BoundedQueue<Outcome> queue_;
  std::jthread thread_;
};

}  // namespace face_privacy
