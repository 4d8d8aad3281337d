#include "worker/job.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "base/freed_memory.h"
#include "base/on_demand_library.h"
#include "worker/messages.h"

namespace face_privacy {
namespace {

// Of kind and options; a tracks file of the largest size goes with them.
constexpr std::size_t kMaxJobBytes = std::size_t{68} << 20;

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

Usage usage_so_far() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  constexpr std::uint64_t kKilobyte = 1024;
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime),
          static_cast<std::uint64_t>(usage.ru_maxrss) * kKilobyte};
}

// When a process has done enough, so that the limit on its processor time is nearly whole for each job, what
// a large photo took goes back, and nobody who took it over stays for long.
constexpr int kMostJobs = 500;
constexpr double kMostCpuSeconds = 10;
constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;

bool has_done_enough(int jobs, const Usage& usage) {
  return jobs >= kMostJobs || usage.cpu_seconds > kMostCpuSeconds || usage.peak_bytes > kMostBytes;
}

// Whoever waits for the answer is gone, or does not keep to the protocol: nobody needs this process.
[[noreturn]] void leave() { ::_exit(0); }

void send(const Channel& channel, FrameKind kind, ByteView payload, std::span<const int> descriptors = {}) {
  if (channel.send(kind, payload, descriptors)) leave();
}

void send_failure(const Channel& channel, const Error& error, bool is_fault) {
  send(channel, FrameKind::kFailure, to_wire(Failure{error.code, error.message, is_fault}));
}

// A worker's end of the channel, and what it keeps from job to job.
struct WorkerLine {
  const Channel& channel;
  std::optional<SharedArea>
      area{};  // the pool gives it with the first job that uses one, or a larger one later
};

void send_answer(const WorkerLine& line, const JobAnswer& answer, const Usage& usage, bool waits) {
  Answer told{usage, answer.report, waits};
  if (line.area && answer.file.size() <= line.area->bytes().size()) {
    std::copy(answer.file.begin(), answer.file.end(), line.area->bytes().begin());  // over the input
    told.file_in_area = answer.file.size();
  }
  if (answer.file.size() == told.file_in_area) return send(line.channel, FrameKind::kAnswer, to_wire(told));
  const Descriptor file = share_bytes(answer.file);
  if (!file) ::_exit(kExitOutOfMemory);
  const std::array<int, 1> descriptors{file.get()};
  send(line.channel, FrameKind::kAnswer, to_wire(told), descriptors);
}

Job receive_job(WorkerLine& line, bool is_first) {
  auto received = line.channel.receive(kMaxJobBytes);
  if (!received.frame || received.frame->kind != FrameKind::kJob) leave();
  auto head = from_wire<JobHead>(received.frame->payload);
  std::vector<Descriptor>& descriptors = received.frame->descriptors;
  if (!head) leave();
  if (head->in_area) {
    if (!descriptors.empty()) line.area = SharedArea::map(descriptors.front());
    if (!line.area || *head->in_area > line.area->bytes().size()) leave();
    const ByteView input = line.area->bytes().first(static_cast<std::size_t>(*head->in_area));
    return Job(line.channel, is_first, std::move(*head), input, {}, {});
  }
  if (descriptors.size() != (head->has_output ? 2 : 1)) leave();
  Descriptor output = head->has_output ? std::move(descriptors[1]) : Descriptor();
  return Job(line.channel, is_first, std::move(*head), {}, std::move(descriptors[0]), std::move(output));
}

}  // namespace

Job::Job(const Channel& channel, bool is_first, JobHead head, ByteView in_area, Descriptor input,
         Descriptor output)
    : channel_(channel),
      is_first_(is_first),
      head_(std::move(head)),
      in_area_(in_area),
      input_(std::move(input)),
      output_(std::move(output)) {
  if (auto mapped = HandedBytes::map(input_)) mapped_ = std::move(*mapped);
}

void Job::wait_for_room(std::uint64_t cost) const {
  send(channel_, FrameKind::kCost, {reinterpret_cast<const std::uint8_t*>(&cost), sizeof cost});
  const auto received = channel_.receive(0);
  if (!received.frame || received.frame->kind != FrameKind::kProceed) leave();
}

void Job::report_progress(ByteView message) const { send(channel_, FrameKind::kProgress, message); }

namespace {

// Whether the process can do another.
bool serve_job(WorkerLine& line, const JobHandler& handle, int jobs_before) {
  const Channel& channel = line.channel;
  const Usage before = usage_so_far();
  const Job job = receive_job(line, jobs_before == 0);
  const auto decline = [&] { send(channel, FrameKind::kDecline, {}); };
  try {
    const auto answer = handle(job);
    if (answer) {
      Usage usage = usage_so_far();
      const bool waits = answer->may_stay && !has_done_enough(jobs_before + 1, usage);
      usage.cpu_seconds -= jobs_before > 0 ? before.cpu_seconds : 0;
      send_answer(line, *answer, usage, waits);
      return waits;
    }
    job.is_first() ? send_failure(channel, answer.error(), false) : decline();
  } catch (const std::exception& error) {
    job.is_first() ? send_failure(channel, {ErrorCode::kIo, error.what()}, true) : decline();
  } catch (const LibraryNotLoaded&) {
    send(channel, FrameKind::kNeedsLibraries, {});
  }
  return false;
}

}  // namespace

void serve_jobs(const Channel& channel, const JobHandler& handle) {
  WorkerLine line{channel};
  for (int jobs = 0; serve_job(line, handle, jobs); ++jobs) wipe_left_stack();
  leave();
}

}  // namespace face_privacy
