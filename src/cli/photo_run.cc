#include "cli/photo_run.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>

#include "cli/result_files.h"
#include "cli/shared_options.h"

namespace face_privacy {
namespace {

void print_skipped(int count, const char* what) {
  if (count > 0) print_error("", "skipped " + std::to_string(count) + " " + what);
}

}  // namespace

// A thread of its own waits for the signal, so that no code runs in a signal handler, and whatever the
// others are in (a folder of many files, a read that never ends, a decoder) is not waited for.
InterruptWatch::InterruptWatch() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGUSR1);  // ours, to end the watch
  pthread_sigmask(SIG_BLOCK, &signals_, &previous_);
  watcher_ = std::thread([this] {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (signal == SIGUSR1) return;
    ::dprintf(STDERR_FILENO, "%sface-privacy: interrupted; photos that were not finished have no result\n",
              ::isatty(STDERR_FILENO) != 0 ? "\r\033[K" : "");
    exit_without_unfinished_results(kExitBySignal + signal);
  });
}

InterruptWatch::~InterruptWatch() {
  pthread_kill(watcher_.native_handle(), SIGUSR1);
  watcher_.join();
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

int run_photos(const PhotoList& list, int threads, const PhotoWork& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<int> failed = static_cast<int>(list.unreadable.size());
  for (const std::string& text : list.unreadable) print_error("", text);
  {
    Progress progress(static_cast<int>(list.photos.size()));
    const auto work_off = [&] {
      for (std::size_t index = next++; index < list.photos.size(); index = next++) {
        const auto faces = work(list.photos[index], progress);
        if (!faces) ++failed;
        progress.photo_done(faces.value_or(0));
      }
    };
    const auto helper_count = std::min<std::size_t>(list.photos.size(), static_cast<std::size_t>(threads));
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < helper_count; ++i) helpers.emplace_back(work_off);
    work_off();
  }
  for (const std::string& text : list.skipped_links) print_error("skipped", text);
  print_skipped(list.skipped_outputs,
                "that are results of an earlier run (\"-redacted\", or in the output folder)");
  print_skipped(list.skipped_hidden, "hidden files or folders");
  print_skipped(list.skipped_other, "files that are no photos");
  return failed > 0 ? kExitSomeFailed : kExitDone;
}

}  // namespace face_privacy
