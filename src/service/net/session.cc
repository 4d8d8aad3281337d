#include "service/net/session.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cmath>
#include <ctime>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "service/http/body_buffer.h"

namespace face_privacy {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using ErrorCodeOf = boost::system::error_code;

// Errors come back beside the result; nothing that a client does throws.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

constexpr std::uint32_t kMaxHeaderBytes = 32 * 1024;
constexpr std::size_t kMaxBufferedBytes = 128 * 1024;  // header, and what came with it
constexpr std::size_t kIdleReadBytes = 4 * 1024;       // held by each idle connection
constexpr std::size_t kStepBytes = 256 * 1024;         // read or written under one stall timeout
constexpr std::size_t kChunkStepBytes = 64 * 1024;
constexpr std::size_t kSentWithHead = 8 * 1024;  // of an answer's body, in one packet with its head
// A slower client gives up its place: at this rate a phone's 4 MB photo takes four minutes.
constexpr double kMinBytesPerSecond = 16 * 1024;
// Of a body that nobody wants any more this much is read, so that the connection can go on.
constexpr std::size_t kMaxDiscardedBytes = 1024 * 1024;
// After an answer that ends the connection: time for the client to stop sending and read it. Closing
// at once would make the kernel reset the connection and throw the answer away.
constexpr std::chrono::seconds kLinger{5};
constexpr std::chrono::milliseconds kLookInterval{50};  // for a client that went away, while computing
constexpr std::chrono::milliseconds kStreamLook{250};   // for something new to tell
constexpr std::chrono::seconds kStreamSilence{15};
constexpr double kMaxRetrySeconds = 30;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return Method::kGet;
    case http::verb::head: return Method::kHead;
    case http::verb::post: return Method::kPost;
    case http::verb::put: return Method::kPut;
    case http::verb::delete_: return Method::kDelete;
    case http::verb::options: return Method::kOptions;
    default: return Method::kOther;
  }
}

std::string current_date() { return http_date(std::time(nullptr)); }

