// Frames between two processes over a stream socket: a kind, a payload, and descriptors.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/descriptor.h"

namespace face_privacy {

enum class FrameKind : std::uint32_t {
  // From the pool to the host, and back.
  kSettings,  // the first one: what to prepare
  kPrepared,  // the host has loaded what every worker needs
  kSpawn,     // one more worker, please
  kWorker,    // here it is: its channel, its end (see worker_end.h), its process descriptor
  kLoad,      // workers that are asked for after this are to have all libraries
  kLoaded,    // those that come after this have
  // From the pool to a worker, and back.
  kJob,             // kind and options; the input and, where the kind has one, the output
  kCost,            // the bytes of memory that the job will take; work waits for kProceed
  kProceed,         //
  kProgress,        // of a long job
  kAnswer,          // a report, and a file where the kind has one
  kDecline,         // this job needs a process that has done no other
  kNeedsLibraries,  // this job needs a process that has all libraries
  kFailure,         // an error code and its message; also from the host, where it cannot prepare
};
inline constexpr auto kLastFrameKind = FrameKind::kFailure;

struct Frame {
  FrameKind kind{};
  Bytes payload;
  std::vector<Descriptor> descriptors;
};

// How long to wait for the other side: for ever, until a point in time, or until somebody gives it up.
struct Patience {
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  int given_up = -1;  // a descriptor that becomes readable then
};

enum class ChannelFault : std::uint8_t {
  kClosed,   // the other side is gone
  kLate,     // Patience::deadline
  kGivenUp,  // Patience::given_up
  kInvalid,  // not a frame; the channel cannot be used any more
};

// Nothing: there is something to read, be it the end.
std::optional<ChannelFault> wait_until_readable(int descriptor, const Patience& patience);

class Channel {
 public:
  static constexpr std::size_t kMaxDescriptors = 3;

  Channel() = default;
  explicit Channel(Descriptor socket) : socket_(std::move(socket)) {}

  // Two ends; nothing where there are no descriptors left.
  static std::optional<std::pair<Channel, Channel>> pair();

  explicit operator bool() const { return static_cast<bool>(socket_); }
  int descriptor() const { return socket_.get(); }

  // Nothing: sent.
  std::optional<ChannelFault> send(FrameKind kind, ByteView payload, std::span<const int> descriptors = {},
                                   const Patience& patience = {}) const;

  // `max_bytes` of payload are taken at most, whatever the frame announces.
  struct Received {
    std::optional<Frame> frame;
    ChannelFault fault{};  // where there is no frame
  };
  Received receive(std::size_t max_bytes, const Patience& patience = {}) const;

 private:
  Descriptor socket_;
};

}  // namespace face_privacy
