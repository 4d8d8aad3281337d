#pragma once

#include <atomic>

#include "service/admission/byte_budget.h"
#include "service/admission/compute_pool.h"
#include "service/api/request_handler.h"
#include "service/net/server.h"
#include "service/observe/log.h"
#include "service/observe/metrics.h"

namespace face_privacy {

// What all sessions share; outlives them.
struct SessionEnvironment {
  const ServeOptions& options;
  const RequestHandler& handler;
  Metrics& metrics;
  Log& log;
  ComputePool& pool;
  ComputePool* feedback_pool;  // for what waits for a disk or a bucket; null where no reports are taken
  ByteBudget& budget;
  const ServiceStatus& status;
  std::atomic<std::size_t> connections_open{0};
  std::atomic<std::size_t> photos_in_flight{0};
  std::atomic<std::size_t> requests_in_flight{0};  // of any kind: what a drain waits for
  std::atomic<bool> cut_short{false};              // the drain is over: give up what still runs
  std::atomic<double> photo_seconds{0.05};         // what a photo takes; for Retry-After
};

// Counts up while it lives.
class CountGuard {
 public:
  explicit CountGuard(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  ~CountGuard() { --count_; }
  CountGuard(const CountGuard&) = delete;
  CountGuard& operator=(const CountGuard&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

}  // namespace face_privacy
