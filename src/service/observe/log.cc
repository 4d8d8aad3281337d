#include "service/observe/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "report/report_json.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::size_t kQueuedLines = 8192;

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarn: return "warn";
    case LogLevel::kError: return "error";
    case LogLevel::kOff: return "off";
  }
  return "info";
}

// RFC 3339, UTC, milliseconds.
std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char day_and_time[32];
  std::strftime(day_and_time, sizeof day_and_time, "%Y-%m-%dT%H:%M:%S", &utc);
  char text[48];
  std::snprintf(text, sizeof text, "%s.%03dZ", day_and_time, static_cast<int>(milliseconds));
  return text;
}

json::object line(LogLevel level, std::string_view event) {
  return {{"time", now_text()}, {"level", name_of(level)}, {"event", event}};
}

double milliseconds(Seconds duration) { return std::round(duration.count() * 100'000) / 100; }

}  // namespace

struct Log::Impl {
  explicit Impl(LogLevel level)
      : threads(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
        logger(std::make_shared<spdlog::async_logger>(
            "face-privacy", std::make_shared<spdlog::sinks::stderr_sink_mt>(), threads,
            spdlog::async_overflow_policy::overrun_oldest)) {
    logger->set_pattern("%v");
    logger->set_level(spdlog_level(level));
  }

  void write(LogLevel level, const json::object& fields) {
    logger->log(spdlog_level(level), to_text(fields));
  }

  std::shared_ptr<spdlog::details::thread_pool> threads;
  std::shared_ptr<spdlog::async_logger> logger;
};

Log::Log(LogLevel level) : impl_(std::make_unique<Impl>(level)) {}
Log::~Log() = default;

void Log::event(LogLevel level, std::string_view what,
                const std::vector<std::pair<std::string_view, std::string>>& fields) {
  if (!impl_->logger->should_log(spdlog_level(level))) return;
  json::object entry = line(level, what);
  for (const auto& [name, value] : fields) entry[name] = value;
  impl_->write(level, entry);
}

void Log::request(const RequestLogEntry& entry) {
  const LogLevel level = entry.status >= 500 ? LogLevel::kWarn : LogLevel::kInfo;
  if (!impl_->logger->should_log(spdlog_level(level))) return;
  const RequestContext& context = *entry.context;
  json::object fields = line(level, "request");
  fields["id"] = context.id;
  if (!context.trace.trace_id.empty()) {
    fields["trace_id"] = context.trace.trace_id;
    fields["parent_id"] = context.trace.parent_id;
  }
  if (!context.key_name.empty()) fields["key"] = context.key_name;
  fields["method"] = name_of(context.head.method);
  fields["route"] = label_of(context.route);
  fields["status"] = entry.status;
  if (entry.status == 0) fields["cancelled"] = true;
  if (!entry.problem_code.empty()) fields["code"] = entry.problem_code;
  if (!entry.fault.empty()) fields["fault"] = entry.fault;
  fields["received_bytes"] = entry.received_bytes;
  fields["sent_bytes"] = entry.sent_bytes;
  if (entry.faces) fields["faces"] = *entry.faces;
  json::object timings;
  for (const auto& [stage, duration] : entry.stages) timings[stage] = milliseconds(duration);
  timings["total"] = milliseconds(entry.total);
  fields["ms"] = std::move(timings);
  impl_->write(level, fields);
}

}  // namespace face_privacy
