#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/api/request_handler.h"
#include "service/observe/log_level.h"

namespace face_privacy {

// One line of the log for one request. Nothing in it comes from the photo, its name or the options.
struct RequestLogEntry {
  const RequestContext* context = nullptr;
  int status = 0;  // 0: the client went away before there was an answer
  std::string_view problem_code;
  std::string_view fault;          // of a 500
  std::size_t received_bytes = 0;  // of the body
  std::size_t sent_bytes = 0;
  std::optional<std::size_t> faces;
  std::vector<std::pair<std::string_view, Seconds>> stages;
  Seconds total{};
};

// JSON lines on stderr, written by a thread of their own: a reader that is slow loses lines and holds
// nobody up. Thread-safe.
class Log {
 public:
  explicit Log(LogLevel level);
  ~Log();  // writes what is left

  void request(const RequestLogEntry& entry);
  void event(LogLevel level, std::string_view what,
             const std::vector<std::pair<std::string_view, std::string>>& fields = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace face_privacy
