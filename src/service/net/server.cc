#include "service/net/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <csignal>
#include <memory>
#include <thread>
#include <tuple>
#include <utility>

#include "service/admission/memory_gate.h"
#include "service/api/embedded.h"
#include "service/api/photo_pipeline.h"
#include "service/api/sight.h"
#include "service/net/connection.h"
#include "service/net/session.h"

namespace face_privacy {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using ErrorCodeOf = boost::system::error_code;

constexpr int kCoresPerNetworkThread = 8;          // one core moves the photos of about ten
constexpr std::size_t kWaitingForEachThread = 32;  // a second or two of work
constexpr std::uint64_t kLeastWorkingBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kBytesForEachThread = std::uint64_t{192} << 20;  // 12 megapixels as AVIF to PNG
constexpr std::chrono::seconds kWaitForMemory{2};
constexpr std::size_t kOtherFiles = 64;                 // descriptors that are no connection
constexpr std::chrono::milliseconds kAcceptPause{100};  // where there are no descriptors left
constexpr std::chrono::milliseconds kDrainLook{10};
constexpr std::chrono::seconds kCutShortGrace{2};       // for the answers that say so
constexpr std::chrono::milliseconds kLookAgain{5'000};  // after a look that found too little
constexpr std::chrono::hours kPurgeInterval{1};
constexpr int kFeedbackThreads = 8;  // they wait, for a disk or for a bucket
constexpr std::size_t kFeedbackQueue = 64;
constexpr std::chrono::seconds kLetGoInterval{1};  // of held photos
constexpr int kStuckFactor = 10;                   // of the request timeout: that long no photo takes

// The pages' scripts and styles come from this server alone. Swagger UI sets style attributes and
// shows its icons as data URLs.
constexpr const char* kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'";
constexpr const char* kDocsPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

tl::unexpected<Error> fail_start(std::string message) { return fail(ErrorCode::kIo, std::move(message)); }

ServeOptions resolved(ServeOptions options) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (options.threads <= 0) options.threads = cores;
  if (options.network_threads <= 0) options.network_threads = std::max(1, cores / kCoresPerNetworkThread);
  if (!options.queue_capacity)
    options.queue_capacity = kWaitingForEachThread * static_cast<std::size_t>(options.threads);
  if (options.max_working_bytes == 0) {
    options.max_working_bytes =
        std::max(kLeastWorkingBytes, kBytesForEachThread * static_cast<std::uint64_t>(options.threads));
  }
  if (options.video_threads <= 0) options.video_threads = std::max(1, options.threads - 1);
  options.max_video_bytes = std::min(options.max_video_bytes, options.video_bytes);
  // A file cannot outgrow the room that there is for all.
  options.video_worker_limits.file_bytes = options.video_bytes;
  if (options.metrics_host.empty()) options.metrics_host = options.host;
  return options;
}

// As many descriptors as the system lets this process have; fewer connections where that is less.
void make_room_for_connections(ServeOptions& options) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = options.max_connections + kOtherFiles;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  const std::size_t available = limit.rlim_cur > 2 * kOtherFiles ? limit.rlim_cur - kOtherFiles : kOtherFiles;
  options.max_connections = std::min<std::size_t>(options.max_connections, available);
}

Result<std::unique_ptr<asio::ssl::context>> load_tls(const ServeOptions& options) {
  if (options.tls_certificate_file.empty() && options.tls_key_file.empty()) return nullptr;
  if (options.tls_certificate_file.empty() || options.tls_key_file.empty()) {
    return fail(ErrorCode::kInvalidOption, "TLS needs both a certificate and a key");
  }
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_compression);
  // Of TLS 1.2 what has forward secrecy and authenticates what it encrypts; of TLS 1.3 all has.
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context->native_handle(), "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
    return fail_start("TLS lacks the ciphers that are needed");
  }
  ErrorCodeOf error;
  context->use_certificate_chain_file(options.tls_certificate_file, error);
  if (error)
    return fail_start("the TLS certificate " + options.tls_certificate_file +
                      " cannot be used: " + error.message());
  context->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
  if (error) return fail_start("the TLS key " + options.tls_key_file + " cannot be used: " + error.message());
  return context;
}

