// JSON from outside, read in one way only: RFC 8259 leaves open which of two members of one name counts, so
// that a checker in front and this program could read different values. A name twice is an error here.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <string_view>

namespace face_privacy {

inline constexpr std::size_t kMaxJsonDepth = 32;

// `text` has to be one JSON value and nothing else but space. `error` is set, and null returned, where it is
// not, where it nests deeper than `max_depth`, or where an object names a member twice (also when one of the
// two spells it by escapes). Takes memory in proportion to `text`. Any thread.
boost::json::value parse_strict_json(std::string_view text, boost::system::error_code& error,
                                     std::size_t max_depth = kMaxJsonDepth);

}  // namespace face_privacy
