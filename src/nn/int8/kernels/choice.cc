#include "nn/int8/kernels/choice.h"

namespace face_privacy::int8 {
namespace {

// Each gives nothing where the processor lacks the instructions.
using KernelsIfUsable = const Kernels* (*)();

std::vector<KernelsIfUsable> kernels_of_architecture() {
#if defined(__x86_64__)
  return {avx512_vnni_kernels, avx_vnni_kernels, avx2_kernels};
#elif defined(__aarch64__)
  return {i8mm_kernels, dotprod_kernels};
#else
  return {};
#endif
}

}  // namespace

std::vector<const Kernels*> usable_kernels() {
  std::vector<const Kernels*> usable;
  for (const KernelsIfUsable kernels_if_usable : kernels_of_architecture()) {
    if (const Kernels* const kernels = kernels_if_usable()) usable.push_back(kernels);
  }
  return usable;
}

const Kernels* best_kernels() {
  const auto usable = usable_kernels();
  return usable.empty() ? nullptr : usable.front();
}

}  // namespace face_privacy::int8