std::string url_of(const tcp::endpoint& endpoint, bool tls) {
  const std::string address = endpoint.address().to_string();
  const std::string host = endpoint.address().is_v6() ? "[" + address + "]" : address;
  return std::string(tls ? "https" : "http") + "://" + host + ":" + std::to_string(endpoint.port());
}

Result<std::unique_ptr<tcp::acceptor>> listen(asio::io_context& context, const std::string& host,
                                              std::uint16_t port) {
  const auto cannot = [&](const ErrorCodeOf& error) {
    return fail_start("cannot listen on " + host + " port " + std::to_string(port) + ": " + error.message());
  };
  ErrorCodeOf error;
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error) return cannot(error);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  auto acceptor = std::make_unique<tcp::acceptor>(context);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(tcp::acceptor::max_listen_connections, error);
  if (error) return cannot(error);
  return acceptor;
}

const char* compiler_name() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

class Server {
 public:
  using StartWorkers = decltype(ModelUpdates::Settings::start);
  Server(ServeOptions options, const std::shared_ptr<ServingWorkers>& serving, StartWorkers start_workers,
         std::unique_ptr<Spool> spool, std::shared_ptr<FeedbackStore> feedback, StaticFiles page,
         StaticFiles docs, ApiKeys keys, std::unique_ptr<asio::ssl::context> tls);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void worker_ended(const WorkerEvent& event) { metrics_.worker_ended(event); }
  Result<Listening> open();
  Result<ServeEnd> run();

 private:
  VideoJobs::Settings video_settings();
  Result<IssuedReceipt> signed_receipt(const RenderedClip& clip) const;
  FeedbackHandler::Settings feedback_settings(std::shared_ptr<FeedbackStore> store);
  HandlerSettings handler_settings(std::shared_ptr<FeedbackStore> feedback, StaticFiles page,
                                   StaticFiles docs, ApiKeys keys);
  MetricsSettings metrics_settings() const;
  std::unique_ptr<ModelUpdates> updates(const std::shared_ptr<ServingWorkers>& serving, StartWorkers start);
  std::string metrics_text();
  bool stuck() const;
  awaitable<void> accept(tcp::acceptor& acceptor, bool for_metrics);
  asio::io_context& next_context();
  void run(asio::io_context& context);
  awaitable<void> live();
  awaitable<void> watch_stdin(asio::signal_set& signals);
  awaitable<ServeEnd> drain(asio::signal_set& signals);
  awaitable<bool> wait_until_idle(Clock::time_point deadline, const bool& give_up);
  void warm_up();
  void pulled(const PullOutcome& outcome);
  awaitable<void> pull_on_hangup();
  awaitable<void> watch_sight();
  awaitable<void> purge_feedback();
  awaitable<void> let_go_of_photos();
  void look_once();
  void stop();

  const ServeOptions options_;
  const PhotoPipeline pipeline_;
  const std::unique_ptr<asio::ssl::context> tls_;
  ServiceStatus status_;
  ByteBudget budget_;
  Log log_;
  Metrics metrics_;
  std::unique_ptr<ComputePool> pool_;
  std::unique_ptr<ComputePool> feedback_pool_;  // null: no reports are taken
  std::stop_source end_of_purge_;
  const std::unique_ptr<VideoJobs> videos_;
  const std::unique_ptr<ModelUpdates> updates_;  // null: weights stay what they are
  const RequestHandler handler_;
  SessionEnvironment environment_;
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::size_t next_context_ = 0;
  std::unique_ptr<tcp::acceptor> api_acceptor_;
  std::unique_ptr<tcp::acceptor> metrics_acceptor_;
  std::optional<Error> warm_up_failure_;
  std::atomic<bool> warmed_up_{false};
  std::atomic<bool> looking_{false};
  std::atomic<bool> sees_{true};
  ServeEnd end_ = ServeEnd::kDrained;
};

