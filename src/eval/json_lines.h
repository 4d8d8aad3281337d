// What the readers of JSON lines in this folder share.
#pragma once

#include <array>
#include <boost/json/value.hpp>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace face_privacy {

// Thrown and caught in this folder only: a line has many ways to be wrong, and one way out.
struct BadLine {
  std::string reason;
};

// As many coordinates in px, each at most a million from 0, so that areas stay within what a float can add
// up.
void read_coordinates(const boost::json::value& value, const char* what, std::span<float> coordinates);
template <std::size_t count>
std::array<float, count> coordinates(const boost::json::value& value, const char* what) {
  std::array<float, count> result{};
  read_coordinates(value, what, result);
  return result;
}

// Calls `read` for each line that is not empty. A BadLine becomes kInvalidOption: "FILE, line 3: REASON".
Result<void> for_each_json_line(std::string_view file, std::string_view jsonl,
                                const std::function<void(const boost::json::object&)>& read);

}  // namespace face_privacy
