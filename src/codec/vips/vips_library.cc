// What this room calls of libvips and of GLib below it.
#include "base/on_demand_library.h"

// clang-format off
#define VIPS_FUNCTIONS(X) \
  X(g_free) \
  X(g_log) \
  X(g_log_set_handler) \
  X(g_object_unref) \
  X(vips_area_unref) \
  X(vips_bandjoin2) \
  X(vips_blob_get) \
  X(vips_block_untrusted_set) \
  X(vips_cache_set_max) \
  X(vips_cache_set_max_files) \
  X(vips_cache_set_max_mem) \
  X(vips_concurrency_set) \
  X(vips_copy) \
  X(vips_error) \
  X(vips_error_clear) \
  X(vips_extract_band) \
  X(vips_format_sizeof_unsafe) \
  X(vips_gifload_buffer) \
  X(vips_icc_transform) \
  X(vips_image_get_array_int) \
  X(vips_image_get_bands) \
  X(vips_image_get_blob) \
  X(vips_image_get_format) \
  X(vips_image_get_height) \
  X(vips_image_get_int) \
  X(vips_image_get_interpretation) \
  X(vips_image_get_page_height) \
  X(vips_image_get_typeof) \
  X(vips_image_get_width) \
  X(vips_image_new_from_memory) \
  X(vips_image_set_blob_copy) \
  X(vips_image_write) \
  X(vips_init) \
  X(vips_pngload_buffer) \
  X(vips_pngsave_buffer) \
  X(vips_profile_load) \
  X(vips_region_new) \
  X(vips_region_prepare) \
  X(vips_thread_shutdown) \
  X(vips_tiffload_buffer) \
  X(vips_tiffsave_buffer) \
  X(vips_version)
// clang-format on

FACE_PRIVACY_ON_DEMAND(vips, "libface-privacy-vips.so", VIPS_FUNCTIONS)
