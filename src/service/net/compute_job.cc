#include "service/net/compute_job.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "service/net/connection.h"

namespace face_privacy {
namespace {

constexpr std::chrono::milliseconds kLookInterval{50};  // for a client that went away

bool submit(const std::shared_ptr<ComputeJob>& job, SessionEnvironment& environment) {
  return pool_of(job->call, environment).submit(job->stop.get_token(), [job, &handler = environment.handler] {
    const Seconds queue_time = ComputeJob::Clock::now() - job->queued_at;
    job->work(handler, queue_time, StopCondition(job->deadline, job->stop.get_token()));
    boost::asio::post(job->executor, [job] {
      job->done = true;
      job->wake.cancel();
    });
  });
}

}  // namespace

ComputePool& pool_of(const ComputeJob::Call& call, const SessionEnvironment& environment) {
  return std::holds_alternative<FeedbackCall>(call) ? *environment.feedback_pool : environment.pool;
}

void ComputeJob::work(const RequestHandler& handler, Seconds queue_time, const StopCondition& until) {
  if (const auto* video = std::get_if<VideoCall>(&call)) {
    answer = handler.answer(*video, body.view(), std::exchange(upload, std::nullopt), until);
  } else if (const auto* report = std::get_if<FeedbackCall>(&call)) {
    answer = handler.answer(*report, body.view(), until);
  } else {
    answer = handler.answer(std::get<PhotoCall>(call), body.view(), queue_time, until);
  }
  body = {};
}

boost::asio::awaitable<ComputeEnd> compute(std::shared_ptr<ComputeJob> job, std::function<bool()> peer_gone,
                                           SessionEnvironment& environment) {
  job->queued_at = ComputeJob::Clock::now();
  job->deadline = job->queued_at + environment.options.request_timeout;
  if (!submit(job, environment)) co_return ComputeEnd::kRefused;
  while (!job->done) {
    job->wake.expires_at(std::min(job->deadline, ComputeJob::Clock::now() + kLookInterval));
    (void)co_await job->wake.async_wait(kAwait);
    if (job->done) break;
    const bool late = ComputeJob::Clock::now() >= job->deadline;
    const bool gone = peer_gone();
    if (!gone && !late && !environment.cut_short) continue;
    job->stop.request_stop();
    if (gone) co_return ComputeEnd::kGone;
    co_return late ? ComputeEnd::kLate : ComputeEnd::kCutShort;
  }
  co_return ComputeEnd::kDone;
}

}  // namespace face_privacy
