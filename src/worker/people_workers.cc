#include "worker/people_workers.h"

namespace face_privacy {

Result<std::shared_ptr<const PhotoWorkers>> PeopleWorkers::get() {
  const std::lock_guard lock(mutex_);
  if (running_) return running_;
  auto started = PhotoWorkers::start(settings_);
  if (!started) return fail(started);
  if (on_end_) started->observe(on_end_);
  running_ = std::make_shared<const PhotoWorkers>(std::move(*started));
  return running_;
}

}  // namespace face_privacy
