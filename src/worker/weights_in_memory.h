// Weights that are in no file, for processes that load them from one.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/error.h"

namespace face_privacy {

// Paths lead to memory of this process (worker/shared_bytes.h): this program and the hosts that it starts can
// read them while this object lives.
class WeightsInMemory {
 public:
  // `ranges` may be empty. kIo where there is no memory.
  static Result<WeightsInMemory> hold(ByteView weights, ByteView ranges);

  std::string weights_path() const;
  std::string ranges_path() const;  // leads nowhere where there are none

 private:
  WeightsInMemory(Descriptor weights, Descriptor ranges);
  Descriptor weights_;
  Descriptor ranges_;
};

}  // namespace face_privacy
