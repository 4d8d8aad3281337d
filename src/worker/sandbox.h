// What a worker's process may do: compute, and talk over what was opened before. docs/workers.md says
// what that leaves to somebody who takes a worker over.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "worker/messages.h"

namespace face_privacy {

// The system calls that are allowed; anything else ends the process with SIGSYS. Built once, in the
// host. Throws where the system has no seccomp.
class CallFilter {
 public:
  explicit CallFilter(const WorkerLimits& limits);
  // For this process, all its threads, and for good.
  void apply() const;

 private:
  std::vector<sock_filter> program_;
};

// Memory, processor time, no core file, no tracing. Before CallFilter::apply.
void limit_this_process(const WorkerLimits& limits);

// An allocation that fails ends this process with kExitOutOfMemory, whoever asked: libraries go on with
// half a picture. For the program's own allocator functions only (allocation.cc).
void end_on_failed_allocation();

// Fetches `bytes` of memory that allocations will come from all at once, which takes two thirds of what it
// takes page by page, and makes pages stay with the process when they are freed.
void take_memory_ahead(std::size_t bytes);

}  // namespace face_privacy
