#include "service/observe/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

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
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = limit.rlim_cur;
  return stats;
}

}  // namespace face_privacy
