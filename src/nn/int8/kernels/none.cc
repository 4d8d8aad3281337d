// For processors whose instructions have no kernels here.
#include "nn/int8/kernels/kernels.h"

namespace face_privacy::int8 {

const Kernels* avx512_vnni_kernels() { return nullptr; }
const Kernels* avx_vnni_kernels() { return nullptr; }
const Kernels* avx2_kernels() { return nullptr; }

}  // namespace face_privacy::int8
