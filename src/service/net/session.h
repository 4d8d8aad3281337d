// One TCP connection: requests read, answered and logged, one after the other.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

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
  ByteBudget& budget;
  const ServiceStatus& status;
  std::atomic<std::size_t> connections_open{0};
  std::atomic<std::size_t> photos_in_flight{0};
  std::atomic<std::size_t> requests_in_flight{0};  // of any kind: what a drain waits for
  std::atomic<bool> cut_short{false};              // the drain is over: give up what still runs
  std::atomic<double> photo_seconds{0.05};         // what a photo takes; for Retry-After
};

// Runs on the socket's own executor, which one thread serves. `tls` may be null.
void start_session(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
                   bool on_metrics_listener, SessionEnvironment& environment);

}  // namespace face_privacy
