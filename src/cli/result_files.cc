#include "cli/result_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include "base/descriptor.h"
#include "cli/file_io.h"

namespace face_privacy {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kNotWritten = "the result cannot be written";

// Names of all temporaries that lie on disk. Whoever makes, renames or removes one holds the mutex.
std::mutex temporaries_mutex;
std::set<std::string>& temporaries() {
  static std::set<std::string> names;
  return names;
}

// A hidden file that goes away unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& folder)
      : name_((folder / ".face-privacy-XXXXXX").string()), descriptor_(create(name_)) {}
  ~TemporaryFile() { remove_temporary(name_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool is_open() const { return static_cast<bool>(descriptor_); }
  int descriptor() const { return descriptor_.get(); }
  const std::string& name() const { return name_; }

 private:
  static int create(std::string& name) {
    const std::lock_guard lock(temporaries_mutex);
    const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor >= 0) temporaries().insert(name);
    return descriptor;
  }

  std::string name_;
  Descriptor descriptor_;
};

mode_t mode_by_mask() {
  static const mode_t mask = [] {
    const mode_t current = ::umask(0);
    ::umask(current);
    return current;
  }();
  return 0666 & ~mask;
}

// A group of its own may not read what only everybody may read of the photo.
mode_t result_mode(int descriptor, const FileAccess& widest) {
  mode_t allowed = widest.mode;
  struct stat status {};
  if (widest.group != static_cast<gid_t>(-1) && ::fstat(descriptor, &status) == 0 &&
      status.st_gid != widest.group) {
    allowed &= ~static_cast<mode_t>(S_IRWXG) | (widest.mode & S_IRWXO) << 3;
  }
  return mode_by_mask() & allowed;
}

Result<void> write_plain_file(const fs::path& path, ByteView bytes, const FileAccess& widest) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(ErrorCode::kIo, "the folder for the result cannot be made: " + error.message());
  TemporaryFile temporary(folder);
  if (!temporary.is_open()) return io_failure(kNotWritten);
  limit_access(temporary.descriptor(), widest);
  if (auto written = write_all(temporary.descriptor(), bytes, kNotWritten); !written) return written;
  return rename_temporary(temporary.name(), path);
}

Result<void> write_into(const fs::path& path, ByteView bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) return io_failure(kNotWritten);
  return write_all(file.get(), bytes, kNotWritten);
}

}  // namespace

FileAccess access_of(const fs::path& photo) {
  struct stat status {};
  const int failed = photo == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(photo.c_str(), &status);
  if (failed != 0 || !S_ISREG(status.st_mode)) return {};
  return {status.st_mode & 0777, status.st_gid};
}

Result<fs::path> place_of_file(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  switch (status.type()) {
    case fs::file_type::not_found:
      if (fs::is_symlink(path, error)) return fail(ErrorCode::kIo, "the result's name is a link to nothing");
      return path;
    case fs::file_type::regular: {
      fs::path followed = fs::canonical(path, error);
      return error ? path : followed;
    }
    case fs::file_type::directory: return fail(ErrorCode::kIo, "the result's name is a folder's");
    case fs::file_type::none: return fail(ErrorCode::kIo, "the result cannot be written: " + error.message());
    default: return fail(ErrorCode::kIo, "the result's name is that of a device, a pipe or a socket");
  }
}

Result<void> write_file(const fs::path& path, ByteView bytes, const FileAccess& widest) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::fifo || type == fs::file_type::character) return write_into(path, bytes);
  const auto place = place_of_file(path);
  if (!place) return fail(place);
  return write_plain_file(*place, bytes, widest);
}

void limit_access(int descriptor, const FileAccess& widest) {
  ::fchmod(descriptor, result_mode(descriptor, widest));
}

void remember_temporary(const std::string& name) {
  const std::lock_guard lock(temporaries_mutex);
  temporaries().insert(name);
}

void remove_temporary(const std::string& name) {
  const std::lock_guard lock(temporaries_mutex);
  if (temporaries().erase(name) > 0) ::unlink(name.c_str());
}

Result<void> rename_temporary(const std::string& name, const fs::path& path) {
  const std::lock_guard lock(temporaries_mutex);
  if (::rename(name.c_str(), path.c_str()) != 0) {
    return io_failure(kNotWritten);
  }
  temporaries().erase(name);
  return {};
}

Result<void> write_standard_output(ByteView bytes) { return write_all(STDOUT_FILENO, bytes, kNotWritten); }

bool is_standard_output(const fs::path& path) {
  struct stat output {};
  struct stat named {};
  return ::fstat(STDOUT_FILENO, &output) == 0 && ::stat(path.c_str(), &named) == 0 &&
         output.st_dev == named.st_dev && output.st_ino == named.st_ino;
}

void exit_without_unfinished_results(int status) {
  // Never unlocked: nothing is renamed to its place any more.
  temporaries_mutex.lock();
  for (const std::string& name : temporaries()) ::unlink(name.c_str());
  ::_exit(status);
}

}  // namespace face_privacy
