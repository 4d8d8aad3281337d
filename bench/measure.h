// Times, peak memory and throughput of whatever runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace face_privacy::bench {

// The processors that this process may run on.
std::vector<int> allowed_cores();

// Binds the calling thread, and threads that it starts, to a processor.
void bind_to(int core);

// What the calling thread has had of its processor.
double thread_cpu_ms();

// The value that a quarter of them lie below: on a machine that others use as well it says more about
// the work than the median does.
double lower_quartile(std::vector<double> values);
double median(std::vector<double> values);  // of one at least

// Photos a second when each of `cores` works on one photo at a time, `photos_each` of them.
double photos_per_second(const std::vector<int>& cores, int photos_each, const std::function<void()>& work);

// Most memory, in MB, that `work` took above what the process had before. Only once in a process: the
// system remembers the peak.
double peak_memory_mb(const std::function<void()>& work);

// What the program, run with these arguments, prints; for measuring in a process of its own.
std::string output_of(const std::vector<std::string>& arguments);

}  // namespace face_privacy::bench
