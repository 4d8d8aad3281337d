// Of docs/metrics.md, what is about clips. Thread-safe.
#pragma once

#include <memory>

#include "service/jobs/video_jobs.h"

namespace prometheus {
class Registry;
}

namespace face_privacy {

class VideoMetrics {
 public:
  explicit VideoMetrics(prometheus::Registry& registry);
  ~VideoMetrics();

  void happened(const VideoEvent& event);
  // Gauges, sampled at each scrape.
  void update(const VideoJobs::Load& load, std::size_t jobs_limit, std::size_t spool_limit_bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace face_privacy