class CountGuard {
 public:
  explicit CountGuard(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  ~CountGuard() { --count_; }
  CountGuard(const CountGuard&) = delete;
  CountGuard& operator=(const CountGuard&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

// Ends what is read from a socket after a while, and leaves the socket as it is, so that the client
// can still be told: Beast's own timeout closes it.
class ReadDeadline {
 public:
  ReadDeadline(tcp::socket& socket, Clock::duration allowed) : state_(std::make_shared<State>(socket)) {
    wait(state_, allowed);
  }
  ~ReadDeadline() {
    state_->over = true;
    state_->timer.cancel();
  }
  ReadDeadline(const ReadDeadline&) = delete;
  ReadDeadline& operator=(const ReadDeadline&) = delete;

  bool passed() const { return state_->passed; }

 private:
  struct State {
    explicit State(tcp::socket& read_from) : socket(read_from), timer(read_from.get_executor()) {}
    tcp::socket& socket;
    asio::steady_timer timer;
    bool over = false;
    bool passed = false;
  };

  static constexpr std::chrono::milliseconds kAgain{20};

  // Again and again, because an operation of several reads may just be between two of them.
  static void wait(const std::shared_ptr<State>& state, Clock::duration time) {
    state->timer.expires_after(time);
    state->timer.async_wait([state](const ErrorCodeOf& error) {
      if (error || state->over) return;
      state->passed = true;
      ErrorCodeOf ignored;
      state->socket.cancel(ignored);
      wait(state, kAgain);
    });
  }

  std::shared_ptr<State> state_;
};

// A photo, or what is asked about a clip, on its way through the compute pool. Shared, because the session
// leaves when its client does, and the compute thread may still be at work then.
struct ComputeJob {
  using Call = std::variant<PhotoCall, VideoCall>;
  ComputeJob(asio::any_io_executor session_executor, Call what, ByteBudget& budget)
      : executor(std::move(session_executor)), call(std::move(what)), memory(budget), wake(executor) {}

  bool is_photo() const { return std::holds_alternative<PhotoCall>(call); }
  void work(const RequestHandler& handler, Seconds queue_time, const StopCondition& until) {
    if (const auto* video = std::get_if<VideoCall>(&call)) {
      answer = handler.answer(*video, body.view(), std::exchange(upload, std::nullopt), until);
    } else {
      answer = handler.answer(std::get<PhotoCall>(call), body.view(), queue_time, until);
    }
    body = {};
  }

  asio::any_io_executor executor;
  Call call;
  BodyBuffer body;
  std::optional<VideoJobs::Upload> upload;  // takes the place of `body`
  ByteBudget::Reservation memory;
  std::stop_source stop;
  Clock::time_point queued_at;
  Clock::time_point deadline;
  PhotoAnswer answer;
  asio::steady_timer wake;
  bool done = false;  // read and written on the session's thread only
};

enum class BodyEnd { kComplete, kGone, kTooSlow, kTooLarge, kNoRoom, kInvalid };

struct ClientGone {
  Phase phase;
};

template <class Stream>
class Session {
 public:
  Session(Stream stream, bool on_metrics_listener, SessionEnvironment& environment)
      : stream_(std::move(stream)),
        environment_(environment),
        on_metrics_listener_(on_metrics_listener),
        open_(environment.connections_open) {}

  awaitable<void> run();

 private:
  using Parser = http::request_parser<http::buffer_body>;
  static constexpr bool kTls = !std::is_same_v<Stream, beast::tcp_stream>;

  // One request and its answer.
  struct Exchange {
    RequestContext context;
    Response response;
    std::optional<PhotoFacts> facts;
    RequestLogEntry entry;
    Clock::time_point start = Clock::now();  // the header's end
    bool keep_alive = true;
    bool body_pending = false;  // announced, and not read to its end
    bool waits_for_continue = false;
    std::size_t discard_limit = kMaxDiscardedBytes;
    ByteBudget::Reservation answer_memory;
  };

  beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }
  bool peer_gone();
  awaitable<bool> shake_hands();
  awaitable<bool> wait_for_request();
  awaitable<std::variant<RequestHead, Problem, ClientGone>> read_head();
  Problem problem_of_read(const ErrorCodeOf& error) const;
  RequestHead head_of(const Parser& parser) const;
  awaitable<bool> serve_request(std::variant<RequestHead, Problem> read);
  awaitable<std::optional<ClientGone>> make_response(Exchange& exchange);
  awaitable<bool> send_continue(const Exchange& exchange);
  bool refuse_where_full(Exchange& exchange);
  awaitable<std::optional<ClientGone>> handle_body(Exchange& exchange, ComputeJob::Call call);
  awaitable<std::optional<ClientGone>> handle_upload(Exchange& exchange, VideoCall call);
  void refuse_body(Exchange& exchange, BodyEnd end, Problem too_large);
  void take_answer(Exchange& exchange, ComputeJob& job);
  awaitable<std::optional<ClientGone>> compute(Exchange& exchange, std::shared_ptr<ComputeJob> job);
  awaitable<BodyEnd> receive_body(Exchange& exchange, ComputeJob& job);
  template <class Prepare, class Commit>
  awaitable<BodyEnd> pump_body(const RequestHead& head, Prepare& prepare, Commit& commit);
  template <class Prepare, class Commit>
  awaitable<BodyEnd> pump_chunks(Prepare& prepare, Commit& commit);
  bool too_slow(Clock::time_point start, std::uint64_t received) const;
  awaitable<bool> discard_body(Exchange& exchange);
  void refuse(Exchange& exchange, Problem problem);
  void refuse_busy(Exchange& exchange, ProblemCode code);
  Seconds expected_wait() const;
  std::string retry_after() const;
  awaitable<bool> write(asio::const_buffer step);
  awaitable<bool> write_response(Exchange& exchange);
  awaitable<bool> write_bytes(Exchange& exchange, std::string head, ByteView body);
  awaitable<bool> write_from_reader(Exchange& exchange, const BodyReader& reader);
  awaitable<bool> write_stream(Exchange& exchange, const BodyStream& stream);
  void record(Exchange& exchange, std::optional<ClientGone> gone);
  awaitable<void> linger();

  Stream stream_;
  SessionEnvironment& environment_;
  const bool on_metrics_listener_;
  CountGuard open_;
  bool close_after_answer_ = false;
  bool lingers_ = false;
  beast::flat_buffer buffer_{kMaxBufferedBytes};
  std::optional<Parser> parser_;
};

template <class Stream>
awaitable<void> Session<Stream>::run() {
  if (!co_await shake_hands()) co_return;
  for (std::size_t count = 1;; ++count) {
    if (!co_await wait_for_request()) break;
    auto read = co_await read_head();
    if (std::holds_alternative<ClientGone>(read)) break;
    std::variant<RequestHead, Problem> request = Problem{ProblemCode::kInvalidRequest, ""};
    if (auto* head = std::get_if<RequestHead>(&read)) {
      request = std::move(*head);
    } else {
      request = std::get<Problem>(read);
    }
    if (count >= environment_.options.max_requests_per_connection) close_after_answer_ = true;
    if (!co_await serve_request(std::move(request))) break;
  }
  if (lingers_) co_await linger();
}

template <class Stream>
awaitable<bool> Session<Stream>::shake_hands() {
  if constexpr (kTls) {
    tcp().expires_after(environment_.options.header_timeout);
    const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
    co_return !error;
  }
  co_return true;
}

// POLLRDHUP sees the end of the client's side whatever still lies unread before it.
template <class Stream>
bool Session<Stream>::peer_gone() {
  pollfd descriptor{tcp().socket().native_handle(), POLLRDHUP, 0};
  return ::poll(&descriptor, 1, 0) > 0 && (descriptor.revents & (POLLRDHUP | POLLERR | POLLHUP)) != 0;
}

template <class Stream>
awaitable<bool> Session<Stream>::wait_for_request() {
  if (buffer_.size() > 0) co_return true;  // pipelined
  if (buffer_.capacity() > kIdleReadBytes) buffer_.shrink_to_fit();
  tcp().expires_after(environment_.options.idle_timeout);
  const auto [error, bytes] = co_await stream_.async_read_some(buffer_.prepare(kIdleReadBytes), kAwait);
  if (error) co_return false;
  buffer_.commit(bytes);
  co_return true;
}

template <class Stream>
awaitable<std::variant<RequestHead, Problem, ClientGone>> Session<Stream>::read_head() {
  parser_.emplace();
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(boost::none);  // counted here, so that the answer can say more
  tcp().expires_never();
  const ReadDeadline deadline(tcp().socket(), environment_.options.header_timeout);
  const auto [error, bytes] = co_await http::async_read_header(stream_, buffer_, *parser_, kAwait);
  if (!error) co_return head_of(*parser_);
  if (deadline.passed()) co_return Problem{ProblemCode::kRequestTimeout, "the header took too long"};
  const bool is_http_error = error.category() == http::make_error_code(http::error::end_of_stream).category();
  const bool ended = error == http::error::end_of_stream || error == http::error::partial_message;
  if (is_http_error && !ended) co_return problem_of_read(error);
  co_return ClientGone{Phase::kReceive};
}

template <class Stream>
Problem Session<Stream>::problem_of_read(const ErrorCodeOf& error) const {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    // The target is known once the first line is complete.
    return parser_->get().target().empty() ? Problem{ProblemCode::kTargetTooLong, ""}
                                           : Problem{ProblemCode::kHeaderTooLarge, "32 KiB are allowed"};
  }
  return {ProblemCode::kInvalidRequest, ""};
}

template <class Stream>
RequestHead Session<Stream>::head_of(const Parser& parser) const {
  const auto& message = parser.get();
  RequestHead head;
  head.method = method_of(message.method());
  head.target = std::string(message.target());
  for (const auto& field : message)
    head.headers.add(std::string(field.name_string()), std::string(field.value()));
  head.http_1_0 = message.version() < 11;
  if (const auto length = parser.content_length()) head.content_length = *length;
  head.chunked = parser.chunked();
  head.on_metrics_listener = on_metrics_listener_;
  return head;
}

template <class Stream>
awaitable<bool> Session<Stream>::serve_request(std::variant<RequestHead, Problem> read) {
  const CountGuard in_flight(environment_.requests_in_flight);
  Exchange exchange;
  std::optional<ClientGone> gone;
  if (auto* problem = std::get_if<Problem>(&read)) {
    exchange.context = environment_.handler.begin({});
    exchange.keep_alive = false;
    refuse(exchange, std::move(*problem));
  } else {
    exchange.context = environment_.handler.begin(std::move(std::get<RequestHead>(read)));
    const RequestHead& head = exchange.context.head;
    exchange.keep_alive = parser_->get().keep_alive() && !close_after_answer_;
    exchange.body_pending = head.announces_body();
    exchange.waits_for_continue = !head.http_1_0 && head.headers.find("Expect").has_value();
    gone = co_await make_response(exchange);
  }
  if (!gone && !co_await write_response(exchange)) gone = ClientGone{Phase::kSend};
  record(exchange, gone);
  if (gone) co_return false;
  if (exchange.keep_alive && exchange.body_pending) exchange.keep_alive = co_await discard_body(exchange);
  lingers_ = !exchange.keep_alive;
  co_return exchange.keep_alive;
}

template <class Stream>
awaitable<std::optional<ClientGone>> Session<Stream>::make_response(Exchange& exchange) {
  auto decision = environment_.handler.decide(exchange.context);
  if (auto* response = std::get_if<Response>(&decision)) {
    exchange.response = std::move(*response);
    if (exchange.response.close) exchange.keep_alive = false;
    // Nobody reads a large body, nor one that the client holds back, for an answer that is known.
    const std::uint64_t length = exchange.context.head.content_length.value_or(0);
    if (exchange.body_pending && (exchange.waits_for_continue || length > kMaxDiscardedBytes)) {
      exchange.keep_alive = false;
    }
  } else if (auto* video = std::get_if<VideoCall>(&decision); video != nullptr && video->is_upload()) {
    if (const auto gone = co_await handle_upload(exchange, std::move(*video))) co_return gone;
  } else {
    std::optional<CountGuard> in_flight;
    if (video == nullptr) in_flight.emplace(environment_.photos_in_flight);
    auto call = video != nullptr ? ComputeJob::Call(std::move(*video))
                                 : ComputeJob::Call(std::move(std::get<PhotoCall>(decision)));
    const auto gone = co_await handle_body(exchange, std::move(call));
    if (gone) co_return gone;
  }
  if (environment_.status.draining) exchange.keep_alive = false;
  co_return std::nullopt;
}

template <class Stream>
awaitable<bool> Session<Stream>::send_continue(const Exchange& exchange) {
  if (!exchange.waits_for_continue) co_return true;
  tcp().expires_after(environment_.options.stall_timeout);
  const auto [error, bytes] = co_await asio::async_write(stream_, asio::buffer(kContinue), kAwait);
  co_return !error;
}

// A queue that is full now will be no better for having read a body first, nor is one in which the
// photo's time would be over.
template <class Stream>
bool Session<Stream>::refuse_where_full(Exchange& exchange) {
  if (!environment_.pool.full() && expected_wait() <= environment_.options.request_timeout) return false;
  exchange.keep_alive = exchange.keep_alive && !exchange.waits_for_continue;
  refuse_busy(exchange, ProblemCode::kQueueFull);
  return true;
}

template <class Stream>
awaitable<std::optional<ClientGone>> Session<Stream>::handle_body(Exchange& exchange, ComputeJob::Call call) {
  if (refuse_where_full(exchange)) co_return std::nullopt;
  if (!co_await send_continue(exchange)) co_return ClientGone{Phase::kReceive};
  auto job = std::make_shared<ComputeJob>(stream_.get_executor(), std::move(call), environment_.budget);
  const BodyEnd end = co_await receive_body(exchange, *job);
  if (end == BodyEnd::kGone) co_return ClientGone{Phase::kReceive};
  if (end != BodyEnd::kComplete) {
    refuse_body(exchange, end, environment_.handler.body_too_large());
    co_return std::nullopt;
  }
  co_return co_await compute(exchange, std::move(job));
}

template <class Stream>
void Session<Stream>::refuse_body(Exchange& exchange, BodyEnd end, Problem too_large) {
  if (end == BodyEnd::kNoRoom) return refuse_busy(exchange, ProblemCode::kTooManyInFlight);
  exchange.keep_alive = false;
  if (end == BodyEnd::kTooSlow) refuse(exchange, {ProblemCode::kRequestTimeout, "the body took too long"});
  if (end == BodyEnd::kTooLarge) refuse(exchange, std::move(too_large));
  if (end == BodyEnd::kInvalid)
    refuse(exchange, {ProblemCode::kInvalidRequest, "the body's framing is broken"});
}

// The clip goes to its file as it comes in, and never lies in memory as a whole.
template <class Stream>
awaitable<std::optional<ClientGone>> Session<Stream>::handle_upload(Exchange& exchange, VideoCall call) {
  const VideoHandler& videos = environment_.handler.videos();
  const RequestHead& head = exchange.context.head;
  auto upload = videos.begin_upload(head.content_length.value_or(0));
  if (!upload) {
    exchange.keep_alive = false;
    refuse(exchange, std::move(upload.error()));
    co_return std::nullopt;
  }
  if (!co_await send_continue(exchange)) co_return ClientGone{Phase::kReceive};
  Bytes step(kStepBytes);
  std::uint64_t received = 0;
  std::optional<Error> fault;
  const auto prepare = [&](std::size_t bytes) { return std::span(step).first(std::min(bytes, step.size())); };
  const auto commit = [&](std::size_t bytes) -> std::optional<BodyEnd> {
    received += bytes;
    if (received > videos.max_bytes(call)) return BodyEnd::kTooLarge;
    if (auto kept = upload->file.append(ByteView(step).first(bytes)); !kept) {
      fault = std::move(kept.error());
      return BodyEnd::kInvalid;
    }
    return std::nullopt;
  };
  const BodyEnd end = co_await pump_body(head, prepare, commit);
  exchange.entry.received_bytes = received;
  exchange.body_pending = end != BodyEnd::kComplete;
  if (end == BodyEnd::kGone) co_return ClientGone{Phase::kReceive};
  if (end != BodyEnd::kComplete) {
    refuse_body(exchange, end, {ProblemCode::kTooManyBytes, ""});
    if (fault) refuse(exchange, video_problem_of(*fault));
    co_return std::nullopt;
  }
  const bool is_quick = call.is_quick();
  auto job = std::make_shared<ComputeJob>(stream_.get_executor(), std::move(call), environment_.budget);
  job->upload = std::move(*upload);
  if (!is_quick) co_return co_await compute(exchange, std::move(job));
  job->work(environment_.handler, Seconds(0), {});
  take_answer(exchange, *job);
  co_return std::nullopt;
}

template <class Stream>
awaitable<BodyEnd> Session<Stream>::receive_body(Exchange& exchange, ComputeJob& job) {
  const RequestHead& head = exchange.context.head;
  const Clock::time_point start = Clock::now();
  if (head.content_length) job.body.reserve(static_cast<std::size_t>(*head.content_length));
  const auto prepare = [&](std::size_t bytes) { return job.body.prepare(bytes); };
  // Counted as it comes: what a client announces and holds back takes nothing from others.
  const auto commit = [&](std::size_t bytes) -> std::optional<BodyEnd> {
    job.body.commit(bytes);
    if (job.body.size() > environment_.options.limits.max_bytes) return BodyEnd::kTooLarge;
    if (!job.memory.try_grow(bytes)) return BodyEnd::kNoRoom;
    return std::nullopt;
  };
  const BodyEnd end = co_await pump_body(head, prepare, commit);
  exchange.entry.received_bytes = job.body.size();
  exchange.body_pending = end != BodyEnd::kComplete;
  const Seconds duration = Clock::now() - start;
  exchange.entry.stages.emplace_back("receive", duration);
  if (end == BodyEnd::kComplete && job.is_photo()) environment_.metrics.stage_receive(duration);
  co_return end;
}

// `prepare(n)` gives room for n bytes at most; `commit(n)` says where no more may come. Both must outlive
// the call.
template <class Stream>
template <class Prepare, class Commit>
awaitable<BodyEnd> Session<Stream>::pump_body(const RequestHead& head, Prepare& prepare, Commit& commit) {
  if (head.chunked) co_return co_await pump_chunks(prepare, commit);
  std::uint64_t remaining = head.content_length.value_or(0);
  const Clock::time_point start = Clock::now();
  std::uint64_t received = 0;
  while (remaining > 0) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(remaining, kStepBytes));
    const std::span<std::uint8_t> room = prepare(step);
    std::size_t bytes = std::min(room.size(), buffer_.size());
    if (bytes > 0) {
      asio::buffer_copy(asio::buffer(room.data(), bytes), buffer_.data());
      buffer_.consume(bytes);
    } else {
      tcp().expires_never();
      const ReadDeadline deadline(tcp().socket(), environment_.options.stall_timeout);
      const auto [error, read] =
          co_await stream_.async_read_some(asio::buffer(room.data(), room.size()), kAwait);
      if (error) co_return deadline.passed() ? BodyEnd::kTooSlow : BodyEnd::kGone;
      bytes = read;
    }
    remaining -= bytes;
    received += bytes;
    if (const auto end = commit(bytes)) co_return *end;
    if (too_slow(start, received)) co_return BodyEnd::kTooSlow;
  }
  co_return BodyEnd::kComplete;
}

