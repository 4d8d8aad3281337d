#include "cli/photo_run.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

#include "cli/shared_options.h"

namespace face_privacy {
namespace {

void print_skipped(int count, const char* what) {
  if (count > 0) print_error("", "skipped " + std::to_string(count) + " " + what);
}

}  // namespace

// A thread of its own waits for the signal, so that no code runs in a signal handler.
InterruptWatch::InterruptWatch() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGUSR1);  // ours, to end the watch
  pthread_sigmask(SIG_BLOCK, &signals_, &previous_);
  watcher_ = std::thread([this] {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (signal != SIGUSR1) source_.request_stop();
  });
}

InterruptWatch::~InterruptWatch() {
  pthread_kill(watcher_.native_handle(), SIGUSR1);
  watcher_.join();
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

int run_photos(const PhotoList& list, int threads, const InterruptWatch& watch, const PhotoWork& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<int> failed = static_cast<int>(list.unreadable.size());
  for (const std::string& text : list.unreadable) print_error("", text);
  {
    Progress progress(static_cast<int>(list.photos.size()));
    const auto work_off = [&] {
      while (!watch.interrupted()) {
        const std::size_t index = next++;
        if (index >= list.photos.size()) return;
        const auto faces = work(list.photos[index], watch.token(), progress);
        if (!faces) ++failed;
        progress.photo_done(faces.value_or(0));
      }
    };
    const auto helper_count = std::min<std::size_t>(list.photos.size(), static_cast<std::size_t>(threads));
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < helper_count; ++i) helpers.emplace_back(work_off);
    work_off();
  }
  print_skipped(list.skipped_outputs,
                "that are results of an earlier run (\"-redacted\", or in the output folder)");
  print_skipped(list.skipped_hidden, "hidden files or folders");
  print_skipped(list.skipped_other, "files that are no photos");
  if (watch.interrupted()) {
    print_error("", "interrupted; photos that were not finished have no result");
    return kExitInterrupted;
  }
  return failed > 0 ? kExitSomeFailed : kExitDone;
}

}  // namespace face_privacy
