#include "service/net/exchange.h"

#include <algorithm>
#include <cmath>

namespace face_privacy {
namespace {

std::string retry_after(const SessionEnvironment& environment) {
  constexpr double kMaxRetrySeconds = 30;
  const double seconds = std::clamp(std::ceil(expected_wait(environment).count()), 1.0, kMaxRetrySeconds);
  return std::to_string(static_cast<int>(seconds));
}

// Between the body's coming and the answer's going.
void add_stages(RequestLogEntry& entry, const PhotoFacts& facts) {
  const Timings& timings = facts.timings;
  const auto send = entry.stages.size() > 1 ? entry.stages.end() - 1 : entry.stages.end();
  entry.stages.insert(send, {{"queue", facts.queue},
                             {"decode", timings.decode},
                             {"detect", timings.detect},
                             {"match", timings.match},
                             {"redact", timings.redact},
                             {"encode", timings.encode}});
}

void count(const RequestLogEntry& entry, Metrics& metrics) {
  metrics.request_done(entry.context->route, entry.context->head.method, entry.status, entry.total);
  if (entry.problem_code.empty()) return;
  metrics.problem(entry.problem_code);
  if (const auto reason = rejection_of(entry.problem_code)) metrics.rejected(*reason);
}

}  // namespace

void Exchange::refuse(const Problem& problem) { response = problem_response(problem, context.id); }

Seconds expected_wait(const SessionEnvironment& environment) {
  const auto waiting = static_cast<double>(environment.pool.load().queue_depth);
  return Seconds(waiting * environment.photo_seconds / environment.pool.threads());
}

void refuse_busy(Exchange& exchange, ProblemCode code, const SessionEnvironment& environment) {
  exchange.refuse({code, "try again after the time in Retry-After"});
  exchange.response.headers.add("Retry-After", retry_after(environment));
  exchange.discard_limit = environment.options.limits.max_bytes;
}

void record(Exchange& exchange, std::optional<ClientGone> gone, SessionEnvironment& environment) {
  RequestLogEntry& entry = exchange.entry;
  entry.context = &exchange.context;
  entry.total = Exchange::Clock::now() - exchange.start;
  entry.status = gone && gone->phase != Phase::kSend ? 0 : exchange.response.status;
  entry.problem_code = exchange.response.problem_code;
  if (exchange.facts) {
    entry.faces = exchange.facts->scores.size();
    add_stages(entry, *exchange.facts);
  }
  Metrics& metrics = environment.metrics;
  metrics.received(entry.received_bytes);
  metrics.sent(entry.sent_bytes);
  if (gone) metrics.cancelled(gone->phase);
  if (entry.status != 0) count(entry, metrics);
  environment.log.request(entry);
}

}  // namespace face_privacy
