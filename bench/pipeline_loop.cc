// The pipeline in a bare loop on some threads, for as long as it is told: what the HTTP service is
// compared with. Prints one JSON line. Run by bench/service_load.py.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/pipeline.h"

namespace {

using namespace face_privacy;
using Clock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  const auto profile = argc < 6 ? std::nullopt : profile_from_name(argv[2]);
  if (!profile) {
    std::fprintf(stderr, "pipeline_loop MODEL PROFILE THREADS SECONDS PHOTO...\n");
    return 2;
  }
  const auto detector = Detector::load({.model_path = argv[1], .threads = 1, .engine = Engine::kAuto});
  if (!detector) return 1;
  PhotoOptions options;
  options.detection.profile = *profile;
  std::vector<Bytes> photos;
  for (int i = 5; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    photos.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }

  std::atomic<int> done{0};
  std::atomic<bool> failed{false};
  std::atomic<bool> counted{false};
  std::atomic<bool> enough{false};
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < std::atoi(argv[3]); ++thread) {
    threads.emplace_back([&, thread] {
      for (auto i = static_cast<std::size_t>(thread); !enough; ++i) {
        const auto redacted = redact_photo(photos[i % photos.size()], *detector, options, Limits{});
        if (!redacted) failed = true;
        if (counted) ++done;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(2));  // warm
  counted = true;
  const Clock::time_point start = Clock::now();
  const double cpu_start = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::duration<double>(std::atof(argv[4])));
  const std::chrono::duration<double> wall = Clock::now() - start;
  const double cpu = cpu_seconds() - cpu_start;
  const int photos_done = done;
  enough = true;
  threads.clear();
  std::printf("{\"photos\": %d, \"seconds\": %.3f, \"cpu_seconds\": %.3f}\n", photos_done, wall.count(), cpu);
  return failed ? 1 : 0;
}