Server::Server(ServeOptions options, const std::shared_ptr<ServingWorkers>& serving,
               StartWorkers start_workers, std::unique_ptr<Spool> spool,
               std::shared_ptr<FeedbackStore> feedback, StaticFiles page, StaticFiles docs, ApiKeys keys,
               std::unique_ptr<asio::ssl::context> tls)
    : options_(std::move(options)),
      pipeline_(make_photo_pipeline(serving)),
      tls_(std::move(tls)),
      budget_(options_.max_in_flight_bytes),
      log_(options_.log_level),
      metrics_(metrics_settings()),
      pool_(std::make_unique<ComputePool>(options_.threads, *options_.queue_capacity)),
      feedback_pool_(feedback ? std::make_unique<ComputePool>(kFeedbackThreads, kFeedbackQueue) : nullptr),
      videos_(std::make_unique<VideoJobs>(video_settings(), std::move(spool), make_clip_work(serving))),
      updates_(updates(serving, std::move(start_workers))),
      handler_(handler_settings(std::move(feedback), std::move(page), std::move(docs), std::move(keys))),
      environment_{options_, handler_, metrics_, log_, *pool_, feedback_pool_.get(), budget_, status_} {
  for (int i = 0; i < options_.network_threads; ++i)
    contexts_.push_back(std::make_unique<asio::io_context>(1));
}

// Compute ends while the network's executors are there to post to; then what the network holds ends
// while what it points to is there.
Server::~Server() {
  end_of_purge_.request_stop();
  pool_.reset();
  feedback_pool_.reset();
  api_acceptor_.reset();
  metrics_acceptor_.reset();
  contexts_.clear();
}

VideoJobs::Settings Server::video_settings() {
  VideoJobs::Settings settings;
  settings.max_jobs = options_.video_jobs;
  settings.time_to_live = options_.video_time_to_live;
  settings.lanes = options_.video_threads;
  settings.on_event = [this](const VideoEvent& event) { metrics_.video_happened(event); };
  settings.sign = [this](const RenderedClip& clip) { return signed_receipt(clip); };
  return settings;
}

Result<IssuedReceipt> Server::signed_receipt(const RenderedClip& clip) const {
  return issue_receipt(
      ClipReceiptSubject{clip.options, *clip.result.checks, clip.clip.origin, clip.result.second_model,
                         clip.result.recognizer, clip.reviewed, clip.options.detect, clip.result.container,
                         clip.clip.shown, clip.result.covered_frames, clip.result.damaged_frames, clip.input,
                         clip.output, FACE_PRIVACY_VERSION},
      *options_.receipts.signing, std::chrono::system_clock::now());
}

FeedbackHandler::Settings Server::feedback_settings(std::shared_ptr<FeedbackStore> store) {
  FeedbackHandler::Settings settings;
  settings.store = std::move(store);
  settings.per_minute = options_.feedback_per_minute;
  settings.keep_days = options_.feedback_limits.keep_days;
  settings.keep_crop_days = options_.feedback_limits.keep_crop_days;
  settings.seal = options_.feedback_seal;
  settings.pipeline = pipeline_;
  settings.default_min_score = [this](Profile profile) {
    return options_.detection.min_score.value_or(pipeline_.default_min_score(profile));
  };
  settings.on_event = [this](const FeedbackEvent& event) {
    metrics_.feedback_happened(event);
    if (!event.reason.empty()) log_.event(LogLevel::kError, "feedback", {{"what", event.reason}});
  };
  return settings;
}

HandlerSettings Server::handler_settings(std::shared_ptr<FeedbackStore> feedback, StaticFiles page,
                                         StaticFiles docs, ApiKeys keys) {
  HandlerSettings settings;
  settings.feedback = feedback_settings(std::move(feedback));
  settings.pipeline = pipeline_;
  settings.detection = options_.detection;
  settings.hold = {.life = options_.hold_photos, .max_bytes = options_.hold_bytes};
  settings.max_body_bytes = options_.limits.max_bytes;
  settings.videos = videos_.get();
  settings.max_clip_bytes = options_.max_video_bytes;
  settings.keys = std::move(keys);
  settings.receipts = options_.receipts;
  settings.noise_key = options_.noise_key;
  settings.cors_origins = options_.cors_origins;
  settings.page = std::move(page);
  settings.docs = std::move(docs);
  settings.metrics_with_api = !options_.metrics_port.has_value();
  settings.tls = tls_ != nullptr;
  settings.version = FACE_PRIVACY_VERSION;
  settings.metrics_text = [this] { return metrics_text(); };
  settings.stuck = [this] { return stuck(); };
  settings.status = &status_;
  return settings;
}

