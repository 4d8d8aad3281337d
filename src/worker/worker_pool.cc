#include "worker/worker_pool.h"

#include <spawn.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include "worker/channel.h"
#include "worker/worker_host.h"

namespace face_privacy {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxReportBytes = std::size_t{64} << 20;  // 300 frames with thousands of faces each
constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20;
constexpr std::chrono::seconds kPreparationTime{120};
constexpr std::chrono::seconds kExitTime{5};  // for the kernel to take a killed process apart
// A job whose worker was killed from outside, or lost its host, is not to blame: it is tried again.
constexpr int kAttempts = 3;
// What a worker that does job after job gets its files in and answers in; larger files come by themselves.
constexpr std::size_t kLeastAreaBytes = std::size_t{1} << 20;
constexpr std::size_t kMostAreaBytes = std::size_t{16} << 20;

tl::unexpected<Error> no_memory_for_file() {
  return fail(ErrorCode::kIo, "there is no memory to hand the file over in");
}

tl::unexpected<Error> no_host(const std::string& why) {
  return fail(ErrorCode::kIo, "the process that photos are worked on in cannot be started: " + why);
}

Error crashed() {
  return {ErrorCode::kDamagedPhoto, "The file is damaged in a way that makes it impossible to read."};
}

Error error_of(WorkerEnd end) {
  switch (end) {
    case WorkerEnd::kCrash:
    case WorkerEnd::kForbiddenCall: return crashed();
    case WorkerEnd::kMemory: return {ErrorCode::kTooCostly, "The file takes more memory than one file may."};
    case WorkerEnd::kCpuTime: return {ErrorCode::kTooCostly, "The file takes more time than one file may."};
    case WorkerEnd::kKilled:
      return {ErrorCode::kTooCostly, "The system ended the work on this file more than once."};
    case WorkerEnd::kDeadline:
      return {ErrorCode::kDeadlineExceeded, "the time allowed for this photo is over"};
    case WorkerEnd::kCancelled: return {ErrorCode::kCancelled, "the work was cancelled"};
    case WorkerEnd::kHostLost:
    case WorkerEnd::kDone: break;
  }
  return {ErrorCode::kIo, "the work on this file was lost"};
}

// What the system says of a process that ended by itself.
WorkerEnd end_of(const std::optional<WorkerExit>& exit, const WorkerLimits& limits) {
  if (!exit) return WorkerEnd::kHostLost;
  if (!WIFSIGNALED(exit->status)) {
    const bool memory = WIFEXITED(exit->status) && WEXITSTATUS(exit->status) == kExitOutOfMemory;
    return memory ? WorkerEnd::kMemory : WorkerEnd::kCrash;
  }
  switch (WTERMSIG(exit->status)) {
    case SIGSYS: return WorkerEnd::kForbiddenCall;
    case SIGXCPU: return WorkerEnd::kCpuTime;
    case SIGXFSZ: return WorkerEnd::kMemory;
    case SIGKILL:
      return exit->usage.cpu_seconds >= limits.cpu_seconds ? WorkerEnd::kCpuTime : WorkerEnd::kKilled;
    default: return WorkerEnd::kCrash;
  }
}

// Of what was waited for the host in vain.
WorkerEnd end_of(ChannelFault fault) {
  switch (fault) {
    case ChannelFault::kLate: return WorkerEnd::kDeadline;
    case ChannelFault::kGivenUp: return WorkerEnd::kCancelled;
    case ChannelFault::kClosed:
    case ChannelFault::kInvalid: break;
  }
  return WorkerEnd::kHostLost;
}

}  // namespace

std::string_view name_of(WorkerEnd end) {
  switch (end) {
    case WorkerEnd::kDone: return "done";
    case WorkerEnd::kCrash: return "crash";
    case WorkerEnd::kForbiddenCall: return "forbidden_call";
    case WorkerEnd::kMemory: return "memory";
    case WorkerEnd::kCpuTime: return "cpu_time";
    case WorkerEnd::kDeadline: return "deadline";
    case WorkerEnd::kCancelled: return "cancelled";
    case WorkerEnd::kKilled: return "killed";
    case WorkerEnd::kHostLost: return "host_lost";
  }
  return "";
}

// A stop condition as something that can be polled.
class WorkerPool::Waiting {
 public:
  explicit Waiting(const StopCondition& stop)
      : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        stop_(stop),
        callback_(stop.stop_token(), [this] { (void)::eventfd_write(event_.get(), 1); }) {}

