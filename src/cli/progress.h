#pragma once

#include <chrono>
#include <mutex>

namespace face_privacy {

// A line on stderr that tells how far a long run is; silent where stderr is no terminal or there is
// too little to wait for. Thread-safe.
class Progress {
 public:
  explicit Progress(int photo_count);
  ~Progress();  // clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void photo_done(int face_count);
  // Runs `print` with the line out of the way.
  template <class Print>
  void interrupt(Print&& print) {
    const std::lock_guard lock(mutex_);
    clear();
    print();
    draw();
  }

 private:
  void draw();
  void clear();

  std::mutex mutex_;
  const bool visible_;
  const int photo_count_;
  int done_ = 0;
  int faces_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace face_privacy
