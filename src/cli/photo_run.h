// Works on many photos at once, one thread a photo, and can be interrupted.
#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>

#include "cli/photo_files.h"
#include "cli/progress.h"

namespace face_privacy {

inline constexpr int kExitDone = 0;
inline constexpr int kExitSomeFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells count

// Turns SIGINT and SIGTERM into a stop request. Make it before anything starts threads, so that they
// inherit the blocked signals and none of them is killed.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  bool interrupted() const { return source_.stop_requested(); }

 private:
  sigset_t signals_{};
  sigset_t previous_{};
  std::stop_source source_;
  std::thread watcher_;
};

// What one photo came to: faces found, or nothing if it failed (the function has said why).
using PhotoWork = std::function<std::optional<int>(const PhotoFile&, std::stop_token, Progress&)>;

// Calls `work` for each photo on up to `threads` threads. An interrupt lets running photos end early
// and starts no new ones. Prints at the end what was skipped. Returns the exit status.
int run_photos(const PhotoList& list, int threads, const InterruptWatch& watch, const PhotoWork& work);

}  // namespace face_privacy