MetricsSettings Server::metrics_settings() const {
  MetricsSettings settings;
  settings.version = FACE_PRIVACY_VERSION;
  settings.compiler = compiler_name();
  settings.model = pipeline_.model();
  settings.pull_results = pull_results();
  for (const Profile profile : {Profile::kFast, Profile::kBalanced, Profile::kThorough}) {
    settings.default_min_scores.emplace_back(
        profile, options_.detection.min_score.value_or(pipeline_.default_min_score(profile)));
  }
  settings.in_flight_limit_bytes = options_.max_in_flight_bytes;
  settings.queue_capacity = *options_.queue_capacity;
  settings.compute_threads = options_.threads;
  settings.connections_limit = options_.max_connections;
  if (options_.hold_photos.count() > 0) settings.held_limit_bytes = options_.hold_bytes;
  if (!options_.feedback.name.empty()) settings.feedback_limit_bytes = options_.feedback_limits.max_bytes;
  settings.video_jobs_limit = options_.video_jobs;
  settings.video_spool_limit_bytes = options_.video_bytes;
  return settings;
}

std::unique_ptr<ModelUpdates> Server::updates(const std::shared_ptr<ServingWorkers>& serving,
                                              StartWorkers start) {
  if (!options_.model_source) return nullptr;
  return std::make_unique<ModelUpdates>(
      ModelUpdates::Settings{*options_.model_source, serving, std::move(start),
                             [this](const PullOutcome& outcome) { pulled(outcome); }});
}

std::string Server::metrics_text() {
  const ComputePool::Load load = pool_->load();
  MetricsSnapshot snapshot;
  snapshot.requests_in_flight = environment_.photos_in_flight;
  snapshot.in_flight_bytes = budget_.used_bytes();
  snapshot.queue_depth = load.queue_depth;
  snapshot.compute_busy_threads = load.busy_threads;
  snapshot.compute_time = load.busy_time;
  snapshot.connections_open = environment_.connections_open;
  snapshot.videos = videos_->load();
  snapshot.feedback = handler_.feedback().load();
  snapshot.held = handler_.held_photos().load();
  snapshot.draining = status_.draining;
  snapshot.ready = status_.ready && !status_.draining && !stuck();
  return metrics_.expose(snapshot);
}

bool Server::stuck() const { return pool_->load().longest_run > kStuckFactor * options_.request_timeout; }

Result<Listening> Server::open() {
  auto api = listen(*contexts_.front(), options_.host, options_.port);
  if (!api) return fail(api);
  api_acceptor_ = std::move(*api);
  Listening listening;
  listening.api_url = url_of(api_acceptor_->local_endpoint(), tls_ != nullptr);
  listening.metrics_url = listening.api_url;
  if (options_.metrics_port) {
    auto metrics = listen(*contexts_.front(), options_.metrics_host, *options_.metrics_port);
    if (!metrics) return fail(metrics);
    metrics_acceptor_ = std::move(*metrics);
    listening.metrics_url = url_of(metrics_acceptor_->local_endpoint(), false);
  }
  return listening;
}

Result<ServeEnd> Server::run() {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of the log that went away is no reason to end
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  guards.reserve(contexts_.size());
  for (const auto& context : contexts_) guards.emplace_back(context->get_executor());
  asio::io_context& main_context = *contexts_.front();
  asio::co_spawn(main_context, accept(*api_acceptor_, false), asio::detached);
  if (metrics_acceptor_) asio::co_spawn(main_context, accept(*metrics_acceptor_, true), asio::detached);
  asio::co_spawn(main_context, live(), asio::detached);
  asio::co_spawn(main_context, watch_sight(), asio::detached);
  if (handler_.feedback().is_there()) asio::co_spawn(main_context, purge_feedback(), asio::detached);
  if (handler_.held_photos().is_on()) asio::co_spawn(main_context, let_go_of_photos(), asio::detached);
  if (updates_) asio::co_spawn(main_context, pull_on_hangup(), asio::detached);
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < contexts_.size(); ++i) {
    threads.emplace_back([this, &context = *contexts_[i]] { run(context); });
  }
  threads.emplace_back([this] { warm_up(); });
  run(main_context);
  threads.clear();
  if (warm_up_failure_) return tl::unexpected(*warm_up_failure_);
  return end_;
}

// What a library throws at one connection's bytes costs that connection.
void Server::run(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& fault) {
      log_.event(LogLevel::kError, "fault", {{"what", fault.what()}});
    }
  }
}

