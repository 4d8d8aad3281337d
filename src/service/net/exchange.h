#pragma once

#include <chrono>
#include <optional>

#include "service/net/session_environment.h"

namespace face_privacy {

struct ClientGone {
  Phase phase;
};

// One request and its answer.
struct Exchange {
  using Clock = std::chrono::steady_clock;

  RequestContext context;
  Response response;
  std::optional<PhotoFacts> facts;
  RequestLogEntry entry;
  Clock::time_point start = Clock::now();  // the header's end
  bool keep_alive = true;
  bool body_pending = false;  // announced, and not read to its end
  bool waits_for_continue = false;
  std::size_t discard_limit = kMaxDiscardedBytes;
  ByteBudget::Reservation answer_memory;

  // Of a body that nobody wants any more this much is read, so that the connection can go on.
  static constexpr std::size_t kMaxDiscardedBytes = std::size_t{1024} * 1024;

  void refuse(const Problem& problem);
};

// How long a photo that comes now waits for its turn.
Seconds expected_wait(const SessionEnvironment& environment);

// Refuses with a time for Retry-After. Such answers are many when there is load, and their clients are
// welcome to come back: the connection stays, and the body that is under way is read past.
void refuse_busy(Exchange& exchange, ProblemCode code, const SessionEnvironment& environment);

// Into metrics and log. `gone`: in which phase the client left.
void record(Exchange& exchange, std::optional<ClientGone> gone, SessionEnvironment& environment);

}  // namespace face_privacy