template <class Stream>
template <class Prepare, class Commit>
awaitable<BodyEnd> Session<Stream>::pump_chunks(Prepare& prepare, Commit& commit) {
  const Clock::time_point start = Clock::now();
  std::uint64_t received = 0;
  while (!parser_->is_done()) {
    const std::span<std::uint8_t> room = prepare(kChunkStepBytes);
    auto& body = parser_->get().body();
    body.data = room.data();
    body.size = room.size();
    tcp().expires_never();
    const ReadDeadline deadline(tcp().socket(), environment_.options.stall_timeout);
    const auto [error, read] = co_await http::async_read_some(stream_, buffer_, *parser_, kAwait);
    if (error && error != http::error::need_buffer) {
      if (deadline.passed()) co_return BodyEnd::kTooSlow;
      const bool is_http_error =
          error.category() == http::make_error_code(http::error::end_of_stream).category();
      co_return is_http_error&& error != http::error::partial_message ? BodyEnd::kInvalid : BodyEnd::kGone;
    }
    const std::size_t bytes = room.size() - body.size;
    received += bytes;
    if (const auto end = commit(bytes)) co_return *end;
    if (too_slow(start, received)) co_return BodyEnd::kTooSlow;
  }
  co_return BodyEnd::kComplete;
}

template <class Stream>
bool Session<Stream>::too_slow(Clock::time_point start, std::uint64_t received) const {
  const Seconds allowed =
      environment_.options.stall_timeout + Seconds(static_cast<double>(received) / kMinBytesPerSecond);
  return Clock::now() - start > allowed;
}

