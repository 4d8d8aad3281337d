// What this room calls of libheif.
#include "base/on_demand_library.h"

// clang-format off
#define HEIF_FUNCTIONS(X) \
  X(heif_context_alloc) \
  X(heif_context_encode_image) \
  X(heif_context_free) \
  X(heif_context_get_encoder_for_format) \
  X(heif_context_get_primary_image_handle) \
  X(heif_context_read_from_memory_without_copy) \
  X(heif_context_set_max_decoding_threads) \
  X(heif_context_set_maximum_image_size_limit) \
  X(heif_context_write) \
  X(heif_decode_image) \
  X(heif_decoding_options_alloc) \
  X(heif_decoding_options_free) \
  X(heif_encoder_release) \
  X(heif_encoder_set_lossy_quality) \
  X(heif_encoder_set_parameter_boolean) \
  X(heif_encoder_set_parameter_integer) \
  X(heif_encoder_set_parameter_string) \
  X(heif_image_add_plane) \
  X(heif_image_create) \
  X(heif_image_get_bits_per_pixel_range) \
  X(heif_image_get_height) \
  X(heif_image_get_plane) \
  X(heif_image_get_plane_readonly) \
  X(heif_image_get_width) \
  X(heif_image_handle_get_height) \
  X(heif_image_handle_get_luma_bits_per_pixel) \
  X(heif_image_handle_get_nclx_color_profile) \
  X(heif_image_handle_get_raw_color_profile) \
  X(heif_image_handle_get_raw_color_profile_size) \
  X(heif_image_handle_get_width) \
  X(heif_image_handle_has_alpha_channel) \
  X(heif_image_handle_release) \
  X(heif_image_release) \
  X(heif_image_set_nclx_color_profile) \
  X(heif_image_set_raw_color_profile) \
  X(heif_nclx_color_profile_alloc) \
  X(heif_nclx_color_profile_free) \
  X(heif_nclx_color_profile_set_color_primaries) \
  X(heif_nclx_color_profile_set_matrix_coefficients) \
  X(heif_nclx_color_profile_set_transfer_characteristics)
// clang-format on

FACE_PRIVACY_ON_DEMAND(heif, "libface-privacy-heif.so", HEIF_FUNCTIONS)
