#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace face_privacy {

// One thread for each core, and a bounded queue before them.
class ComputePool {
 public:
  using Clock = std::chrono::steady_clock;

  ComputePool(int threads, std::size_t queue_capacity);
  ~ComputePool();  // waits for what runs; what still waits is never begun
  ComputePool(const ComputePool&) = delete;
  ComputePool& operator=(const ComputePool&) = delete;

  // False where the queue is full. `work` must not throw. Work whose `unwanted` is requested before
  // a thread takes it is never begun, and does not count against the capacity.
  bool submit(std::stop_token unwanted, std::function<void()> work);

  struct Load {
    std::size_t queue_depth = 0;
    int busy_threads = 0;
    Clock::duration busy_time{};    // of all threads, since the start
    Clock::duration longest_run{};  // of what runs now
  };
  Load load() const;
  bool full() const;
  int threads() const { return static_cast<int>(threads_.size()); }
  std::size_t queue_capacity() const { return queue_capacity_; }

 private:
  struct Job {
    std::stop_token unwanted;
    std::function<void()> work;
  };
  struct Worker {
    std::optional<Clock::time_point> busy_since;
  };

  void run(const std::stop_token& end, std::size_t index);
  void drop_unwanted();
  bool full_locked() const;

  const std::size_t queue_capacity_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> queue_;
  std::vector<Worker> workers_;
  int busy_ = 0;
  Clock::duration finished_time_{};
  std::vector<std::jthread> threads_;  // last, so that they end before what they use
};

}  // namespace face_privacy
