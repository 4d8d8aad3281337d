// What a command prints on standard output, line by line, so that nothing printed is lost when it ends.
#pragma once

#include <boost/json/object.hpp>
#include <cstdio>
#include <string>
#include <string_view>

namespace face_privacy {

// A line without control characters, at once.
void print_line(const std::string& line);

// A line of JSON, at once. Its control characters are written as \u001b.
void print_json(const boost::json::object& object, std::FILE* stream = stdout);

// As numbers stand in JSON, so that they can be read.
double rounded(double value, int decimals = 4);

// As it is, at once.
void print_text(std::string_view text);

// Whether all that was printed on standard output arrived, up to now.
bool output_arrives();

// `status`, or 1 where a command that went well could not print what it had to; says so.
int status_after_output(int status);

}  // namespace face_privacy
