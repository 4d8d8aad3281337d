// Writing a result: whole or not at all, to a place that stays what it was.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

// Who may read a photo, so that no more people may read its result.
struct FileAccess {
  mode_t mode = 0666;
  gid_t group = static_cast<gid_t>(-1);  // none: whatever group the result gets
};

// Of a photo; "-" is standard input. Without limit where there is no file to ask.
FileAccess access_of(const std::filesystem::path& photo);

// Writes to a hidden temporary beside `path`, then renames: `path` holds the old or the new bytes, never
// a half. Makes missing folders. A link to a file is followed; a FIFO or a character device is written
// into; all else that is no plain file is refused. The result's mode is what the user's mask and
// `widest` both allow.
Result<void> write_file(const std::filesystem::path& path, ByteView bytes, const FileAccess& widest = {});
// The plain file, there or not, that `path` leads to. kIo where it leads to something else or to nothing.
Result<std::filesystem::path> place_of_file(const std::filesystem::path& path);

// Gives an open result the mode that the user's mask and `widest` both allow.
void limit_access(int descriptor, const FileAccess& widest);

// For results that are written elsewhere: hidden names that exit_without_unfinished_results takes away.
void remember_temporary(const std::string& name);
void remove_temporary(const std::string& name);
Result<void> rename_temporary(const std::string& name, const std::filesystem::path& path);

Result<void> write_standard_output(ByteView bytes);

// Whether `path` is where standard output goes, as /dev/stdout is.
bool is_standard_output(const std::filesystem::path& path);

// Takes away the temporaries of results that are being written and ends the process at once. Any thread.
[[noreturn]] void exit_without_unfinished_results(int status);

}  // namespace face_privacy
