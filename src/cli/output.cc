#include "cli/output.h"

#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "cli/names.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

// The reason of the first failure; the stream itself only knows that there was one.
std::atomic<int> first_error = 0;

void write(std::string_view text, std::FILE* stream) {
  const bool arrived = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  if ((!arrived || std::fflush(stream) != 0) && stream == stdout) {
    int none = 0;
    first_error.compare_exchange_strong(none, errno);
  }
}

// JSON asks for escapes below U+0020 only; a terminal also acts on U+007F to U+009F.
std::string without_controls(const std::string& json) {
  std::string text;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const auto next = static_cast<unsigned char>(i + 1 < json.size() ? json[i + 1] : 0);
    char escape[8];
    if (byte == 0x7F) {
      text += "\\u007f";
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(next));
      text += escape;
      ++i;
    } else {
      text += json[i];
    }
  }
  return text;
}

}  // namespace

double rounded(double value, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return std::round(value * scale) / scale;
}

void print_line(const std::string& line) { write(printable(line) + '\n', stdout); }

void print_json(const boost::json::object& object, std::FILE* stream) {
  write(without_controls(to_text(object)) + '\n', stream);
}

void print_text(std::string_view text) { write(text, stdout); }

bool output_arrives() { return std::ferror(stdout) == 0; }

int status_after_output(int status) {
  const bool flushed = std::fflush(stdout) == 0;
  if (!flushed && first_error == 0) first_error = errno;
  if (flushed && output_arrives()) return status;
  print_error("standard output", std::string("cannot be written: ") + std::strerror(first_error));
  return status == kExitDone ? kExitSomeFailed : status;
}

}  // namespace face_privacy
