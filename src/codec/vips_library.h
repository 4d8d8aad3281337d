// libvips, set up for photos of strangers: only the loaders named here, no cache, no threads of its
// own beyond one worker, nothing printed.
#pragma once

#include <vips/vips.h>

#include <memory>

namespace face_privacy {

// Once per process, before any other call; throws std::runtime_error if libvips cannot start.
void start_vips();

struct UnrefVips {
  void operator()(VipsImage* image) const noexcept { g_object_unref(image); }
};
using VipsHandle = std::unique_ptr<VipsImage, UnrefVips>;

// Empties libvips' error log, which is one for the whole process and would grow.
void clear_vips_errors();

}  // namespace face_privacy
