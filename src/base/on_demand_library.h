// Shared libraries that are loaded when something needs them, and not with the program: linking libav and
// libvips with all that they bring takes several times as long as a small photo.
//
//   #define VIPS_FUNCTIONS(X) X(vips_init) X(vips_copy)
//   FACE_PRIVACY_ON_DEMAND(vips, "libface-privacy-vips.so", VIPS_FUNCTIONS)
//
// in a .cc of the room that calls them defines OnDemandLibrary& vips_library(), and these functions as jumps
// through a table of addresses, which `load` fills. The rest of the room includes the library's own headers
// and calls it as ever; a function that is missing from the list is one that the linker does not find.
#pragma once

#include <mutex>
#include <span>
#include <stdexcept>

namespace face_privacy {

// A job's process may open no file, so a library that it turns out to need has to be loaded by another
// process. Not derived from std::exception: nothing but the worker handles it.
struct LibraryNotLoaded {};

class OnDemandLibrary {
 public:
  // `file`: a library with all of them behind it (face_privacy_on_demand in CMake), looked for where the
  // program looks for its libraries. `table` has one place for each name.
  OnDemandLibrary(const char* file, std::span<const char* const> names, std::span<void*> table)
      : file_(file), names_(names), table_(table) {}

  // Before the first call of one of the functions, and again at will. Thread-safe. Throws std::runtime_error
  // where the library is not installed or lacks a function, and LibraryNotLoaded after
  // `load_no_more_libraries`.
  void load();

 private:
  void fill();

  const char* const file_;
  const std::span<const char* const> names_;
  const std::span<void*> table_;
  std::mutex mutex_;
  bool is_loaded_ = false;
};

// For a process that is about to lose its access to files. What is loaded stays.
void load_no_more_libraries();

}  // namespace face_privacy

// Nobody writes to a table once it is full, so it has pages of its own, which are made read-only then.
#if defined(__x86_64__)
#define FACE_PRIVACY_PAGE_BYTES 4096
#define FACE_PRIVACY_JUMP "jmp *(77b + place)(%rip)\n"
#elif defined(__aarch64__)
#define FACE_PRIVACY_PAGE_BYTES 65536
#define FACE_PRIVACY_JUMP "adrp x16, 77b + place\nldr x16, [x16, :lo12:77b + place]\nbr x16\n"
#else
#error "FACE_PRIVACY_ON_DEMAND needs the jump of this processor"
#endif

#define FACE_PRIVACY_TEXT(macro) FACE_PRIVACY_TEXT_OF(macro)
#define FACE_PRIVACY_TEXT_OF(text) #text
#define FACE_PRIVACY_NAME_OF(function) #function,
#define FACE_PRIVACY_DEFINE(function)                                                       \
  ".globl " #function "\n.hidden " #function "\n.type " #function ", @function\n" #function \
  ":\n" FACE_PRIVACY_JUMP ".size " #function ", . - " #function "\n.set place, place + 8\n"

#define FACE_PRIVACY_ON_DEMAND(name, file, functions)                                                             \
  asm(".pushsection .bss.on_demand, \"aw\", @nobits\n"                                                          \
      ".balign " FACE_PRIVACY_TEXT(FACE_PRIVACY_PAGE_BYTES) "\n"                                                \
      ".globl face_privacy_table_of_" #name "\n.hidden face_privacy_table_of_" #name "\n"                       \
      "77: face_privacy_table_of_" #name ":\n.skip " FACE_PRIVACY_TEXT(FACE_PRIVACY_PAGE_BYTES) "\n"            \
      ".popsection\n.pushsection .text\n.balign 16\n.set place, 0\n" functions(FACE_PRIVACY_DEFINE)             \
      ".popsection\n"); \
  extern "C" __attribute__((visibility("hidden"))) void* face_privacy_table_of_##name[];                          \
  namespace face_privacy {                                                                                        \
  OnDemandLibrary& name##_library() {                                                                             \
    static constexpr const char* kNames[] = {functions(FACE_PRIVACY_NAME_OF)};                                    \
    static_assert(sizeof kNames <= FACE_PRIVACY_PAGE_BYTES);                                                      \
    static OnDemandLibrary library(file, kNames, {face_privacy_table_of_##name, std::size(kNames)});              \
    return library;                                                                                               \
  }                                                                                                               \
  }