  Patience patience() const { return {stop_.deadline(), event_.get()}; }
  const StopCondition& stop() const { return stop_; }

 private:
  const Descriptor event_;
  const StopCondition stop_;
  const std::stop_callback<std::function<void()>> callback_;
};

// A job's input as shared bytes, made when the first worker needs it so.
class WorkerPool::Input {
 public:
  explicit Input(const JobRequest& request) : request_(request) {}

  // -1: there is no memory, or no descriptor left.
  int descriptor() {
    if (request_.input_descriptor >= 0) return request_.input_descriptor;
    if (!shared_) shared_ = share_bytes(request_.input);
    return shared_.get();
  }

 private:
  const JobRequest& request_;
  Descriptor shared_;
};

// The host's process, a child of this one.
class WorkerPool::Host {
 public:
  Host(pid_t process, Channel control) : process_(process), control_(std::move(control)) {}
  ~Host() {
    ::kill(process_, SIGKILL);  // its workers die with it
    if (!reaped_) ::waitpid(process_, nullptr, 0);
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const Channel& control() const { return control_; }
  bool alive() {
    if (!reaped_) reaped_ = ::waitpid(process_, nullptr, WNOHANG) != 0;
    return !reaped_;
  }

 private:
  const pid_t process_;
  const Channel control_;
  bool reaped_ = false;
};

// One process. Killed in the end, whatever it may still be at.
class WorkerPool::Worker {
 public:
  explicit Worker(std::vector<Descriptor> descriptors)
      : channel_(std::move(descriptors[0])),
        end_(std::move(descriptors[1])),
        process_(std::move(descriptors[2])) {}
  Worker(Worker&&) = default;
  Worker& operator=(Worker&&) = default;
  ~Worker() {
    if (process_) kill();
  }

  const Channel& channel() const { return channel_; }

  // Nothing: sent.
  std::optional<ChannelFault> begin(const JobRequest& request, int input, const Patience& patience) const {
    const std::array<int, 2> descriptors{input, request.output};
    const bool has_output = request.output >= 0;
    return channel_.send(FrameKind::kJob, to_wire(JobHead{request.kind, has_output, request.options}),
                         std::span(descriptors).first(has_output ? 2 : 1), patience);
  }
  // The same with the input in the worker's area. False: it has none, and there is no memory for one.
  bool begin_in_area(const JobRequest& request, const Patience& patience) {
    const std::size_t size = request.input.size();
    if (!area_ || area_->bytes().size() < size) {
      area_ = SharedArea::make(std::max(kLeastAreaBytes, size + size / 4));
    }
    if (!area_) return false;
    std::copy(request.input.begin(), request.input.end(), area_->bytes().begin());
    area_used_bytes_ = size;
    const Descriptor fresh = area_->take_descriptor();  // none where the worker has it
    const std::array<int, 1> descriptors{fresh.get()};
    (void)channel_.send(FrameKind::kJob, to_wire(JobHead{request.kind, false, request.options, size}),
                        std::span(descriptors).first(fresh ? 1 : 0), patience);
    return true;
  }
  // What the worker answered in its area; nothing where it is not that large.
  std::optional<HandedBytes> take_from_area(std::uint64_t size) {
    if (!area_ || size > area_->bytes().size()) return std::nullopt;
    area_used_bytes_ = std::max(area_used_bytes_, static_cast<std::size_t>(size));
    return HandedBytes::copy_of(area_->bytes().first(static_cast<std::size_t>(size)));
  }
  // Before it is given another job.
  void wipe_area() {
    if (area_) ::explicit_bzero(area_->bytes().data(), std::exchange(area_used_bytes_, 0));
  }

  void kill() const { (void)::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0); }

  // How it ended, once it has; nothing where its host is gone.
  std::optional<WorkerExit> exit() const {
    Bytes bytes;
    const Patience patience{Clock::now() + kExitTime, -1};
    std::array<std::uint8_t, 64> step{};
    while (!wait_until_readable(end_.get(), patience)) {
      const ssize_t got = ::read(end_.get(), step.data(), step.size());
      if (got <= 0) break;
      bytes.insert(bytes.end(), step.begin(), step.begin() + got);
    }
    return from_wire<WorkerExit>(bytes);
  }

