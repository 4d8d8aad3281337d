// What pool, host and worker say to each other, whatever the kind of job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "worker/wire.h"

namespace face_privacy {

struct WorkerLimits {
  std::uint64_t memory_bytes = std::uint64_t{3} << 30;  // of address space, beyond what the host has
  std::uint32_t cpu_seconds = 300;
  bool opening_fails =
      false;  // a library that opens a file is told that it may not; else that ends the worker
  std::uint64_t file_bytes = 0;  // of what a job writes to its output; 0: as memory_bytes
};

struct HostSettings {
  WorkerLimits limits;
  std::uint32_t spares = 1;  // workers that stand ready
  Bytes program;             // what PrepareWorkers is given
};

// What a job took.
struct Usage {
  double cpu_seconds = 0;
  std::uint64_t peak_bytes = 0;  // resident
};

// How a worker's process ended, as wait(2) tells it.
struct WorkerExit {
  std::int32_t status = 0;
  Usage usage;
};

struct JobHead {
  std::uint8_t kind = 0;
  bool has_output = false;
  Bytes options;
  // So many bytes of the worker's area are the input; none: it comes as a descriptor.
  std::optional<std::uint64_t> in_area{};
};

struct Answer {
  Usage usage;
  Bytes report;
  bool waits = false;  // the process can be given another job
  std::uint64_t file_in_area =
      0;  // so many bytes of the worker's area are the file; 0: it comes as a descriptor
};

struct Failure {
  ErrorCode code{};
  std::string message;
  bool is_fault = false;  // a bug: an exception that nobody caught
};

// Of the exit status of a worker for which there was no memory.
inline constexpr int kExitOutOfMemory = 86;

template <class Wire>
void transfer(Wire& wire, HostSettings& settings) {
  wire.value(settings.limits.memory_bytes);
  wire.value(settings.limits.cpu_seconds);
  wire.value(settings.limits.opening_fails);
  wire.value(settings.limits.file_bytes);
  wire.value(settings.spares);
  wire.bytes(settings.program);
}

template <class Wire>
void transfer(Wire& wire, Usage& usage) {
  wire.value(usage.cpu_seconds);
  wire.value(usage.peak_bytes);
}

template <class Wire>
void transfer(Wire& wire, WorkerExit& exit) {
  wire.value(exit.status);
  transfer(wire, exit.usage);
}

template <class Wire>
void transfer(Wire& wire, JobHead& head) {
  wire.value(head.kind);
  wire.value(head.has_output);
  wire.bytes(head.options);
  wire.optional(head.in_area, [](auto& each, std::uint64_t& bytes) { each.value(bytes); });
}

template <class Wire>
void transfer(Wire& wire, Answer& answer) {
  transfer(wire, answer.usage);
  wire.bytes(answer.report);
  wire.value(answer.waits);
  wire.value(answer.file_in_area);
}

template <class Wire>
void transfer(Wire& wire, Failure& failure) {
  wire.choice(failure.code, ErrorCode::kCancelled);
  wire.text(failure.message);
  wire.value(failure.is_fault);
}

}  // namespace face_privacy
