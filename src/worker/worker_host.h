// The process that workers are forked from. It has one thread, has loaded what every worker needs, and
// never sees a byte of a job. The pool (worker_pool.h) starts it as this very program with a hidden
// argument, so that nothing is ever forked from a process with threads.
#pragma once

#include <functional>

#include "base/bytes.h"
#include "base/error.h"
#include "worker/job.h"

namespace face_privacy {

struct WorkerProgram {
  Bytes greeting;     // what the pool is told of what was loaded
  JobHandler handle;  // answers one job
  // In each worker before its limits are set; may be empty. For what cannot be forked, such as threads.
  std::function<void()> in_each_worker{};
  // In the host, before workers that are to have all libraries: loads those that most jobs do without. Called
  // any number of times; empty: nothing is missing. May throw.
  std::function<void()> load_libraries{};
};
// `settings` are WorkerPool::Settings::program.
using PrepareWorkers = std::function<Result<WorkerProgram>(ByteView settings)>;

// For the beginning of main: whether this process was started as a host, and then its whole life. Returns
// the exit status.
bool is_worker_host(int argc, char** argv);
int run_worker_host(const PrepareWorkers& prepare);

// How the pool starts it.
inline constexpr const char* kWorkerHostArgument = "worker-host";
inline constexpr int kControlDescriptor = 3;

}  // namespace face_privacy
