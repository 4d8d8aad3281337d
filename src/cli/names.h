// A file's name is bytes: what of it may reach a terminal or a JSON text, and when two names are one.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <string_view>

namespace face_privacy {

// On one line of UTF-8 without control characters: these, and bytes that are no UTF-8, become \x1b.
std::string printable(std::string_view bytes);

// Valid UTF-8: each byte that is none becomes U+FFFD.
std::string utf8_text(std::string_view bytes);

// Sets `file` to the name as text. Where that loses bytes, `file_percent_encoded` holds all of them, as
// RFC 3986 writes them.
void set_file_name(boost::json::object& object, const std::filesystem::path& path);

// The same for two names that a file system without upper and lower case holds to be one.
std::u32string folded_case(std::string_view bytes);

}  // namespace face_privacy