 private:
  Channel channel_;
  Descriptor end_;
  Descriptor process_;
  std::optional<SharedArea> area_;
  std::size_t area_used_bytes_ = 0;
};

struct WorkerPool::Locked {
  std::mutex mutex;
  std::unique_ptr<Host> host;
  bool host_has_libraries = false;  // all of them, and so have all workers that come from now on
  std::vector<Worker> idle;         // have done jobs, and wait for others; the last one is the warmest
};

struct WorkerPool::Outcome {
  WorkerEnd end = WorkerEnd::kDone;
  Result<JobResult> result = JobResult{};
  Usage usage{};
  bool declined = false;         // nothing was done: the job needs a fresh process
  bool needs_libraries = false;  // and one with all libraries
};

WorkerPool::WorkerPool(Settings settings)
    : settings_(std::move(settings)), locked_(std::make_unique<Locked>()) {}
WorkerPool::~WorkerPool() = default;

Result<std::unique_ptr<WorkerPool>> WorkerPool::start(Settings settings) {
  std::unique_ptr<WorkerPool> pool(new WorkerPool(std::move(settings)));
  const std::lock_guard lock(pool->locked_->mutex);
  if (auto started = pool->start_host(); !started) return fail(started);
  return pool;
}

namespace {

struct SpawnActions {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  // Nothing of this process is handed on but the control channel; signals of the terminal are this
  // process's affair alone.
  explicit SpawnActions(int control) {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, control, kControlDescriptor);
    ::posix_spawn_file_actions_addclosefrom_np(&files, kControlDescriptor + 1);
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    sigset_t all;
    sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnActions() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
};

// What this process was told by variables, keys and passwords among it, is not handed on: a host gets its
// settings over the channel, and a worker that is taken over could read the rest.
std::vector<char*> environment_of_host() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const bool own =
        text.starts_with("FACE_PRIVACY_") || text.starts_with("MLFLOW_") || text.starts_with("AWS_");
    if (!own) kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

}  // namespace

Result<void> WorkerPool::start_host() {
  locked_->idle.clear();
  locked_->host.reset();
  locked_->host_has_libraries = false;
  auto ends = Channel::pair();
  if (!ends) return no_host("no descriptors are left");
  const SpawnActions actions(ends->second.descriptor());
  std::string name = "face-privacy";
  std::string argument = kWorkerHostArgument;
  const std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
  pid_t process = 0;
  const int status = ::posix_spawn(&process, settings_.executable.c_str(), &actions.files,
                                   &actions.attributes, arguments.data(), environment_of_host().data());
  if (status != 0) return no_host(std::strerror(status));
  auto host = std::make_unique<Host>(process, std::move(ends->first));
  ends->second = {};
  const Patience patience{Clock::now() + kPreparationTime, -1};
  (void)host->control().send(FrameKind::kSettings, to_wire(settings_.host), {}, patience);
  auto received = host->control().receive(kMaxMessageBytes, patience);
  if (!received.frame) return no_host("it ended before it was prepared");
  if (received.frame->kind == FrameKind::kFailure) {
    const auto failure = from_wire<Failure>(received.frame->payload);
    if (failure) return tl::unexpected(Error{failure->code, failure->message});
  }
  if (received.frame->kind != FrameKind::kPrepared) return no_host("it does not keep to the protocol");
  greeting_ = std::move(received.frame->payload);
  locked_->host = std::move(host);
  return {};
}

std::optional<WorkerPool::Worker> WorkerPool::take_idle() {
  const std::lock_guard lock(locked_->mutex);
  if (locked_->idle.empty()) return std::nullopt;
  Worker worker = std::move(locked_->idle.back());
  locked_->idle.pop_back();
  return worker;
}

void WorkerPool::keep(Worker worker) {
  worker.wipe_area();
  const std::lock_guard lock(locked_->mutex);
  if (locked_->idle.size() < settings_.host.spares) locked_->idle.push_back(std::move(worker));
}

