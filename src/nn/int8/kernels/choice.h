// Which kernels this processor can run.
#pragma once

#include <vector>

#include "nn/int8/kernels/kernels.h"

namespace face_privacy::int8 {

// The fastest first, without the plain ones.
std::vector<const Kernels*> usable_kernels();

// Nothing where there are none worth running.
const Kernels* best_kernels();

}  // namespace face_privacy::int8
