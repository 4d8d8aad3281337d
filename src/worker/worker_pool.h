// Jobs done in processes that may die: whatever a file does to the libraries that read it, it does to one
// worker. The pool has a host (worker_host.h), which keeps a few workers ready; each does one job and
// ends, or waits for another where its job left no trace (job.h). A job that is late or not wanted any more
// is killed. Thread-safe: each caller of `run` waits for its own job.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/error.h"
#include "base/stop_condition.h"
#include "worker/messages.h"
#include "worker/shared_bytes.h"

namespace face_privacy {

struct Frame;

// How a worker ended.
enum class WorkerEnd : std::uint8_t {
  kDone,           // with an answer or an error of its own
  kCrash,          // a library's fault, or ours
  kForbiddenCall,  // it asked the system for what no job needs
  kMemory,         // WorkerLimits::memory_bytes
  kCpuTime,        // WorkerLimits::cpu_seconds
  kDeadline,       // killed here
  kCancelled,      // killed here
  kKilled,         // by somebody else, such as the kernel when memory runs out
  kHostLost,       // with its host
};
inline constexpr auto kLastWorkerEnd = WorkerEnd::kHostLost;
std::string_view name_of(WorkerEnd end);  // "crash", "forbidden_call", ...

struct JobRequest {
  std::uint8_t kind = 0;
  Bytes options;
  ByteView input;  // the worker gets a copy, unless `input_descriptor` is there
  int input_descriptor = -1;
  int output = -1;  // a descriptor for what is no short answer
  // It may be given to a process that has done other jobs.
  bool may_share_process = false;
  // It is known to need libraries that are loaded on demand. Where that turns out later, the job is begun
  // again.
  bool needs_libraries = false;
  // Asked when the worker knows what the job costs, in units of the kind's own; the worker waits for it, and
  // what it gives is held until the job is over, or the worker knows better and asks again.
  std::function<Result<std::shared_ptr<void>>(std::uint64_t cost)> enter{};
  std::function<void(ByteView message)> on_progress{};
};

struct JobResult {
  Bytes report;
  HandedBytes file;
};

// For metrics; called on the thread that ran the job.
struct WorkerEvent {
  WorkerEnd end{};
  std::chrono::duration<double> wall{};
  Usage usage;  // zero where nobody could tell
};

class WorkerPool {
 public:
  struct Settings {
    std::string executable = "/proc/self/exe";  // calls run_worker_host where it is asked to
    HostSettings host;
  };

  // Returns when the host is prepared. What failed there, or kIo.
  static Result<std::unique_ptr<WorkerPool>> start(Settings settings);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Before the first job. Called for each worker that ended.
  void observe(std::function<void(const WorkerEvent&)> on_end) { on_end_ = std::move(on_end); }

  // What the host had to say once it was prepared.
  ByteView greeting() const { return greeting_; }

  // The job's own error, or kDamagedPhoto for a worker that crashed, kTooCostly, kDeadlineExceeded,
  // kCancelled, kIo. Throws what the worker threw.
  Result<JobResult> run(const JobRequest& request, const StopCondition& stop);

 private:
  class Host;
  class Worker;
  class Waiting;
  class Input;
  struct Outcome;

  explicit WorkerPool(Settings settings);
  Result<Worker> take_fresh(const Waiting& waiting, bool with_libraries);
  Result<void> load_libraries(const Waiting& waiting);
  std::optional<Worker> take_idle();
  void keep(Worker worker);
  Outcome work(Worker worker, const JobRequest& request, Input& input, const Waiting& waiting);
  Outcome take_answer(Worker worker, const Frame& frame);
  Outcome work_afresh(const JobRequest& request, bool with_libraries, Input& input, const Waiting& waiting);
  Result<void> start_host();

  const Settings settings_;
  std::function<void(const WorkerEvent&)> on_end_;
  Bytes greeting_;
  struct Locked;
  std::unique_ptr<Locked> locked_;
};

// A worker that answers what makes no sense has the end of one that crashes.
tl::unexpected<Error> fail_as_crashed();

}  // namespace face_privacy