template <class Stream>
awaitable<std::optional<ClientGone>> Session<Stream>::compute(Exchange& exchange,
                                                              std::shared_ptr<ComputeJob> job) {
  job->queued_at = Clock::now();
  job->deadline = job->queued_at + environment_.options.request_timeout;
  const bool accepted =
      environment_.pool.submit(job->stop.get_token(), [job, &handler = environment_.handler] {
        const Seconds queue_time = Clock::now() - job->queued_at;
        job->work(handler, queue_time, StopCondition(job->deadline, job->stop.get_token()));
        asio::post(job->executor, [job] {
          job->done = true;
          job->wake.cancel();
        });
      });
  if (!accepted) {
    refuse_busy(exchange, ProblemCode::kQueueFull);
    co_return std::nullopt;
  }
  while (!job->done) {
    job->wake.expires_at(std::min(job->deadline, Clock::now() + kLookInterval));
    (void)co_await job->wake.async_wait(kAwait);
    if (job->done) break;
    const bool cut_short = environment_.cut_short;
    const bool late = Clock::now() >= job->deadline;
    const bool gone = peer_gone();
    if (!gone && !late && !cut_short) continue;
    job->stop.request_stop();
    if (gone) co_return ClientGone{Phase::kProcess};
    refuse(exchange, late ? Problem{ProblemCode::kDeadlineExceeded, "the time allowed for this photo is over"}
                          : Problem{ProblemCode::kDraining, ""});
    co_return std::nullopt;
  }
  const Seconds processing = Clock::now() - job->queued_at;
  take_answer(exchange, *job);
  if (exchange.facts) {
    environment_.metrics.photo_done(exchange.context.route, *exchange.facts, processing);
    const double seconds = (processing - exchange.facts->queue).count();
    constexpr double kNewShare = 0.1;
    environment_.photo_seconds = (1 - kNewShare) * environment_.photo_seconds + kNewShare * seconds;
  }
  co_return std::nullopt;
}