// A model that fails should do so before it is sent a photo.
void Server::warm_up() {
  if (const auto sees = check_sight(pipeline_); !sees) warm_up_failure_ = sees.error();
  if (warm_up_failure_) {
    warm_up_failure_->message = "the first photo failed: " + warm_up_failure_->message;
    asio::post(*contexts_.front(), [this] { stop(); });
    return;
  }
  if (updates_) updates_->pull();
  warmed_up_ = true;
  status_.ready = true;
  const ModelInfo model = pipeline_.model();
  log_.event(LogLevel::kInfo, "ready", {{"model", model.name}, {"engine", model.engine}});
}

void Server::pulled(const PullOutcome& outcome) {
  metrics_.pulled(outcome.result, outcome.succeeded(), outcome.model);
  log_.event(outcome.succeeded() ? LogLevel::kInfo : LogLevel::kError,
             outcome.succeeded() ? "weights pulled" : "weights not pulled, the old ones serve",
             {{"result", std::string(outcome.result)},
              {"reason", outcome.message},
              {"model", outcome.model.name},
              {"sha256", outcome.model.sha256}});
}

awaitable<void> Server::pull_on_hangup() {
  asio::signal_set signals(*contexts_.front(), SIGHUP);
  while (true) {
    const auto [error, signal] = co_await signals.async_wait(kAwait);
    if (error) co_return;
    updates_->ask();
  }
}

// Memory may be damaged while the service runs, and a network that finds nobody answers every photo with
// 200. The look takes its turn among the photos; where none can be had, the next one comes soon.
awaitable<void> Server::watch_sight() {
  asio::steady_timer timer(*contexts_.front());
  while (true) {
    timer.expires_after(sees_ ? options_.sight_interval : std::min(kLookAgain, options_.sight_interval));
    (void)co_await timer.async_wait(kAwait);
    if (!warmed_up_ || looking_) continue;
    looking_ = true;
    const bool queued = pool_->submit({}, [this] {
      look_once();
      looking_ = false;
    });
    if (!queued) looking_ = false;
  }
}

// What is too old goes at the start and each hour; it takes its turn among what is asked about reports.
awaitable<void> Server::purge_feedback() {
  asio::steady_timer timer(*contexts_.front());
  while (true) {
    (void)feedback_pool_->submit(end_of_purge_.get_token(), [this] {
      handler_.feedback().purge(StopCondition({}, end_of_purge_.get_token()));
    });
    timer.expires_after(kPurgeInterval);
    (void)co_await timer.async_wait(kAwait);
  }
}

// So that the last one goes in time, too, when nobody asks for any.
awaitable<void> Server::let_go_of_photos() {
  asio::steady_timer timer(*contexts_.front());
  while (true) {
    handler_.held_photos().purge(HeldPhotos::Clock::now());
    timer.expires_after(kLetGoInterval);
    (void)co_await timer.async_wait(kAwait);
  }
}

void Server::look_once() {
  const auto outcome = check_sight(pipeline_);
  metrics_.looked(outcome.has_value());
  if (outcome.has_value() != sees_) {
    log_.event(outcome ? LogLevel::kInfo : LogLevel::kError, outcome ? "sees again" : "does not see",
               {{"reason", outcome ? "" : outcome.error().message}});
  }
  sees_ = outcome.has_value();
  status_.ready = sees_.load();
}

void Server::stop() {
  if (updates_) updates_->stop();
  for (const auto& context : contexts_) context->stop();
}

asio::io_context& Server::next_context() { return *contexts_[next_context_++ % contexts_.size()]; }

awaitable<void> Server::accept(tcp::acceptor& acceptor, bool for_metrics) {
  asio::steady_timer pause(acceptor.get_executor());
  while (true) {
    tcp::socket socket(next_context());
    const auto [error] = co_await acceptor.async_accept(socket, kAwait);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      pause.expires_after(kAcceptPause);
      (void)co_await pause.async_wait(kAwait);
      continue;
    }
    metrics_.connection_accepted();
    if (!for_metrics && environment_.connections_open >= options_.max_connections) {
      metrics_.rejected(Rejection::kConnectionLimit);
      continue;
    }
    start_session(std::move(socket), for_metrics ? nullptr : tls_.get(), for_metrics, environment_);
  }
}

