#include "worker/worker_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/on_demand_library.h"
#include "worker/channel.h"
#include "worker/messages.h"
#include "worker/worker_host.h"

namespace face_privacy {
namespace {

// What this program's workers can do: what a library that met a hostile file might.
enum class Deed : std::uint8_t {
  kEcho,
  kCrash,
  kAbort,
  kLeave,
  kHang,
  kSpin,
  kTakeMemory,
  kOpen,
  kConnect,
  kExecute,
  kMakeCode,
  kThrow,
  kTellProcess,
  kTellProcessAndStay,
  kStayWithoutTrace,
  kFailUnlessFirst,
  kAskForRoom,
  kWriteOutput,
  kUseLibrary,
  kNeverHaveEnough,
  kEchoTwiceAndStay,
  kLookBehindInput,
  kClaimMoreThanThereIs,
};

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }
std::string text_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// As a library that has found no memory goes on with what it has.
void take_memory() {
  while (true) {
    if (void* memory = std::malloc(std::size_t{16} << 20)) std::memset(memory, 1, std::size_t{16} << 20);
  }
}

[[gnu::noipa]] void write_to(std::uintptr_t address) { *reinterpret_cast<volatile int*>(address) = 1; }

void spin() {
  volatile unsigned turns = 0;
  while (true) turns = turns + 1;
}

// Whether what this function left in memory is still there.
bool seen_before() {
  constexpr std::size_t kSize = 1000;
  constexpr unsigned char kMark = 0xA7;
  auto* const block = static_cast<volatile unsigned char*>(std::malloc(kSize));
  std::size_t marks = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    marks += block[i] == kMark ? 1 : 0;
    block[i] = kMark;
  }
  std::free(const_cast<unsigned char*>(block));
  return marks > kSize / 2;  // here and there it is chance
}

