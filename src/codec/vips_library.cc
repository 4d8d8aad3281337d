#include "codec/vips_library.h"

#include <mutex>
#include <stdexcept>

namespace face_privacy {
namespace {

void drop_message(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

void start() {
  if (VIPS_INIT("face-privacy") != 0) throw std::runtime_error("libvips cannot start");
  // One thread a photo: the caller's pool decides how many photos there are at a time.
  vips_concurrency_set(1);
  // No two photos are the same, and what is cached keeps pixels of strangers in memory.
  vips_cache_set_max(0);
  vips_cache_set_max_mem(0);
  vips_cache_set_max_files(0);
  vips_block_untrusted_set(TRUE);
  g_log_set_handler("VIPS",
                    static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO |
                                                G_LOG_LEVEL_DEBUG),
                    drop_message, nullptr);
}

}  // namespace

void start_vips() {
  static std::once_flag once;
  std::call_once(once, start);
}

void clear_vips_errors() { vips_error_clear(); }

}  // namespace face_privacy
