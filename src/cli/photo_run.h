// Works on many photos at once, one thread a photo, and can be interrupted.
#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <thread>

#include "cli/photo_files.h"
#include "cli/progress.h"

namespace face_privacy {

inline constexpr int kExitDone = 0;
inline constexpr int kExitSomeFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitBySignal = 128;  // plus the signal's number, as shells count

// While it lives, SIGINT and SIGTERM end the process at once, without half a result. Make it before
// anything starts threads, so that they inherit the blocked signals and none of them is killed.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  sigset_t signals_{};
  sigset_t previous_{};
  std::thread watcher_;
};

// What one photo came to: faces found, or nothing if it failed (the function has said why).
using PhotoWork = std::function<std::optional<int>(const PhotoFile&, Progress&)>;

// Calls `work` for each photo on up to `threads` threads. Prints at the end what was skipped. Returns
// the exit status.
int run_photos(const PhotoList& list, int threads, const PhotoWork& work);

}  // namespace face_privacy
