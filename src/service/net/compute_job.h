#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <variant>

#include "service/http/body_buffer.h"
#include "service/net/session_environment.h"

namespace face_privacy {

// A photo, or what is asked about a clip or a report, on its way through the compute pool. Shared, because
// the session leaves when its client does, and the compute thread may still be at work then.
struct ComputeJob {
  using Clock = std::chrono::steady_clock;
  using Call = std::variant<PhotoCall, VideoCall, FeedbackCall>;
  ComputeJob(boost::asio::any_io_executor session_executor, Call what, ByteBudget& budget)
      : executor(std::move(session_executor)), call(std::move(what)), memory(budget), wake(executor) {}

  bool is_photo() const { return std::holds_alternative<PhotoCall>(call); }
  void work(const RequestHandler& handler, Seconds queue_time, const StopCondition& until);

  boost::asio::any_io_executor executor;
  Call call;
  BodyBuffer body;
  std::optional<VideoJobs::Upload> upload;  // takes the place of `body`
  ByteBudget::Reservation memory;
  std::stop_source stop;
  Clock::time_point queued_at;
  Clock::time_point deadline;
  PhotoAnswer answer;
  boost::asio::steady_timer wake;
  bool done = false;  // read and written on the session's thread only
};

enum class ComputeEnd { kDone, kRefused, kLate, kGone, kCutShort };

// The pool that such a call is for: a photo does not wait behind a bucket.
ComputePool& pool_of(const ComputeJob::Call& call, const SessionEnvironment& environment);

// Has `job` done by its pool, looking meanwhile whether anybody still waits for it. Runs on the session's
// thread; only with kDone its `answer` may be read.
boost::asio::awaitable<ComputeEnd> compute(std::shared_ptr<ComputeJob> job, std::function<bool()> peer_gone,
                                           SessionEnvironment& environment);

}  // namespace face_privacy