template <class Stream>
void Session<Stream>::take_answer(Exchange& exchange, ComputeJob& job) {
  exchange.response = std::move(job.answer.response);
  exchange.facts = std::move(job.answer.facts);
  exchange.answer_memory = ByteBudget::Reservation(environment_.budget);
  exchange.answer_memory.grow(exchange.response.body.view().size());
  if (job.answer.fault.empty()) return;
  environment_.log.event(LogLevel::kError, "fault",
                         {{"id", exchange.context.id}, {"what", job.answer.fault}});
}

template <class Stream>
awaitable<bool> Session<Stream>::discard_body(Exchange& exchange) {
  std::array<std::uint8_t, kChunkStepBytes> scratch;
  std::size_t discarded = 0;
  const auto prepare = [&](std::size_t bytes) {
    return std::span<std::uint8_t>(scratch).first(std::min(bytes, scratch.size()));
  };
  const auto commit = [&](std::size_t bytes) -> std::optional<BodyEnd> {
    discarded += bytes;
    if (discarded > exchange.discard_limit) return BodyEnd::kTooLarge;
    return std::nullopt;
  };
  RequestHead rest = exchange.context.head;
  if (rest.content_length) *rest.content_length -= exchange.entry.received_bytes;
  const BodyEnd end = co_await pump_body(rest, prepare, commit);
  co_return end == BodyEnd::kComplete;
}

