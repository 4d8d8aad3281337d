#include "worker/worker_host.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/freed_memory.h"
#include "base/on_demand_library.h"
#include "worker/messages.h"
#include "worker/sandbox.h"

namespace face_privacy {
namespace {

constexpr std::size_t kMaxSettingsBytes = std::size_t{1} << 20;
constexpr int kExitCannotStart = 87;
constexpr std::size_t kMemoryAhead = std::size_t{8} << 20;  // what a photo of two megapixels takes

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// Libraries write what they think of a photo to standard error: nobody is to read that.
void silence_standard_streams() {
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing.get(), stream);
}

// What asks for the local time would read the zone's file, which a worker cannot. Nothing that is written
// to a photo depends on where this runs.
void forget_time_zone() {
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
}

// The kernel ends a worker before the service when memory runs out.
void offer_to_be_killed_first() {
  if (std::FILE* file = std::fopen("/proc/self/oom_score_adj", "we")) {
    std::fputs("1000", file);
    std::fclose(file);
  }
}

class Host {
 public:
  Host(const Channel& control, const WorkerProgram& program, const WorkerLimits& limits)
      : control_(control), program_(program), limits_(limits), filter_(limits), children_(child_signals()) {}

  // Until the pool is gone.
  void run(std::uint32_t spares) {
    for (std::uint32_t i = 0; i < spares; ++i) spawn();
    while (true) {
      std::array<pollfd, 2> polled{{{control_.descriptor(), POLLIN, 0}, {children_.get(), POLLIN, 0}}};
      if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
      if (polled[1].revents != 0) reap();
      if (polled[0].revents == 0) continue;
      const auto received = control_.receive(0);
      if (!received.frame) return;
      switch (received.frame->kind) {
        case FrameKind::kSpawn: spawn(); break;
        case FrameKind::kLoad: load_libraries(); break;
        default: return;
      }
    }
  }

 private:
  void load_libraries() const {
    try {
      if (program_.load_libraries) program_.load_libraries();
      (void)control_.send(FrameKind::kLoaded, {});
    } catch (const std::exception& error) {
      (void)control_.send(FrameKind::kFailure, to_wire(Failure{ErrorCode::kIo, error.what()}));
    }
  }

  static Descriptor child_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    return Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  void spawn() {
    auto job = Channel::pair();
    auto end = make_pipe();
    const pid_t host = ::getpid();
    const pid_t child = job && end ? ::fork() : -1;
    if (child == 0) be_worker(job->second, host);
    const Descriptor process(child > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, child, 0)) : -1);
    if (!process) {
      if (child > 0) ::kill(child, SIGKILL);
      (void)control_.send(FrameKind::kFailure,
                          to_wire(Failure{ErrorCode::kIo, "the system has no room for one more process"}));
      return;
    }
    const std::array<int, 3> descriptors{job->first.descriptor(), end->read_end.get(), process.get()};
    (void)control_.send(FrameKind::kWorker, {}, descriptors);
    ends_.emplace(child, std::move(end->write_end));
  }

  // Whoever waits for the worker's end learns how it ended.
  void reap() {
    signalfd_siginfo ignored{};
    while (::read(children_.get(), &ignored, sizeof ignored) > 0) {
    }
    int status = 0;
    rusage usage{};
    for (pid_t child = 0; (child = ::wait4(-1, &status, WNOHANG, &usage)) > 0;) {
      const auto found = ends_.find(child);
      if (found == ends_.end()) continue;
      const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
      };
      const Bytes exit = to_wire(WorkerExit{status,
                                            {seconds(usage.ru_utime) + seconds(usage.ru_stime),
                                             static_cast<std::uint64_t>(usage.ru_maxrss) * 1024}});
      (void)!::write(found->second.get(), exit.data(), exit.size());
      ends_.erase(found);
    }
  }

  [[noreturn]] void be_worker(const Channel& job, pid_t host) {
    try {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != host) ::_exit(0);
      if (::dup2(job.descriptor(), kControlDescriptor) < 0) ::_exit(kExitCannotStart);
      ::syscall(SYS_close_range, kControlDescriptor + 1, ~0U, 0);
      if (program_.in_each_worker) program_.in_each_worker();
      limit_this_process(limits_);
      end_on_failed_allocation();
      take_memory_ahead(kMemoryAhead);
      wipe_freed_memory();
      load_no_more_libraries();
      filter_.apply();
      const Channel channel{Descriptor(kControlDescriptor)};
      serve_jobs(channel, program_.handle);
    } catch (const std::exception&) {
      ::_exit(kExitCannotStart);
    }
  }

  const Channel& control_;
  const WorkerProgram& program_;
  const WorkerLimits limits_;
  const CallFilter filter_;
  const Descriptor children_;
  std::map<pid_t, Descriptor> ends_;
};

int run(const Channel& control, const PrepareWorkers& prepare) {
  const auto fail_with = [&](const Error& error, bool is_fault) {
    (void)control.send(FrameKind::kFailure, to_wire(Failure{error.code, error.message, is_fault}));
    return 1;
  };
  const auto received = control.receive(kMaxSettingsBytes);
  if (!received.frame || received.frame->kind != FrameKind::kSettings) return 1;
  const auto settings = from_wire<HostSettings>(received.frame->payload);
  if (!settings) return 1;
  try {
    const auto program = prepare(settings->program);
    if (!program) return fail_with(program.error(), false);
    silence_standard_streams();
    forget_time_zone();
    offer_to_be_killed_first();
    Host host(control, *program, settings->limits);
    if (control.send(FrameKind::kPrepared, program->greeting)) return 1;
    host.run(settings->spares);
  } catch (const std::exception& error) {
    return fail_with({ErrorCode::kIo, error.what()}, true);
  }
  return 0;
}

}  // namespace

bool is_worker_host(int argc, char** argv) {
  return argc == 2 && std::string_view(argv[1]) == kWorkerHostArgument;
}

int run_worker_host(const PrepareWorkers& prepare) {
  std::signal(SIGPIPE, SIG_IGN);
  if (::fcntl(kControlDescriptor, F_GETFD) < 0) return 2;
  ::fcntl(kControlDescriptor, F_SETFD, FD_CLOEXEC);
  const Channel control{Descriptor(kControlDescriptor)};
  return run(control, prepare);
}

}  // namespace face_privacy
