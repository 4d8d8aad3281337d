// The worker's side of a job.
//
// How to add a kind of job: choose a number beside the others of the program (photo_jobs.h has those of
// photos), list the fields of its options and of its report in a `transfer` function (wire.h), and answer
// it in the handler that the program's `PrepareWorkers` gives. A job that runs for long calls
// `report_progress`; one whose result is no answer of a few megabytes writes to `output`, a descriptor that
// the caller opened. Nothing else has to change: pool, host, limits and sandbox know no kind.
//
// A process does one job and ends, unless the answer says that it `may_stay`: then it may be given others
// that allow it (JobRequest::may_share_process). Memory is wiped as it is freed, and a handler that keeps
// nothing of a job leaves nothing for the next. In such a process no error is final: a job that fails
// there is done again in a fresh one. A handler that lets LibraryNotLoaded (base/on_demand_library.h) through
// is called again in a process that has all libraries.
#pragma once

#include <cstdint>
#include <functional>

#include "base/bytes.h"
#include "base/error.h"
#include "worker/channel.h"
#include "worker/messages.h"
#include "worker/shared_bytes.h"

namespace face_privacy {

class Job {
 public:
  // The input is `in_area` where there is one, else it comes by its descriptor.
  Job(const Channel& channel, bool is_first, JobHead head, ByteView in_area, Descriptor input,
      Descriptor output);

  std::uint8_t kind() const { return head_.kind; }
  ByteView options() const { return head_.options; }
  // The input where it came as shared bytes; else empty, and `input_descriptor` is to be read.
  ByteView input() const { return head_.in_area ? in_area_ : mapped_.view(); }
  int input_descriptor() const { return input_.get(); }
  int output() const { return output_.get(); }  // -1: none
  // Of its process. Where it is not, nothing may be called that could keep what it is given, or be taken
  // over by it.
  bool is_first() const { return is_first_; }

  // Tells what the job will take, before it takes it, and waits until that much is free.
  void wait_for_room(std::uint64_t cost) const;
  void report_progress(ByteView message) const;

 private:
  const Channel& channel_;
  const bool is_first_;
  const JobHead head_;
  const ByteView in_area_;
  const Descriptor input_;
  const Descriptor output_;
  HandedBytes mapped_;
};

struct JobAnswer {
  Bytes report;
  Bytes file;             // empty: none
  bool may_stay = false;  // the process is as it was before the job
};
using JobHandler = std::function<Result<JobAnswer>(const Job&)>;

// Answers a job, or several one after the other; for a process that may die at any time. Never returns.
[[noreturn]] void serve_jobs(const Channel& channel, const JobHandler& handle);

}  // namespace face_privacy