template <class Stream>
void Session<Stream>::refuse(Exchange& exchange, Problem problem) {
  exchange.response = problem_response(problem, exchange.context.id);
}

// Such answers are many when there is load, and their clients are welcome to come back: the
// connection stays, and the body that is under way is read past.
template <class Stream>
void Session<Stream>::refuse_busy(Exchange& exchange, ProblemCode code) {
  refuse(exchange, {code, "try again after the time in Retry-After"});
  exchange.response.headers.add("Retry-After", retry_after());
  exchange.discard_limit = environment_.options.limits.max_bytes;
}

template <class Stream>
Seconds Session<Stream>::expected_wait() const {
  const auto waiting = static_cast<double>(environment_.pool.load().queue_depth);
  return Seconds(waiting * environment_.photo_seconds / environment_.pool.threads());
}

template <class Stream>
std::string Session<Stream>::retry_after() const {
  const double seconds = std::clamp(std::ceil(expected_wait().count()), 1.0, kMaxRetrySeconds);
  return std::to_string(static_cast<int>(seconds));
}

template <class Stream>
awaitable<bool> Session<Stream>::write(asio::const_buffer step) {
  tcp().expires_after(environment_.options.stall_timeout);
  const auto [error, bytes] = co_await asio::async_write(stream_, step, kAwait);
  if (error == beast::error::timeout) environment_.metrics.rejected(Rejection::kSlowClient);
  co_return !error;
}