// Of what lies behind a short input in memory that is kept for longer ones.
Bytes seen_behind(ByteView input) {
  const std::size_t marks =
      static_cast<std::size_t>(std::count(input.data() + input.size(), input.data() + 500'000, 'x'));
  return bytes_of(std::to_string(marks));
}

// As a worker may that was taken over.
void claim_more_than_there_is() {
  const Channel channel{Descriptor(kControlDescriptor)};
  const Answer answer{{}, {}, true, std::uint64_t{1} << 40};
  (void)channel.send(FrameKind::kAnswer, to_wire(answer));
  ::usleep(10'000'000);
}

bool library_is_loaded = false;  // in the host, and in workers that it forks from then on

Result<JobAnswer> do_deed(const Job& job) {
  switch (static_cast<Deed>(job.kind())) {
    case Deed::kEcho:
      return JobAnswer{Bytes(job.options().begin(), job.options().end()),
                       Bytes(job.input().begin(), job.input().end())};
    case Deed::kCrash: write_to(1); break;
    case Deed::kAbort: std::abort();
    case Deed::kLeave: ::_exit(0);
    case Deed::kHang:
      while (true) ::usleep(1000000);
    case Deed::kSpin: spin(); break;
    case Deed::kTakeMemory: take_memory(); break;
    case Deed::kOpen: (void)!::open("/etc/hostname", O_RDONLY); break;
    case Deed::kConnect: (void)!::socket(AF_INET, SOCK_STREAM, 0); break;
    case Deed::kExecute: ::execl("/bin/true", "true", nullptr); break;
    case Deed::kMakeCode:
      (void)!::mmap(nullptr, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      break;
    case Deed::kThrow: throw std::runtime_error("a bug");
    case Deed::kTellProcess: return JobAnswer{bytes_of(std::to_string(::getpid())), {}};
    case Deed::kTellProcessAndStay: return JobAnswer{bytes_of(std::to_string(::getpid())), {}, true};
    case Deed::kStayWithoutTrace: return JobAnswer{bytes_of(seen_before() ? "seen" : "clean"), {}, true};
    case Deed::kFailUnlessFirst:
      if (job.is_first()) return JobAnswer{bytes_of("first"), {}, true};
      break;
    case Deed::kAskForRoom: job.wait_for_room(42); return JobAnswer{bytes_of("in"), {}};
    case Deed::kWriteOutput:
      job.report_progress(bytes_of("half"));
      (void)!::write(job.output(), "done", 4);
      return JobAnswer{};
    case Deed::kUseLibrary:
      if (!library_is_loaded) throw LibraryNotLoaded();
      return JobAnswer{bytes_of("used"), {}};
    case Deed::kNeverHaveEnough: throw LibraryNotLoaded();
    case Deed::kEchoTwiceAndStay: {
      Bytes twice(job.input().begin(), job.input().end());
      twice.insert(twice.end(), job.input().begin(), job.input().end());
      return JobAnswer{bytes_of(std::to_string(::getpid())), std::move(twice), true};
    }
    case Deed::kLookBehindInput: return JobAnswer{seen_behind(job.input()), {}, true};
    case Deed::kClaimMoreThanThereIs: claim_more_than_there_is(); break;
  }
  return fail(ErrorCode::kUnsupportedPhoto, "it went on");
}

Result<WorkerProgram> prepare(ByteView settings) {
  if (text_of(settings) == "fail") return fail(ErrorCode::kModel, "no weights");
  WorkerProgram program{bytes_of("ready for " + text_of(settings)), do_deed};
  program.load_libraries = [] { library_is_loaded = true; };
  if (text_of(settings) == "lack") program.load_libraries = [] { throw std::runtime_error("not installed"); };
  return program;
}

class WorkerPoolTest : public testing::Test {
 protected:
  std::unique_ptr<WorkerPool> start(WorkerLimits limits = {}, const std::string& program = "tests",
                                    std::uint32_t spares = 2) {
    WorkerPool::Settings settings;
    settings.host = {limits, spares, bytes_of(program)};
    auto pool = WorkerPool::start(std::move(settings));
    EXPECT_TRUE(pool) << pool.error().message;
    (*pool)->observe([this](const WorkerEvent& event) {
      const std::lock_guard lock(mutex_);
      ends_.push_back(event.end);
    });
    return std::move(*pool);
  }

  static Result<JobResult> run(WorkerPool& pool, Deed deed, const std::string& input = "",
                               const StopCondition& stop = {}, bool may_share_process = false) {
    const Bytes bytes = bytes_of(input);
    JobRequest request;
    request.may_share_process = may_share_process;
    request.kind = static_cast<std::uint8_t>(deed);
    request.options = bytes_of("options");
    request.input = bytes;
    return pool.run(request, stop);
  }

  static Result<JobResult> run_shared(WorkerPool& pool, Deed deed) { return run(pool, deed, "", {}, true); }

  static ErrorCode code_of(const Result<JobResult>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode::kIo : result.error().code;
  }

  static StopCondition within(std::chrono::milliseconds time) {
    return StopCondition(StopCondition::Clock::now() + time);
  }

  std::mutex mutex_;
  std::vector<WorkerEnd> ends_;
};

TEST_F(WorkerPoolTest, AnswersWithAReportAndAFile) {
  const auto pool = start();
  EXPECT_EQ(text_of(pool->greeting()), "ready for tests");
  const std::string large(5'000'000, 'x');
  const auto result = run(*pool, Deed::kEcho, large);
  ASSERT_TRUE(result);
  EXPECT_EQ(text_of(result->report), "options");
  EXPECT_EQ(text_of(result->file.view()), large);
  EXPECT_EQ(ends_, std::vector{WorkerEnd::kDone});
}

TEST_F(WorkerPoolTest, NoProcessSeesTwoJobs) {
  const auto pool = start();
  const auto first = run(*pool, Deed::kTellProcess);
  const auto second = run(*pool, Deed::kTellProcess);
  ASSERT_TRUE(first && second);
  EXPECT_NE(text_of(first->report), text_of(second->report));
  EXPECT_NE(text_of(first->report), std::to_string(::getpid()));
}

TEST_F(WorkerPoolTest, AJobThatLeavesNothingBehindLeavesItsProcessToOthersThatAllowIt) {
  const auto pool = start();
  const auto first = run_shared(*pool, Deed::kTellProcessAndStay);
  const auto second = run_shared(*pool, Deed::kTellProcessAndStay);
  const auto alone = run(*pool, Deed::kTellProcess);
  ASSERT_TRUE(first && second && alone);
  EXPECT_EQ(text_of(first->report), text_of(second->report));
  EXPECT_NE(text_of(first->report), text_of(alone->report));
}

TEST_F(WorkerPoolTest, AProcessThatStaysGetsAndGivesFilesOfAnySize) {
  const auto pool = start();
  std::string process;
  for (const std::size_t size : {10, 700'000, 0, 3'000'000, 5, 30'000'000, 400'000}) {
    const std::string input = std::string(size / 2, 'a') + std::string(size - size / 2, 'b');
    const auto result = run(*pool, Deed::kEchoTwiceAndStay, input, {}, true);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(text_of(result->file.view()), input + input) << size;
    if (!process.empty()) {
      EXPECT_EQ(text_of(result->report), process);
    }
    process = text_of(result->report);
  }
}

TEST_F(WorkerPoolTest, NothingOfAFileIsThereForTheNextThatIsShorter) {
  const auto pool = start();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(run(*pool, Deed::kEchoTwiceAndStay, std::string(200'000 + i, 'x'), {}, true));
    const auto seen = run(*pool, Deed::kLookBehindInput, "short", {}, true);
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ(text_of(seen->report), "0");
  }
}

TEST_F(WorkerPoolTest, NoMoreIsReadOfAnAnswerThanThereIsRoomFor) {
  const auto pool = start();
  EXPECT_EQ(code_of(run(*pool, Deed::kClaimMoreThanThereIs, "", {}, true)), ErrorCode::kDamagedPhoto);
  EXPECT_EQ(code_of(run(*pool, Deed::kClaimMoreThanThereIs)), ErrorCode::kDamagedPhoto);
}

TEST_F(WorkerPoolTest, NoErrorOfAProcessThatHasDoneOtherJobsIsFinal) {
  const auto pool = start();
  for (int i = 0; i < 3; ++i) {
    const auto result = run_shared(*pool, Deed::kFailUnlessFirst);
    ASSERT_TRUE(result);
    EXPECT_EQ(text_of(result->report), "first");
  }
  EXPECT_EQ(ends_, std::vector(3, WorkerEnd::kDone));
}

TEST_F(WorkerPoolTest, AJobThatNeedsALibraryIsDoneAgainWhereItIsLoaded) {
  const auto pool = start();
  EXPECT_TRUE(run(*pool, Deed::kEcho, "before"));
  for (int i = 0; i < 4; ++i) {
    const auto result = run(*pool, Deed::kUseLibrary);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(text_of(result->report), "used");
  }
  EXPECT_EQ(ends_, std::vector(5, WorkerEnd::kDone));
}

TEST_F(WorkerPoolTest, WhereNoneStandsReadyEachJobGetsAProcessWhenItComes) {
  const auto pool = start({}, "tests", 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(run(*pool, Deed::kEcho, "alone"));
    EXPECT_TRUE(run_shared(*pool, Deed::kTellProcessAndStay));
    EXPECT_TRUE(run(*pool, Deed::kUseLibrary));
    EXPECT_EQ(code_of(run(*pool, Deed::kCrash)), ErrorCode::kDamagedPhoto);
  }
}

TEST_F(WorkerPoolTest, ALibraryThatIsNotInstalledFailsTheJob) {
  const auto pool = start({}, "lack");
  const auto result = run(*pool, Deed::kUseLibrary);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("not installed"), std::string::npos) << result.error().message;
  EXPECT_TRUE(run(*pool, Deed::kEcho, "others go on"));
}

TEST_F(WorkerPoolTest, AWorkerThatNeverHasEnoughIsGivenUp) {
  const auto pool = start();
  EXPECT_EQ(code_of(run(*pool, Deed::kNeverHaveEnough)), ErrorCode::kDamagedPhoto);
}

#ifndef FACE_PRIVACY_SANITIZED
TEST_F(WorkerPoolTest, WhatAJobFreesIsNotThereForTheNext) {
  const auto pool = start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text_of(run_shared(*pool, Deed::kStayWithoutTrace)->report), "clean");
}
#endif

TEST_F(WorkerPoolTest, AProcessThatDiesWhileItWaitsIsReplaced) {
  const auto pool = start();
  for (int i = 0; i < 3; ++i) {
    const auto process = run_shared(*pool, Deed::kTellProcessAndStay);
    ASSERT_TRUE(process) << process.error().message;
    ::kill(std::stoi(text_of(process->report)), SIGKILL);
  }
}

TEST_F(WorkerPoolTest, FailsToStartWithTheHostsOwnReason) {
  WorkerPool::Settings settings;
  settings.host = {{}, 1, bytes_of("fail")};
  const auto pool = WorkerPool::start(std::move(settings));
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().code, ErrorCode::kModel);
  EXPECT_EQ(pool.error().message, "no weights");
}

TEST_F(WorkerPoolTest, AWorkerThatDiesCostsItsOwnJobOnly) {
  const auto pool = start();
  for (const Deed deed : {Deed::kCrash, Deed::kAbort, Deed::kLeave}) {
    EXPECT_EQ(code_of(run(*pool, deed)), ErrorCode::kDamagedPhoto);
    EXPECT_TRUE(run(*pool, Deed::kEcho, "next"));
  }
  EXPECT_EQ(std::count(ends_.begin(), ends_.end(), WorkerEnd::kCrash), 3);
}

#ifndef FACE_PRIVACY_SANITIZED
TEST_F(WorkerPoolTest, AWorkerCannotOpenConnectExecuteOrMakeCode) {
  const auto pool = start();
  for (const Deed deed : {Deed::kOpen, Deed::kConnect, Deed::kExecute, Deed::kMakeCode}) {
    EXPECT_EQ(code_of(run(*pool, deed)), ErrorCode::kDamagedPhoto);
    EXPECT_EQ(ends_.back(), WorkerEnd::kForbiddenCall);
  }
}

TEST_F(WorkerPoolTest, AnAllocationThatFailsEndsTheWorker) {
  const auto pool = start({.memory_bytes = std::uint64_t{256} << 20});
  EXPECT_EQ(code_of(run(*pool, Deed::kTakeMemory)), ErrorCode::kTooCostly);
  EXPECT_EQ(ends_, std::vector{WorkerEnd::kMemory});
}
#endif

TEST_F(WorkerPoolTest, ProcessorTimeIsBounded) {
  const auto pool = start({.cpu_seconds = 1});
  EXPECT_EQ(code_of(run(*pool, Deed::kSpin)), ErrorCode::kTooCostly);
  EXPECT_EQ(ends_, std::vector{WorkerEnd::kCpuTime});
}

TEST_F(WorkerPoolTest, AWorkerThatHangsIsKilledAtTheDeadline) {
  const auto pool = start();
  EXPECT_EQ(code_of(run(*pool, Deed::kHang, "", within(std::chrono::milliseconds(50)))),
            ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(ends_, std::vector{WorkerEnd::kDeadline});
  EXPECT_TRUE(run(*pool, Deed::kEcho));
}

TEST_F(WorkerPoolTest, AJobThatNobodyWantsAnyMoreIsKilled) {
  const auto pool = start();
  std::stop_source stop;
  std::jthread later([&stop] { stop.request_stop(); });
  EXPECT_EQ(code_of(run(*pool, Deed::kHang, "", StopCondition(std::nullopt, stop.get_token()))),
            ErrorCode::kCancelled);
}

TEST_F(WorkerPoolTest, ABugIsThrownOnToWhoeverAsked) {
  const auto pool = start();
  EXPECT_THROW((void)run(*pool, Deed::kThrow), std::runtime_error);
}

TEST_F(WorkerPoolTest, TheCallerDecidesWhenThereIsRoom) {
  const auto pool = start();
  std::uint64_t asked = 0;
  JobRequest request;
  request.kind = static_cast<std::uint8_t>(Deed::kAskForRoom);
  request.enter = [&asked](std::uint64_t cost) -> Result<std::shared_ptr<void>> {
    asked = cost;
    return std::shared_ptr<void>();
  };
  EXPECT_TRUE(pool->run(request, {}));
  EXPECT_EQ(asked, 42U);
  request.enter = [](std::uint64_t) -> Result<std::shared_ptr<void>> {
    return fail(ErrorCode::kTooManyPixels, "");
  };
  EXPECT_EQ(code_of(pool->run(request, {})), ErrorCode::kTooManyPixels);
}

TEST_F(WorkerPoolTest, ALongJobTellsItsProgressAndWritesWhereItIsTold) {
  const auto pool = start();
  const Descriptor output(::memfd_create("output", MFD_CLOEXEC));
  std::string progress;
  JobRequest request;
  request.kind = static_cast<std::uint8_t>(Deed::kWriteOutput);
  request.output = output.get();
  request.on_progress = [&progress](ByteView message) { progress += text_of(message); };
  ASSERT_TRUE(pool->run(request, {}));
  EXPECT_EQ(progress, "half");
  EXPECT_EQ(::lseek(output.get(), 0, SEEK_END), 4);
}

// Children of the host: "pid (name) S parent ...".
std::vector<pid_t> children_of(pid_t parent) {
  std::ifstream list("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

TEST_F(WorkerPoolTest, WorkersAndHostsKilledFromOutsideAreReplaced) {
  const auto pool = start();
  const auto hosts = children_of(::getpid());
  if (hosts.empty()) GTEST_SKIP() << "this kernel does not list children";
  for (int round = 0; round < 20; ++round) {
    for (const pid_t worker : children_of(hosts.back())) ::kill(worker, SIGKILL);
    EXPECT_TRUE(run(*pool, Deed::kEcho, "right")) << round;
  }
  ::kill(hosts.back(), SIGKILL);
  EXPECT_TRUE(run(*pool, Deed::kEcho, "right"));
}

TEST_F(WorkerPoolTest, ServesManyCallersWhileWorkersCrash) {
  const auto pool = start();
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < 50; ++i) {
          if (i % 3 == 0) (void)run(*pool, Deed::kCrash);
          const std::string input = std::to_string(caller) + " " + std::to_string(i);
          const auto result = run(*pool, Deed::kEcho, input);
          right += result && text_of(result->file.view()) == input;
        }
      });
    }
  }
  EXPECT_EQ(right, 200);
}

}  // namespace
}  // namespace face_privacy

int main(int argc, char** argv) {
  if (face_privacy::is_worker_host(argc, argv)) return face_privacy::run_worker_host(face_privacy::prepare);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