awaitable<void> Server::live() {
  asio::signal_set signals(*contexts_.front(), SIGTERM, SIGINT);
  if (options_.ends_with_stdin) asio::co_spawn(*contexts_.front(), watch_stdin(signals), asio::detached);
  (void)co_await signals.async_wait(kAwait);
  end_ = co_await drain(signals);
  log_.event(LogLevel::kInfo, "stopped", {{"end", end_ == ServeEnd::kDrained ? "drained" : "cut short"}});
  stop();
}

// A pipe's end comes however the other side ends, SIGKILL included. What is written into it is thrown away.
awaitable<void> Server::watch_stdin(asio::signal_set& signals) {
  asio::posix::stream_descriptor input(*contexts_.front());
  ErrorCodeOf error;
  input.assign(::dup(STDIN_FILENO), error);
  std::array<char, 256> thrown_away{};
  while (!error)
    std::tie(error, std::ignore) = co_await input.async_read_some(asio::buffer(thrown_away), kAwait);
  signals.cancel();
}

// Connections are still accepted, so that /readyz can say why nothing else works.
awaitable<ServeEnd> Server::drain(asio::signal_set& signals) {
  status_.draining = true;
  videos_->stop();  // a clip may take longer than anybody waits for the end
  handler_.held_photos().clear();
  log_.event(LogLevel::kInfo, "draining", {{"in_flight", std::to_string(environment_.requests_in_flight)}});
  bool again = false;
  signals.async_wait([&again](const ErrorCodeOf& error, int) {
    if (!error) again = true;
  });
  const bool idle = co_await wait_until_idle(Clock::now() + options_.drain_timeout, again);
  if (!idle) {
    environment_.cut_short = true;
    const bool never = false;
    co_await wait_until_idle(Clock::now() + kCutShortGrace, never);
  }
  signals.cancel();
  asio::steady_timer turn(*contexts_.front(), Clock::duration::zero());
  (void)co_await turn.async_wait(kAwait);  // the cancelled wait must be over before `again` is
  co_return idle ? ServeEnd::kDrained : ServeEnd::kCutShort;
}

awaitable<bool> Server::wait_until_idle(Clock::time_point deadline, const bool& give_up) {
  asio::steady_timer timer(*contexts_.front());
  while (environment_.requests_in_flight > 0) {
    if (give_up || Clock::now() >= deadline) co_return false;
    timer.expires_after(kDrainLook);
    (void)co_await timer.async_wait(kAwait);
  }
  co_return true;
}

Result<StaticFiles> load_files(const std::string& folder, const char* policy) {
  if (folder.empty()) return StaticFiles();
  return StaticFiles::load(folder, policy);
}

// Told when a worker ended, by whichever set of workers.
using WorkerListener = std::function<void(const WorkerEvent&)>;

// Null where no reports are taken.
Result<std::shared_ptr<FeedbackStore>> open_feedback(const ServeOptions& options) {
  if (options.feedback.name.empty()) return nullptr;
  auto store = open_feedback_store(options.feedback, options.feedback_limits);
  if (!store) return fail(store.error().code, options.feedback.name + ": " + store.error().message);
  return std::shared_ptr<FeedbackStore>(std::move(*store));
}

// Makes sets of workers that share what is there once.
class WorkerSets {
 public:
  WorkerSets(const ServeOptions& options, Detector::Settings detector, WorkerListener on_end)
      : options_(options),
        detector_(std::move(detector)),
        on_end_(std::move(on_end)),
        gate_(std::make_shared<MemoryGate>(options.max_working_bytes, kWaitForMemory)) {}

  Result<WorkerSet> start() const { return start(detector_, nullptr); }
  Result<WorkerSet> start(const std::shared_ptr<const WeightsInMemory>& weights, const std::string& name,
                          const std::string& sha256) const {
    Detector::Settings detector = detector_;
    detector.model_path = weights->weights_path();
    detector.ranges_path = weights->ranges_path();
    detector.expected_sha256 = sha256;
    detector.name = name;
    return start(detector, weights);
  }