template <class Stream>
awaitable<bool> Session<Stream>::write_response(Exchange& exchange) {
  const Clock::time_point start = Clock::now();
  environment_.handler.finish(exchange.context, exchange.response);
  const std::string date = current_date();
  const Response& response = exchange.response;
  if (response.stream) exchange.keep_alive = false;
  std::string head = serialize_head(response, {exchange.keep_alive, date});
  const bool has_body = exchange.context.head.method != Method::kHead;
  const bool is_memory = has_body && !response.reader && !response.stream;
  const bool written =
      co_await write_bytes(exchange, std::move(head), is_memory ? response.body.view() : ByteView());
  if (!written) co_return false;
  if (has_body && response.reader && !co_await write_from_reader(exchange, *response.reader)) co_return false;
  if (has_body && response.stream && !co_await write_stream(exchange, response.stream)) co_return false;
  const Seconds duration = Clock::now() - start;
  exchange.entry.stages.emplace_back("send", duration);
  if (exchange.facts) environment_.metrics.stage_send(duration);
  co_return true;
}

// The body's beginning goes with the head. One buffer at a time: where the first of several is
// empty, as Asio makes it once it is sent, Beast's TLS stream takes it for the end of all.
template <class Stream>
awaitable<bool> Session<Stream>::write_bytes(Exchange& exchange, std::string head, ByteView body) {
  std::size_t of_body = std::min(body.size(), kSentWithHead);
  head.append(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(of_body));
  asio::const_buffer step = asio::buffer(head);
  while (true) {
    if (!co_await write(step)) co_return false;
    exchange.entry.sent_bytes += of_body;
    body = body.subspan(of_body);
    if (body.empty()) co_return true;
    of_body = std::min(body.size(), kStepBytes);
    step = asio::buffer(body.data(), of_body);
  }
}

