#include "service/net/session.h"

#include <boost/asio/co_spawn.hpp>
#include <ctime>
#include <memory>
#include <utility>
#include <variant>

#include "service/net/compute_job.h"
#include "service/net/connection.h"
#include "service/net/exchange.h"
#include "service/net/request_reader.h"
#include "service/net/response_writer.h"

namespace face_privacy {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class Session {
 public:
  Session(tcp::socket socket, asio::ssl::context* tls, bool on_metrics_listener,
          SessionEnvironment& environment)
      : connection_(std::move(socket), tls),
        environment_(environment),
        open_(environment.connections_open),
        reader_(connection_, on_metrics_listener, environment.options.header_timeout,
                environment.options.stall_timeout) {}

  awaitable<void> run();

 private:
  awaitable<bool> serve_request(std::variant<RequestHead, Problem> read);
  void begin(Exchange& exchange, RequestHead head);
  awaitable<std::optional<ClientGone>> make_response(Exchange& exchange);
  void take_known(Exchange& exchange, Response response);
  awaitable<bool> send_continue(const Exchange& exchange);
  bool refuse_where_full(Exchange& exchange, const ComputePool& pool);
  awaitable<std::optional<ClientGone>> handle_body(Exchange& exchange, ComputeJob::Call call);
  awaitable<BodyEnd> receive_body(Exchange& exchange, ComputeJob& job);
  awaitable<std::optional<ClientGone>> handle_upload(Exchange& exchange, VideoCall call);
  awaitable<std::optional<ClientGone>> start_clip(Exchange& exchange, VideoCall call,
                                                  VideoJobs::Upload upload);
  void refuse_body(Exchange& exchange, BodyEnd end, const Problem& too_large);
  awaitable<std::optional<ClientGone>> answer_by(Exchange& exchange, std::shared_ptr<ComputeJob> job);
  void take_answer(Exchange& exchange, ComputeJob& job);
  void count_photo(const Exchange& exchange, Seconds processing);
  awaitable<bool> discard_body(Exchange& exchange);
  awaitable<bool> write_response(Exchange& exchange);
  awaitable<WriteEnd> write_parts(Exchange& exchange, std::string head);
  std::shared_ptr<ComputeJob> new_job(ComputeJob::Call call) {
    return std::make_shared<ComputeJob>(connection_.executor(), std::move(call), environment_.budget);
  }

