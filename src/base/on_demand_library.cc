#include "base/on_demand_library.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>

namespace face_privacy {
namespace {

std::atomic<bool> loads_no_more{false};

[[noreturn]] void fail_to_load(const char* file) {
  const char* const why = ::dlerror();
  throw std::runtime_error(std::string(file) + " cannot be loaded: " + (why != nullptr ? why : "unknown"));
}

void make_read_only(void** table) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const bool has_pages_of_its_own = page <= FACE_PRIVACY_PAGE_BYTES;
  if (!has_pages_of_its_own ||
      ::mprotect(static_cast<void*>(table), FACE_PRIVACY_PAGE_BYTES, PROT_READ) != 0) {
    throw std::runtime_error("the pages of a library's addresses cannot be made read-only");
  }
}

}  // namespace

void load_no_more_libraries() { loads_no_more.store(true, std::memory_order_relaxed); }

// Not std::call_once: under the thread sanitizer nobody gets past one that has thrown.
void OnDemandLibrary::load() {
  const std::lock_guard lock(mutex_);
  if (is_loaded_) return;
  fill();
  is_loaded_ = true;
}

void OnDemandLibrary::fill() {
  if (loads_no_more.load(std::memory_order_relaxed)) throw LibraryNotLoaded();
  // Never closed: some of what comes along has threads or handlers at exit.
  void* const library = ::dlopen(file_, RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) fail_to_load(file_);
  std::transform(names_.begin(), names_.end(), table_.begin(), [&](const char* name) {
    void* const address = ::dlsym(library, name);
    if (address == nullptr) fail_to_load(file_);
    return address;
  });
  make_read_only(table_.data());
}

}  // namespace face_privacy
