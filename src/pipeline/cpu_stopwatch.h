#pragma once

#include <ctime>

#include "pipeline/clip_pipeline.h"

namespace face_privacy {

// Adds the processor time that this thread took since the last lap to one of the stages. Stages of a clip run
// side by side and wait for each other, so that the clock would tell little.
class CpuStopwatch {
 public:
  void lap(Milliseconds& stage) {
    const auto now = thread_time();
    stage += now - last_;
    last_ = now;
  }

 private:
  static Milliseconds thread_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return Milliseconds(static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6);
  }

  Milliseconds last_ = thread_time();
};

}  // namespace face_privacy