 private:
  Result<WorkerSet> start(const Detector::Settings& detector,
                          const std::shared_ptr<const WeightsInMemory>& weights) const {
    const PhotoWorkers::Settings settings = photo_settings(detector, weights);
    auto photos = PhotoWorkers::start(settings);
    if (!photos) return fail(photos);
    photos->observe(on_end_);
    WorkerSet set;
    set.photos = std::make_shared<const PhotoWorkers>(std::move(*photos));
    set.people = people_workers(settings);
    set.clips = std::make_shared<ClipWorkers>(ClipWorkers::Settings{
        detector, options_.video_worker_limits, 1, weights, {}, options_.second_detector});
    set.clips->observe(on_end_);
    set.people_in_clips = people_in_clips(detector, weights);
    return set;
  }

  PhotoWorkers::Settings photo_settings(const Detector::Settings& detector,
                                        const std::shared_ptr<const WeightsInMemory>& weights) const {
    PhotoWorkers::Settings settings;
    const ByteView warm_up = embedded_warm_up_photo();
    settings.photos = {detector, options_.limits, {warm_up.begin(), warm_up.end()}};
    settings.photos.second_detector = options_.second_detector;
    settings.limits = options_.worker_limits;
    settings.spares = options_.threads;
    settings.enter = [gate = gate_](std::uint64_t bytes,
                                    const StopCondition& stop) -> Result<std::shared_ptr<void>> {
      auto place = gate->enter(bytes, stop);
      if (!place) return fail(place);
      return std::make_shared<MemoryGate::Place>(std::move(*place));
    };
    settings.weights = weights;
    return settings;
  }

  // The same, which load the recognizer when they are needed; null where there is none.
  std::shared_ptr<PeopleWorkers> people_workers(PhotoWorkers::Settings settings) const {
    if (!options_.recognizer) return nullptr;
    settings.photos.recognizer = options_.recognizer;
    auto people = std::make_shared<PeopleWorkers>(std::move(settings));
    people->observe(on_end_);
    return people;
  }

  std::shared_ptr<ClipWorkers> people_in_clips(const Detector::Settings& detector,
                                               const std::shared_ptr<const WeightsInMemory>& weights) const {
    if (!options_.recognizer) return nullptr;
    auto clips = std::make_shared<ClipWorkers>(ClipWorkers::Settings{
        detector, options_.video_worker_limits, 1, weights, options_.recognizer, options_.second_detector});
    clips->observe(on_end_);
    return clips;
  }

  const ServeOptions options_;
  const Detector::Settings detector_;
  const WorkerListener on_end_;
  const std::shared_ptr<MemoryGate> gate_;  // of all sets together
};

}  // namespace

Result<ServeEnd> serve(const ServeOptions& wanted, const Detector::Settings& detector,
                       const std::function<void(const Listening&)>& on_listening) {
  ServeOptions options = resolved(wanted);
  make_room_for_connections(options);
  if (const auto valid = validate(options.detection); !valid) return fail(valid);
  auto page = load_files(options.web_folder, kPagePolicy);
  if (!page) return fail(page);
  auto docs = load_files(options.docs_folder, kDocsPolicy);
  if (!docs) return fail(docs);
  auto keys =
      options.api_keys_file.empty() ? Result<ApiKeys>(ApiKeys()) : ApiKeys::load(options.api_keys_file);
  if (!keys) return fail(keys);
  auto tls = load_tls(options);
  if (!tls) return fail(tls);
  auto feedback = open_feedback(options);
  if (!feedback) return fail(feedback);
  const auto listener = std::make_shared<WorkerListener>();  // set when there is one
  const auto sets =
      std::make_shared<const WorkerSets>(options, detector, [listener](const WorkerEvent& event) {
        if (*listener) (*listener)(event);
      });
  auto started = sets->start();
  if (!started) return fail(started);
  const auto serving = std::make_shared<ServingWorkers>(std::move(*started));
  auto spool = Spool::open(options.spool_folder, options.video_bytes);
  if (!spool) return fail(spool.error().code, options.spool_folder + ": " + spool.error().message);
  Server server(
      std::move(options), serving,
      [sets](const auto& weights, const std::string& name, const std::string& sha256) {
        return sets->start(weights, name, sha256);
      },
      std::move(*spool), std::move(*feedback), std::move(*page), std::move(*docs), std::move(*keys),
      std::move(*tls));
  *listener = [&server](const WorkerEvent& event) { server.worker_ended(event); };
  const auto listening = server.open();
  if (!listening) return fail(listening);
  on_listening(*listening);
  return server.run();
}

}  // namespace face_privacy