  Connection connection_;
  SessionEnvironment& environment_;
  CountGuard open_;
  RequestReader reader_;
  bool close_after_answer_ = false;
  bool lingers_ = false;
};

awaitable<void> Session::run() {
  if (!co_await connection_.shake_hands(environment_.options.header_timeout)) co_return;
  for (std::size_t count = 1;; ++count) {
    if (!co_await connection_.wait_for_bytes(environment_.options.idle_timeout)) break;
    auto read = co_await reader_.read_head();
    if (count >= environment_.options.max_requests_per_connection) close_after_answer_ = true;
    if (auto* head = std::get_if<RequestHead>(&read)) {
      if (!co_await serve_request(std::move(*head))) break;
    } else if (auto* problem = std::get_if<Problem>(&read)) {
      if (!co_await serve_request(std::move(*problem))) break;
    } else {
      break;
    }
  }
  if (lingers_) co_await connection_.linger();
}

awaitable<bool> Session::serve_request(std::variant<RequestHead, Problem> read) {
  const CountGuard in_flight(environment_.requests_in_flight);
  Exchange exchange;
  std::optional<ClientGone> gone;
  if (const auto* problem = std::get_if<Problem>(&read)) {
    exchange.context = environment_.handler.begin({});
    exchange.keep_alive = false;
    exchange.refuse(*problem);
  } else {
    begin(exchange, std::move(std::get<RequestHead>(read)));
    gone = co_await make_response(exchange);
  }
  if (!gone && !co_await write_response(exchange)) gone = ClientGone{Phase::kSend};
  record(exchange, gone, environment_);
  if (gone) co_return false;
  if (exchange.keep_alive && exchange.body_pending) exchange.keep_alive = co_await discard_body(exchange);
  lingers_ = !exchange.keep_alive;
  co_return exchange.keep_alive;
}

void Session::begin(Exchange& exchange, RequestHead read) {
  exchange.context = environment_.handler.begin(std::move(read));
  const RequestHead& head = exchange.context.head;
  exchange.keep_alive = reader_.keep_alive() && !close_after_answer_;
  exchange.body_pending = head.announces_body();
  exchange.waits_for_continue = !head.http_1_0 && head.headers.find("Expect").has_value();
}

awaitable<std::optional<ClientGone>> Session::make_response(Exchange& exchange) {
  auto decision = environment_.handler.decide(exchange.context);
  std::optional<ClientGone> gone;
  if (auto* response = std::get_if<Response>(&decision)) {
    take_known(exchange, std::move(*response));
  } else if (auto* photo = std::get_if<PhotoCall>(&decision)) {
    const CountGuard in_flight(environment_.photos_in_flight);
    gone = co_await handle_body(exchange, std::move(*photo));
  } else if (auto* report = std::get_if<FeedbackCall>(&decision)) {
    gone = co_await handle_body(exchange, std::move(*report));
  } else if (auto& video = std::get<VideoCall>(decision); video.is_upload()) {
    gone = co_await handle_upload(exchange, std::move(video));
  } else {
    gone = co_await handle_body(exchange, std::move(video));
  }
  if (environment_.status.draining) exchange.keep_alive = false;
  co_return gone;
}

void Session::take_known(Exchange& exchange, Response response) {
  exchange.response = std::move(response);
  if (exchange.response.close) exchange.keep_alive = false;
  // Nobody reads a large body, nor one that the client holds back, for an answer that is known.
  const std::uint64_t length = exchange.context.head.content_length.value_or(0);
  if (exchange.body_pending && (exchange.waits_for_continue || length > Exchange::kMaxDiscardedBytes)) {
    exchange.keep_alive = false;
  }
}

awaitable<bool> Session::send_continue(const Exchange& exchange) {
  if (!exchange.waits_for_continue) co_return true;
  const auto end = co_await connection_.write(asio::buffer(kContinue), environment_.options.stall_timeout);
  co_return end == WriteEnd::kDone;
}

// A queue that is full now will be no better for having read a body first, nor is one in which the
// photo's time would be over.
bool Session::refuse_where_full(Exchange& exchange, const ComputePool& pool) {
  const bool is_for_photos = &pool == &environment_.pool;
  const bool in_time = !is_for_photos || expected_wait(environment_) <= environment_.options.request_timeout;
  if (!pool.full() && in_time) return false;
  exchange.keep_alive = exchange.keep_alive && !exchange.waits_for_continue;
  refuse_busy(exchange, ProblemCode::kQueueFull, environment_);
  return true;
}

awaitable<std::optional<ClientGone>> Session::handle_body(Exchange& exchange, ComputeJob::Call call) {
  if (refuse_where_full(exchange, pool_of(call, environment_))) co_return std::nullopt;
  if (!co_await send_continue(exchange)) co_return ClientGone{Phase::kReceive};
  auto job = new_job(std::move(call));
  const BodyEnd end = co_await receive_body(exchange, *job);
  if (end == BodyEnd::kGone) co_return ClientGone{Phase::kReceive};
  if (end != BodyEnd::kComplete) {
    refuse_body(exchange, end, environment_.handler.body_too_large());
    co_return std::nullopt;
  }
  co_return co_await answer_by(exchange, std::move(job));
}

awaitable<BodyEnd> Session::receive_body(Exchange& exchange, ComputeJob& job) {
  const RequestHead& head = exchange.context.head;
  const Clock::time_point start = Clock::now();
  if (head.content_length) job.body.reserve(static_cast<std::size_t>(*head.content_length));
  const auto* report = std::get_if<FeedbackCall>(&job.call);
  const std::size_t most = report ? report->max_body_bytes : environment_.options.limits.max_bytes;
  MemorySink sink(job.body, job.memory, most);
  const BodyEnd end = co_await reader_.read_body(head, sink);
  exchange.entry.received_bytes = job.body.size();
  exchange.body_pending = end != BodyEnd::kComplete;
  const Seconds duration = Clock::now() - start;
  exchange.entry.stages.emplace_back("receive", duration);
  if (end == BodyEnd::kComplete && job.is_photo()) environment_.metrics.stage_receive(duration);
  co_return end;
}

awaitable<std::optional<ClientGone>> Session::handle_upload(Exchange& exchange, VideoCall call) {
  const VideoHandler& videos = environment_.handler.videos();
  const RequestHead& head = exchange.context.head;
  auto upload = videos.begin_upload(head.content_length.value_or(0));
  if (!upload) {
    exchange.keep_alive = false;
    exchange.refuse(upload.error());
    co_return std::nullopt;
  }
  if (!co_await send_continue(exchange)) co_return ClientGone{Phase::kReceive};
  UploadSink sink(*upload, videos.max_bytes(call));
  const BodyEnd end = co_await reader_.read_body(head, sink);
  exchange.entry.received_bytes = sink.received();
  exchange.body_pending = end != BodyEnd::kComplete;
  if (end == BodyEnd::kGone) co_return ClientGone{Phase::kReceive};
  if (end == BodyEnd::kComplete) co_return co_await start_clip(exchange, std::move(call), std::move(*upload));
  refuse_body(exchange, end, {ProblemCode::kTooManyBytes, ""});
  if (sink.fault()) exchange.refuse(video_problem_of(*sink.fault()));
  co_return std::nullopt;
}

awaitable<std::optional<ClientGone>> Session::start_clip(Exchange& exchange, VideoCall call,
                                                         VideoJobs::Upload upload) {
  const bool is_quick = call.is_quick();
  auto job = new_job(std::move(call));
  job->upload = std::move(upload);
  if (!is_quick) co_return co_await answer_by(exchange, std::move(job));
  job->work(environment_.handler, Seconds(0), {});
  take_answer(exchange, *job);
  co_return std::nullopt;
}

void Session::refuse_body(Exchange& exchange, BodyEnd end, const Problem& too_large) {
  if (end == BodyEnd::kNoRoom) {
    return refuse_busy(exchange, ProblemCode::kTooManyInFlight, environment_);
  }
  exchange.keep_alive = false;
  if (end == BodyEnd::kTooSlow) exchange.refuse({ProblemCode::kRequestTimeout, "the body took too long"});
  if (end == BodyEnd::kTooLarge) exchange.refuse(too_large);
  if (end == BodyEnd::kInvalid) {
    exchange.refuse({ProblemCode::kInvalidRequest, "the body's framing is broken"});
  }
}

awaitable<std::optional<ClientGone>> Session::answer_by(Exchange& exchange, std::shared_ptr<ComputeJob> job) {
  switch (co_await compute(
      job, [this] { return connection_.peer_gone(); }, environment_)) {
    case ComputeEnd::kGone: co_return ClientGone{Phase::kProcess};
    case ComputeEnd::kRefused: refuse_busy(exchange, ProblemCode::kQueueFull, environment_); break;
    case ComputeEnd::kCutShort: exchange.refuse({ProblemCode::kDraining, ""}); break;
    case ComputeEnd::kLate:
      exchange.refuse({ProblemCode::kDeadlineExceeded, "the time allowed for this photo is over"});
      break;
    case ComputeEnd::kDone:
      const Seconds processing = Clock::now() - job->queued_at;
      take_answer(exchange, *job);
      if (exchange.facts) count_photo(exchange, processing);
  }
  co_return std::nullopt;
}

void Session::take_answer(Exchange& exchange, ComputeJob& job) {
  exchange.response = std::move(job.answer.response);
  exchange.facts = std::move(job.answer.facts);
  exchange.answer_memory = ByteBudget::Reservation(environment_.budget);
  exchange.answer_memory.grow(exchange.response.body.view().size());
  // As one that came to nothing for want of a place in the queue: with how long to wait.
  if (exchange.response.problem_code == name_of(ProblemCode::kTooManyInFlight)) {
    refuse_busy(exchange, ProblemCode::kTooManyInFlight, environment_);
  }
  if (job.answer.fault.empty()) return;
  environment_.log.event(LogLevel::kError, "fault",
                         {{"id", exchange.context.id}, {"what", job.answer.fault}});
}

void Session::count_photo(const Exchange& exchange, Seconds processing) {
  environment_.metrics.photo_done(exchange.context.route, *exchange.facts, processing);
  const double seconds = (processing - exchange.facts->queue).count();
  constexpr double kNewShare = 0.1;
  environment_.photo_seconds = (1 - kNewShare) * environment_.photo_seconds + kNewShare * seconds;
}

awaitable<bool> Session::discard_body(Exchange& exchange) {
  DiscardSink sink(exchange.discard_limit);
  RequestHead rest = exchange.context.head;
  if (rest.content_length) *rest.content_length -= exchange.entry.received_bytes;
  co_return co_await reader_.read_body(rest, sink) == BodyEnd::kComplete;
}

awaitable<bool> Session::write_response(Exchange& exchange) {
  const Clock::time_point start = Clock::now();
  environment_.handler.finish(exchange.context, exchange.response);
  const std::string date = http_date(std::time(nullptr));
  if (exchange.response.stream) exchange.keep_alive = false;
  const auto end =
      co_await write_parts(exchange, serialize_head(exchange.response, {exchange.keep_alive, date}));
  if (end == WriteEnd::kTooSlow) environment_.metrics.rejected(Rejection::kSlowClient);
  if (end != WriteEnd::kDone) co_return false;
  const Seconds duration = Clock::now() - start;
  exchange.entry.stages.emplace_back("send", duration);
  if (exchange.facts) environment_.metrics.stage_send(duration);
  co_return true;
}

awaitable<WriteEnd> Session::write_parts(Exchange& exchange, std::string head) {
  const Response& response = exchange.response;
  ResponseWriter writer(connection_, environment_.options.stall_timeout);
  const bool has_body = exchange.context.head.method != Method::kHead;
  const bool is_memory = has_body && !response.reader && !response.stream;
  WriteEnd end = co_await writer.write_bytes(std::move(head), is_memory ? response.body.view() : ByteView());
  if (end == WriteEnd::kDone && has_body && response.reader) {
    end = co_await writer.write_from(*response.reader);
  }
  if (end == WriteEnd::kDone && has_body && response.stream) {
    end = co_await writer.write_stream(response.stream, environment_.cut_short);
  }
  exchange.entry.sent_bytes = writer.sent_bytes();
  co_return end;
}

awaitable<void> run_session(tcp::socket socket, asio::ssl::context* tls, bool on_metrics_listener,
                            SessionEnvironment& environment) {
  Session session(std::move(socket), tls, on_metrics_listener, environment);
  co_await session.run();
}

}  // namespace

void start_session(tcp::socket socket, asio::ssl::context* tls, bool on_metrics_listener,
                   SessionEnvironment& environment) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto executor = socket.get_executor();
  asio::co_spawn(executor, run_session(std::move(socket), tls, on_metrics_listener, environment),
                 [&environment](const std::exception_ptr& failure) {
                   if (!failure) return;
                   try {
                     std::rethrow_exception(failure);
                   } catch (const std::exception& error) {
                     environment.log.event(LogLevel::kError, "fault", {{"what", error.what()}});
                   }
                 });
}

}  // namespace face_privacy
