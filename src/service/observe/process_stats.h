#pragma once

#include <cstdint>

namespace face_privacy {

// What Linux says of this process; zeros where it says nothing.
struct ProcessStats {
  double cpu_seconds = 0;
  double start_time_seconds = 0;  // Unix time
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
  std::uint64_t threads = 0;
  // Of the processes that photos and clips are worked on in: their hosts' memory, and what each worker has
  // beyond what it shares with its host. Files of shared libraries are not counted.
  std::uint64_t workers_resident_bytes = 0;
};
ProcessStats read_process_stats();

}  // namespace face_privacy
