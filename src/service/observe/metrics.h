// What docs/metrics.md promises, and nothing else. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/pipeline.h"
#include "service/api/feedback_handler.h"
#include "service/api/held_photos.h"
#include "service/api/photo_facts.h"
#include "service/api/routes.h"
#include "service/http/http_message.h"
#include "service/observe/video_metrics.h"
#include "worker/worker_pool.h"

namespace face_privacy {

enum class Rejection : std::uint8_t {
  kQueueFull,
  kInFlightBytes,
  kConnectionLimit,
  kDraining,
  kStarting,
  kUnauthorized,
  kHeaderTooLarge,
  kBodyTooLarge,
  kTooManyPixels,
  kSlowClient,
  kDeadline,
};
std::optional<Rejection> rejection_of(std::string_view problem_code);

enum class Phase : std::uint8_t { kReceive, kProcess, kSend };

// Gauges, sampled at each scrape.
struct MetricsSnapshot {
  std::size_t requests_in_flight = 0;
  std::size_t in_flight_bytes = 0;
  std::size_t queue_depth = 0;
  int compute_busy_threads = 0;
  Seconds compute_time{};
  std::size_t connections_open = 0;
  VideoJobs::Load videos;
  FeedbackStore::Load feedback;
  HeldPhotos::Load held;
  bool ready = false;
  bool draining = false;
};

// What never changes.
struct MetricsSettings {
  std::string version;
  std::string compiler;
  ModelInfo model;
  std::vector<std::pair<Profile, float>> default_min_scores;
  std::size_t in_flight_limit_bytes = 0;
  std::size_t queue_capacity = 0;
  int compute_threads = 0;
  std::size_t connections_limit = 0;
  std::size_t video_jobs_limit = 0;
  std::size_t video_spool_limit_bytes = 0;
  std::uint64_t feedback_limit_bytes = 0;
  std::size_t held_limit_bytes = 0;
  std::vector<std::string_view> pull_results;  // what may come of a question for weights
};

class Metrics {
 public:
  explicit Metrics(const MetricsSettings& settings);
  ~Metrics();

  void connection_accepted();
  void rejected(Rejection reason);
  void looked(bool seen);  // at the built-in photo
  // Weights from a registry: one of MetricsSettings::pull_results, and what serves now.
  void pulled(std::string_view result, bool succeeded, const ModelInfo& model);
  void cancelled(Phase phase);
  void received(std::size_t bytes);
  void sent(std::size_t bytes);
  void problem(std::string_view code);
  void request_done(Route route, Method method, int status, Seconds duration);
  // `receive` and `send` are the client's own pace.
  void photo_done(Route route, const PhotoFacts& facts, Seconds processing);
  void stage_receive(Seconds duration);
  void stage_send(Seconds duration);

  void worker_ended(const WorkerEvent& event);
  void video_happened(const VideoEvent& event);
  void feedback_happened(const FeedbackEvent& event);

  // The text format.
  std::string expose(const MetricsSnapshot& snapshot);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace face_privacy
