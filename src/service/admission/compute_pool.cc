#include "service/admission/compute_pool.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace face_privacy {

ComputePool::ComputePool(int threads, std::size_t queue_capacity)
    : queue_capacity_(queue_capacity), workers_(static_cast<std::size_t>(threads)) {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    threads_.emplace_back([this, i](const std::stop_token& end) { run(end, i); });
  }
}

ComputePool::~ComputePool() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

bool ComputePool::full_locked() const {
  // Idle threads take from the queue in a moment, so what waits for them is not waiting.
  return queue_.size() >= queue_capacity_ + (workers_.size() - static_cast<std::size_t>(busy_));
}

void ComputePool::drop_unwanted() {
  std::erase_if(queue_, [](const Job& job) { return job.unwanted.stop_requested(); });
}

bool ComputePool::full() const {
  const std::lock_guard lock(mutex_);
  return full_locked() && std::none_of(queue_.begin(), queue_.end(),
                                       [](const Job& job) { return job.unwanted.stop_requested(); });
}

bool ComputePool::submit(std::stop_token unwanted, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (full_locked()) drop_unwanted();
    if (full_locked()) return false;
    queue_.push_back({std::move(unwanted), std::move(work)});
  }
  changed_.notify_one();
  return true;
}

ComputePool::Load ComputePool::load() const {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  Load load{queue_.size(), busy_, finished_time_, {}};
  for (const Worker& worker : workers_) {
    if (!worker.busy_since) continue;
    load.busy_time += now - *worker.busy_since;
    load.longest_run = std::max(load.longest_run, now - *worker.busy_since);
  }
  return load;
}

void ComputePool::run(const std::stop_token& end, std::size_t index) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, end, [this] { return !queue_.empty(); }) && !end.stop_requested()) {
    Job job = std::move(queue_.front());
    queue_.pop_front();
    if (job.unwanted.stop_requested()) continue;
    const Clock::time_point start = Clock::now();
    workers_[index].busy_since = start;
    ++busy_;
    lock.unlock();
    job.work();
    job = {};  // releases its captures before the worker counts as idle
    lock.lock();
    --busy_;
    workers_[index].busy_since.reset();
    finished_time_ += Clock::now() - start;
  }
}

}  // namespace face_privacy
