// The values that a color profile's tags hold, written anew: what their types ask for and not a byte more.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace face_privacy {

// Three numbers of -8 to 8 (ICC.1:2022, 10.31).
std::optional<Bytes> clean_icc_xyz(ByteView data);
// A 3 x 3 matrix of such numbers (10.24).
std::optional<Bytes> clean_icc_matrix(ByteView data);
// A table that goes nowhere but up, or nowhere but down, of at most 4096 entries (10.6), or a formula
// (10.18).
std::optional<Bytes> clean_icc_curve(ByteView data);
// A table of colors of any of the four types (10.10 to 10.13). Its size follows from its counts; the entries
// are taken as they are.
std::optional<Bytes> clean_icc_table(ByteView data);
// Four bytes that name a video's colors (10.3).
std::optional<Bytes> clean_icc_code_points(ByteView data);

// ASCII, as profiles of version 2 hold a description (ICC.1:2001-04, 6.5.17) and a copyright (6.5.18), and
// those of version 4 both (10.15).
Bytes icc_description(std::string_view text);
Bytes icc_text(std::string_view text);
Bytes icc_localized_text(std::string_view text);

}  // namespace face_privacy
