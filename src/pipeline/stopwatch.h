#pragma once

#include "base/stop_condition.h"
#include "pipeline/pipeline.h"

namespace face_privacy {

// Adds the time since the last lap to one of the stages.
class Stopwatch {
 public:
  void lap(Milliseconds& stage) {
    const auto now = StopCondition::Clock::now();
    stage += now - last_;
    last_ = now;
  }

 private:
  StopCondition::Clock::time_point last_ = StopCondition::Clock::now();
};

}  // namespace face_privacy