template <class Stream>
awaitable<bool> Session<Stream>::write_from_reader(Exchange& exchange, const BodyReader& reader) {
  Bytes step(static_cast<std::size_t>(std::min<std::uint64_t>(reader.size_bytes, kStepBytes)));
  for (std::uint64_t offset = 0; offset < reader.size_bytes;) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(step.size(), reader.size_bytes - offset));
    if (reader.read(offset, std::span(step).first(wanted)) < wanted) co_return false;
    if (!co_await write(asio::buffer(step.data(), wanted))) co_return false;
    offset += wanted;
    exchange.entry.sent_bytes += wanted;
  }
  co_return true;
}

template <class Stream>
awaitable<bool> Session<Stream>::write_stream(Exchange& exchange, const BodyStream& stream) {
  asio::steady_timer timer(tcp().get_executor());
  Clock::time_point last = Clock::now();
  while (auto text = stream()) {
    // Proxies take a connection on which nothing comes for dead.
    if (text->empty() && Clock::now() - last > kStreamSilence) *text = ":\n\n";
    if (!text->empty()) {
      if (!co_await write(asio::buffer(*text))) co_return false;
      exchange.entry.sent_bytes += text->size();
      last = Clock::now();
    }
    if (environment_.cut_short || peer_gone()) co_return false;
    timer.expires_after(kStreamLook);
    (void)co_await timer.async_wait(kAwait);
  }
  co_return true;
}

template <class Stream>
void Session<Stream>::record(Exchange& exchange, std::optional<ClientGone> gone) {
  Metrics& metrics = environment_.metrics;
  const RequestContext& context = exchange.context;
  RequestLogEntry& entry = exchange.entry;
  entry.context = &context;
  entry.total = Clock::now() - exchange.start;
  entry.status = gone && gone->phase != Phase::kSend ? 0 : exchange.response.status;
  entry.problem_code = exchange.response.problem_code;
  if (exchange.facts) {
    entry.faces = exchange.facts->scores.size();
    const Timings& timings = exchange.facts->timings;
    const auto send = entry.stages.size() > 1 ? entry.stages.end() - 1 : entry.stages.end();
    entry.stages.insert(send, {{"queue", exchange.facts->queue},
                               {"decode", timings.decode},
                               {"detect", timings.detect},
                               {"match", timings.match},
                               {"redact", timings.redact},
                               {"encode", timings.encode}});
  }
  metrics.received(entry.received_bytes);
  metrics.sent(entry.sent_bytes);
  if (gone) metrics.cancelled(gone->phase);
  if (entry.status != 0) {
    metrics.request_done(context.route, context.head.method, entry.status, entry.total);
    if (!entry.problem_code.empty()) {
      metrics.problem(entry.problem_code);
      if (const auto reason = rejection_of(entry.problem_code)) metrics.rejected(*reason);
    }
  }
  environment_.log.request(entry);
}

template <class Stream>
awaitable<void> Session<Stream>::linger() {
  if constexpr (kTls) {
    tcp().expires_after(kLinger);
    (void)co_await stream_.async_shutdown(kAwait);
  }
  ErrorCodeOf ignored;
  tcp().socket().shutdown(tcp::socket::shutdown_send, ignored);
  std::array<std::uint8_t, kIdleReadBytes> scratch;
  tcp().expires_after(kLinger);
  while (true) {
    const auto [error, bytes] = co_await tcp().async_read_some(asio::buffer(scratch), kAwait);
    if (error) co_return;
  }
}

template <class Stream>
awaitable<void> run_session(Stream stream, bool on_metrics_listener, SessionEnvironment& environment) {
  Session<Stream> session(std::move(stream), on_metrics_listener, environment);
  co_await session.run();
}

}  // namespace

void start_session(tcp::socket socket, asio::ssl::context* tls, bool on_metrics_listener,
                   SessionEnvironment& environment) {
  ErrorCodeOf ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto executor = socket.get_executor();
  const auto when_done = [&environment](const std::exception_ptr& failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      environment.log.event(LogLevel::kError, "fault", {{"what", error.what()}});
    }
  };
  beast::tcp_stream stream(std::move(socket));
  if (tls != nullptr) {
    asio::co_spawn(executor,
                   run_session(beast::ssl_stream<beast::tcp_stream>(std::move(stream), *tls),
                               on_metrics_listener, environment),
                   when_done);
  } else {
    asio::co_spawn(executor, run_session(std::move(stream), on_metrics_listener, environment), when_done);
  }
}

}  // namespace face_privacy
