// Workers that can compare faces with people, started when somebody asks for it first: until then not a byte
// of the recognizer is loaded.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "worker/photo_workers.h"

namespace face_privacy {

// Thread-safe.
class PeopleWorkers {
 public:
  // `settings` name a recognizer.
  explicit PeopleWorkers(PhotoWorkers::Settings settings) : settings_(std::move(settings)) {}

  // As PhotoWorkers::observe; before the first `get`.
  void observe(std::function<void(const WorkerEvent&)> on_end) { on_end_ = std::move(on_end); }

  // Those that run already, or what PhotoWorkers::start says.
  Result<std::shared_ptr<const PhotoWorkers>> get();

 private:
  const PhotoWorkers::Settings settings_;
  std::function<void(const WorkerEvent&)> on_end_;
  std::mutex mutex_;
  std::shared_ptr<const PhotoWorkers> running_;
};

}  // namespace face_privacy
