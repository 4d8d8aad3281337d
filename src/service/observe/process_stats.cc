#include "service/observe/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace face_privacy {
namespace {

std::string read_text(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The `number`th field of /proc/self/stat as proc(5) counts them. The second one is the program's
// name, which may hold blanks and parentheses.
double stat_field(const std::string& stat, int number) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(stat.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= number; ++i) rest >> field;
  return field.empty() ? 0 : std::strtod(field.c_str(), nullptr);
}

double boot_time() {
  std::istringstream stat(read_text("/proc/stat"));
  std::string word;
  while (stat >> word) {
    if (word == "btime") {
      double seconds = 0;
      stat >> seconds;
      return seconds;
    }
  }
  return 0;
}

std::uint64_t open_file_count() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  return error ? 0 : static_cast<std::uint64_t>(std::distance(begin(entries), end(entries)));
}

// A process's memory that no file stands behind; proc(5), statm.
std::uint64_t anonymous_bytes(const std::string& process) {
  std::istringstream statm(read_text(("/proc/" + process + "/statm").c_str()));
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  std::uint64_t shared = 0;
  statm >> size >> resident >> shared;
  return resident > shared ? (resident - shared) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

// Kernels list them by the thread that started them, or not at all.
std::vector<std::string> children_of(const std::string& process) {
  std::vector<std::string> children;
  std::error_code error;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + process + "/task", error)) {
    std::istringstream list(read_text((thread.path() / "children").c_str()));
    std::copy(std::istream_iterator<std::string>(list), {}, std::back_inserter(children));
  }
  return children;
}

std::uint64_t workers_bytes() {
  std::uint64_t bytes = 0;
  for (const std::string& host : children_of("self")) {
    const std::uint64_t of_host = anonymous_bytes(host);
    bytes += of_host;
    for (const std::string& worker : children_of(host)) {
      const std::uint64_t of_worker = anonymous_bytes(worker);
      if (of_worker > of_host) bytes += of_worker - of_host;
    }
  }
  return bytes;
}

}  // namespace

ProcessStats read_process_stats() {
  static const double boot_seconds = boot_time();
  const std::string stat = read_text("/proc/self/stat");
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessStats stats;
  stats.cpu_seconds = (stat_field(stat, 14) + stat_field(stat, 15)) / ticks;
  stats.threads = static_cast<std::uint64_t>(stat_field(stat, 20));
  stats.start_time_seconds = boot_seconds + stat_field(stat, 22) / ticks;
  stats.virtual_bytes = static_cast<std::uint64_t>(stat_field(stat, 23));
  stats.resident_bytes =
      static_cast<std::uint64_t>(stat_field(stat, 24)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  stats.open_fds = open_file_count();
  stats.workers_resident_bytes = workers_bytes();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = limit.rlim_cur;
  return stats;
}

}  // namespace face_privacy