// Workers that stood ready before have to go; as many others are asked for in their place.
Result<void> WorkerPool::load_libraries(const Waiting& waiting) {
  const Channel& control = locked_->host->control();
  (void)control.send(FrameKind::kLoad, {}, {}, waiting.patience());
  std::vector<Worker> without;
  while (true) {
    auto received = control.receive(kMaxMessageBytes, waiting.patience());
    if (received.frame && received.frame->kind == FrameKind::kLoaded) break;
    if (received.frame && received.frame->kind == FrameKind::kWorker &&
        received.frame->descriptors.size() == 3) {
      without.emplace_back(std::move(received.frame->descriptors));
      continue;
    }
    locked_->host.reset();  // it is in the midst of it, or cannot
    if (!received.frame) return tl::unexpected(error_of(end_of(received.fault)));
    const auto failure = from_wire<Failure>(received.frame->payload);
    return no_host(failure ? failure->message : "it does not keep to the protocol");
  }
  for (std::size_t i = 0; i < without.size(); ++i)
    (void)control.send(FrameKind::kSpawn, {}, {}, waiting.patience());
  locked_->host_has_libraries = true;
  return {};
}

Result<WorkerPool::Worker> WorkerPool::take_fresh(const Waiting& waiting, bool with_libraries) {
  const std::lock_guard lock(locked_->mutex);
  if (auto running = waiting.stop().check(); !running) return fail(running);
  if (!locked_->host || !locked_->host->alive()) {
    if (auto started = start_host(); !started) return fail(started);
  }
  if (with_libraries && !locked_->host_has_libraries) {
    if (auto loaded = load_libraries(waiting); !loaded) return fail(loaded);
  }
  const Channel& control = locked_->host->control();
  const auto ask_for_one = [&] { (void)control.send(FrameKind::kSpawn, {}, {}, waiting.patience()); };
  // Where none stand ready, one is forked when it is needed; else another takes its place.
  const bool stand_ready = settings_.host.spares > 0;
  if (!stand_ready) ask_for_one();
  auto received = control.receive(kMaxMessageBytes, waiting.patience());
  if (!received.frame) {
    const WorkerEnd end = end_of(received.fault);
    if (end == WorkerEnd::kHostLost) locked_->host.reset();
    return tl::unexpected(error_of(end));
  }
  if (stand_ready) ask_for_one();
  if (received.frame->kind == FrameKind::kFailure) {
    const auto failure = from_wire<Failure>(received.frame->payload);
    return no_host(failure ? failure->message : "");
  }
  if (received.frame->descriptors.size() != 3) return tl::unexpected(error_of(WorkerEnd::kHostLost));
  return Worker(std::move(received.frame->descriptors));
}

namespace {

Error error_in(const Frame& frame) {
  auto failure = from_wire<Failure>(frame.payload);
  if (!failure) return error_of(WorkerEnd::kCrash);
  if (failure->is_fault) throw std::runtime_error(failure->message);
  return {failure->code, std::move(failure->message)};
}

}  // namespace

namespace {

WorkerEnd end_without_worker(ErrorCode code) {
  if (code == ErrorCode::kDeadlineExceeded) return WorkerEnd::kDeadline;
  return code == ErrorCode::kCancelled ? WorkerEnd::kCancelled : WorkerEnd::kHostLost;
}

// Why a worker that tells nothing is to be killed; nothing where it is gone, so that its exit tells.
std::optional<WorkerEnd> end_by(ChannelFault fault, const Patience& patience) {
  switch (fault) {
    case ChannelFault::kLate: return WorkerEnd::kDeadline;
    case ChannelFault::kGivenUp: {
      // Whoever waits may notice first that the time is over.
      const bool late = patience.deadline && Clock::now() >= *patience.deadline;
      return late ? WorkerEnd::kDeadline : WorkerEnd::kCancelled;
    }
    case ChannelFault::kInvalid: return WorkerEnd::kCrash;
    case ChannelFault::kClosed: break;
  }
  return std::nullopt;
}

// What a job says that it will take; nothing where the frame says something else.
std::optional<std::uint64_t> cost_in(const Frame& frame) {
  std::uint64_t cost = 0;
  if (frame.kind != FrameKind::kCost || frame.payload.size() != sizeof cost) return std::nullopt;
  std::memcpy(&cost, frame.payload.data(), sizeof cost);
  return cost;
}

}  // namespace

tl::unexpected<Error> fail_as_crashed() { return tl::unexpected<Error>(crashed()); }

WorkerPool::Outcome WorkerPool::work_afresh(const JobRequest& request, bool with_libraries, Input& input,
                                            const Waiting& waiting) {
  auto worker = take_fresh(waiting, with_libraries);
  if (!worker) return {end_without_worker(worker.error().code), fail(worker), {}};
  return work(std::move(*worker), request, input, waiting);
}

