#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

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
  // Of a clip that is being worked on; `expected` 0: not known how many frames it has.
  void frame_done(const std::string& clip, const char* stage, std::int64_t frames, std::int64_t expected);
  // Runs `print` with the line out of the way.
  template <class Print>
  void interrupt(Print&& print) {
    const std::lock_guard lock(mutex_);
    clear();
    print();
    draw();
  }

 private:
  bool is_visible() const { return is_terminal_ && (photo_count_ > 1 || !clip_.empty()); }
  void draw();
  void clear();

  std::mutex mutex_;
  const bool is_terminal_;
  const int photo_count_;
  std::string clip_;   // how far the clip is that told last; empty: none
  std::string stage_;  // its name and stage
  std::chrono::steady_clock::time_point stage_start_{};
  std::chrono::steady_clock::time_point last_drawn_{};
  int done_ = 0;
  int faces_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace face_privacy
