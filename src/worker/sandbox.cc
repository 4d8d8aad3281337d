#include "worker/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <system_error>

#include "base/descriptor.h"

namespace face_privacy {
namespace {

#ifdef FACE_PRIVACY_SANITIZED
constexpr bool kSanitized =
    true;  // a sanitizer maps terabytes, and asks the system for more than a worker may
#else
constexpr bool kSanitized = false;
#endif

[[noreturn]] void fail_with(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

void check(int status, const char* what) {
  if (status < 0) fail_with(-status, what);
}

struct Release {
  void operator()(void* filter) const noexcept { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

void allow(const Filter& filter, std::initializer_list<int> calls) {
  for (const int call : calls) check(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0), "seccomp");
}

template <class... Conditions>
void allow_where(const Filter& filter, int call, Conditions... conditions) {
  check(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, sizeof...(conditions), conditions...),
        "seccomp");
}

void add_rules(const Filter& filter, const WorkerLimits& limits) {
  // Memory; none of it can be made executable.
  allow(filter, {SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise)});
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    allow_where(filter, call, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  }
  // What was opened before, the channel, and memory to answer in.
  allow(filter,
        {SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
         SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(ftruncate),
         SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(memfd_create)});
  for (const int command : {F_GET_SEALS, F_ADD_SEALS, F_GETFD, F_GETFL}) {
    allow_where(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
  }
  // glibc's fstat; with this flag it is about a descriptor, as the path is empty.
  allow_where(filter, SCMP_SYS(newfstatat), SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH));
  // Threads of this process, as libvips' and libaom's encoders start them. clone3 hides its flags in
  // memory, where a filter cannot look: glibc falls back to clone.
  allow_where(filter, SCMP_SYS(clone),
              SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_VM | CLONE_THREAD, CLONE_VM | CLONE_THREAD));
  check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), "seccomp");
  allow(filter, {SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
                 SCMP_SYS(sched_getaffinity), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(getppid)});
  allow_where(filter, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
  // Time, chance, and the end.
  allow(filter,
        {SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep),
         SCMP_SYS(clock_nanosleep), SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(sysinfo), SCMP_SYS(uname),
         SCMP_SYS(getrandom), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
         SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)});
  if (limits.opening_fails) {
    check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0), "seccomp");
  }
  // Encoders of video ask to be placed on cores and before others, and go on where they are not.
  for (const int call :
       {SCMP_SYS(get_mempolicy), SCMP_SYS(set_mempolicy), SCMP_SYS(mbind), SCMP_SYS(sched_setaffinity),
        SCMP_SYS(sched_setscheduler), SCMP_SYS(getpriority), SCMP_SYS(setpriority)}) {
    check(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), call, 0), "seccomp");
  }
  allow(filter, {SCMP_SYS(geteuid)});
  // abort() sends a signal to its own thread; the first argument is this process, or nobody.
  allow_where(filter, SCMP_SYS(tgkill), SCMP_A2(SCMP_CMP_EQ, SIGABRT));
}

std::vector<sock_filter> exported(const Filter& filter) {
  const Descriptor memory(::memfd_create("filter", MFD_CLOEXEC));
  check(seccomp_export_bpf(filter.get(), memory.get()), "seccomp");
  const off_t size = ::lseek(memory.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
  if (::pread(memory.get(), program.data(), static_cast<std::size_t>(size), 0) != size)
    fail_with(EIO, "seccomp");
  return program;
}

void set_limit(int resource, std::uint64_t soft, std::uint64_t hard) {
  const rlimit limit{soft, hard};
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) fail_with(errno, "setrlimit");
}

std::uint64_t address_space_in_use() {
  unsigned long pages = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                             std::fclose);
  if (!file || std::fscanf(file.get(), "%lu", &pages) != 1) fail_with(ENOENT, "/proc/self/statm");
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

CallFilter::CallFilter(const WorkerLimits& limits) {
  if (kSanitized) return;
  const Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) fail_with(ENOSYS, "seccomp");
  add_rules(filter, limits);
  program_ = exported(filter);
}

void CallFilter::apply() const {
  if (kSanitized) return;
  // Without the flag old kernels slow the process down against attacks that share its memory; nothing does.
  constexpr unsigned long kFlags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  const sock_fprog program{static_cast<unsigned short>(program_.size()),
                           const_cast<sock_filter*>(program_.data())};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail_with(errno, "no_new_privs");
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, kFlags, &program) != 0) fail_with(errno, "seccomp");
}

void limit_this_process(const WorkerLimits& limits) {
  if (!kSanitized) {
    const std::uint64_t memory = address_space_in_use() + limits.memory_bytes;
    set_limit(RLIMIT_AS, memory, memory);
  }
  // The soft limit sends SIGXCPU, which says why the process ended; the hard one SIGKILL.
  set_limit(RLIMIT_CPU, limits.cpu_seconds, std::uint64_t{limits.cpu_seconds} + 1);
  set_limit(RLIMIT_CORE, 0, 0);
  const std::uint64_t file_bytes = limits.file_bytes > 0 ? limits.file_bytes : limits.memory_bytes;
  set_limit(RLIMIT_FSIZE, file_bytes, file_bytes);
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fail_with(errno, "PR_SET_DUMPABLE");
}

}  // namespace face_privacy