WorkerPool::Outcome WorkerPool::take_answer(Worker worker, const Frame& frame) {
  const auto crash = [] {
    return Outcome{WorkerEnd::kDone, tl::unexpected(error_of(WorkerEnd::kCrash)), {}};
  };
  auto answer = from_wire<Answer>(frame.payload);
  if (!answer || frame.descriptors.size() > 1) return crash();
  std::optional<HandedBytes> file(std::in_place);
  if (!frame.descriptors.empty()) {
    file = HandedBytes::map(frame.descriptors.front());
  } else if (answer->file_in_area > 0) {
    file = worker.take_from_area(answer->file_in_area);
  }
  if (!file) return crash();
  if (answer->waits) keep(std::move(worker));
  return {WorkerEnd::kDone, JobResult{std::move(answer->report), std::move(*file)}, answer->usage};
}

WorkerPool::Outcome WorkerPool::work(Worker worker, const JobRequest& request, Input& input,
                                     const Waiting& waiting) {
  const Patience patience = waiting.patience();
  const auto ended = [&](WorkerEnd end, const std::optional<WorkerExit>& exit) {
    return Outcome{end, tl::unexpected(error_of(end)), exit ? exit->usage : Usage{}};
  };
  const auto killed = [&](WorkerEnd end) {
    worker.kill();
    return ended(end, worker.exit());
  };
  const bool may_use_area = request.may_share_process && request.input_descriptor < 0 && request.output < 0 &&
                            request.input.size() <= kMostAreaBytes;
  if (!may_use_area || !worker.begin_in_area(request, patience)) {
    const int shared = input.descriptor();
    if (shared < 0) return {WorkerEnd::kDone, no_memory_for_file(), {}};
    (void)worker.begin(request, shared, patience);
  }
  std::shared_ptr<void> place;
  while (true) {
    auto received = worker.channel().receive(kMaxReportBytes, patience);
    if (!received.frame) {
      if (const auto end = end_by(received.fault, patience)) return killed(*end);
      const auto exit = worker.exit();
      return ended(end_of(exit, settings_.host.limits), exit);
    }
    Frame& frame = *received.frame;
    if (frame.kind == FrameKind::kFailure) return {WorkerEnd::kDone, tl::unexpected(error_in(frame)), {}};
    if (frame.kind == FrameKind::kAnswer) return take_answer(std::move(worker), frame);
    if (frame.kind == FrameKind::kDecline || frame.kind == FrameKind::kNeedsLibraries) {
      return {WorkerEnd::kDone, JobResult{}, {}, true, frame.kind == FrameKind::kNeedsLibraries};
    }
    if (frame.kind == FrameKind::kProgress) {
      if (request.on_progress) request.on_progress(frame.payload);
      continue;
    }
    const auto cost = cost_in(frame);
    if (!cost) return killed(WorkerEnd::kCrash);
    if (request.enter) {
      place.reset();
      auto entered = request.enter(*cost);
      if (!entered) return {WorkerEnd::kDone, fail(entered), {}};
      place = std::move(*entered);
    }
    (void)worker.channel().send(FrameKind::kProceed, {}, {}, patience);
  }
}

Result<JobResult> WorkerPool::run(const JobRequest& request, const StopCondition& stop) {
  const Waiting waiting(stop);
  Input input(request);
  bool needs_libraries = request.needs_libraries;
  for (int left = kAttempts;; --left) {
    const Clock::time_point start = Clock::now();
    auto idle = request.may_share_process && left == kAttempts ? take_idle() : std::nullopt;
    Outcome outcome = idle ? work(std::move(*idle), request, input, waiting)
                           : work_afresh(request, needs_libraries, input, waiting);
    if (outcome.declined && left > 1) {
      needs_libraries = needs_libraries || outcome.needs_libraries;
      continue;
    }
    if (outcome.declined) outcome = {WorkerEnd::kCrash, tl::unexpected(error_of(WorkerEnd::kCrash)), {}};
    if (on_end_) on_end_({outcome.end, Clock::now() - start, outcome.usage});
    const bool blameless = outcome.end == WorkerEnd::kKilled || outcome.end == WorkerEnd::kHostLost;
    if (!blameless || left <= 1 || !stop.check()) return std::move(outcome.result);
  }
}

}  // namespace face_privacy
