#include "cli/photo_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

#include "media/clip.h"

namespace face_privacy {
namespace fs = std::filesystem;
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// By name: such a file must be redacted or reported, whatever is in it.
bool claims_to_be_photo(const fs::path& path) {
  static constexpr std::array kExtensions = {".jpg",  ".jpeg", ".jpe", ".jfif", ".png",  ".webp", ".avif",
                                             ".heic", ".heif", ".hif", ".tif",  ".tiff", ".gif"};
  const std::string extension = lower(path.extension().string());
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end() ||
         container_from_extension(extension).has_value();
}

bool is_photo_by_content(const fs::path& path) {
  std::array<char, 512> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(head.data()),
                       static_cast<std::size_t>(file.gcount()));
  return sniff_format(bytes).has_value() || sniff_clip(bytes).has_value();
}

bool is_earlier_output(const fs::path& path) { return path.stem().string().ends_with(kRedactedSuffix); }

bool holds_results(const fs::path& folder) {
  std::error_code error;
  return is_earlier_output(folder) || fs::exists(folder / kResultsMarker, error);
}

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

class FolderWalk {
 public:
  FolderWalk(PhotoList& list, const fs::path& output) : list_(list), output_(output) {}

  void walk(const fs::path& folder) {
    std::error_code error;
    fs::recursive_directory_iterator it(folder, error);
    if (error) {
      list_.unreadable.push_back(folder.string() + ": " + error.message());
      return;
    }
    std::vector<PhotoFile> found;
    while (it != fs::recursive_directory_iterator()) {
      visit(*it, it, folder, found);
      const fs::path at = it->path();
      it.increment(error);
      if (error) {
        list_.unreadable.push_back(at.string() + ": " + error.message());
        break;
      }
    }
    std::sort(found.begin(), found.end(),
              [](const PhotoFile& a, const PhotoFile& b) { return a.input < b.input; });
    list_.photos.insert(list_.photos.end(), found.begin(), found.end());
  }

 private:
  void visit(const fs::directory_entry& entry, fs::recursive_directory_iterator& it, const fs::path& folder,
             std::vector<PhotoFile>& found) {
    std::error_code error;
    const fs::path& path = entry.path();
    const bool is_folder = entry.is_directory(error);
    if (path.filename().string().starts_with('.')) {
      ++list_.skipped_hidden;
      if (is_folder) it.disable_recursion_pending();
    } else if (is_folder) {
      if (holds_results(path) || (!output_.empty() && is_same(path, output_))) {
        ++list_.skipped_outputs;
        it.disable_recursion_pending();
      }
    } else if (is_earlier_output(path)) {
      ++list_.skipped_outputs;
    } else if (entry.is_regular_file(error) && (claims_to_be_photo(path) || is_photo_by_content(path))) {
      found.push_back({path, path.lexically_relative(folder), true});
    } else {
      ++list_.skipped_other;
    }
  }

  PhotoList& list_;
  const fs::path& output_;
};

std::string error_text() { return std::strerror(errno); }

Result<Bytes> read_descriptor(int descriptor, std::size_t max_bytes) {
  Bytes bytes;
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(std::max<std::size_t>(64 << 10, bytes.size() * 2));
    const ssize_t count = ::read(descriptor, bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::kIo, "cannot be read: " + error_text());
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used > max_bytes) return fail(ErrorCode::kTooManyBytes, "the file is larger than the limit");
  }
  bytes.resize(used);
  return bytes;
}

struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

Result<void> write_all(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::kIo, "cannot be written: " + error_text());
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

// A hidden file that goes away unless it was renamed.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& folder) : name_((folder / ".face-privacy-XXXXXX").string()) {
    descriptor_.value = ::mkostemp(name_.data(), O_CLOEXEC);
  }
  ~TemporaryFile() {
    if (is_open() && !name_.empty()) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool is_open() const { return descriptor_.value >= 0; }
  int descriptor() const { return descriptor_.value; }
  bool rename_to(const fs::path& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) return false;
    name_.clear();
    return true;
  }

 private:
  std::string name_;
  Descriptor descriptor_{-1};
};

mode_t default_file_mode() {
  static const mode_t mask = [] {
    const mode_t current = ::umask(0);
    ::umask(current);
    return current;
  }();
  return 0666 & ~mask;
}

}  // namespace

PhotoList list_photos(const std::vector<std::string>& inputs, const fs::path& output) {
  PhotoList list;
  FolderWalk folders(list, output);
  for (const std::string& input : inputs) {
    std::error_code error;
    if (input != kStandardStream && fs::is_directory(input, error)) {
      folders.walk(input);
    } else {
      list.photos.push_back({input, fs::path(input).filename(), false});
    }
  }
  return list;
}

Result<void> mark_results(const fs::path& output, const std::vector<std::string>& inputs) {
  std::error_code error;
  const std::string target = fs::weakly_canonical(output, error).string() + "/";
  for (const std::string& input : inputs) {
    if (input == kStandardStream || !fs::is_directory(input, error)) continue;
    const std::string folder = fs::weakly_canonical(input, error).string() + "/";
    if (target.starts_with(folder) && target != folder) return write_file(output / kResultsMarker, {});
  }
  return {};
}

bool names_folder(const std::string& output, const std::vector<std::string>& inputs) {
  std::error_code error;
  if (output.ends_with('/') || fs::is_directory(output, error)) return true;
  if (inputs.size() > 1) return true;
  return inputs.front() != kStandardStream && fs::is_directory(inputs.front(), error);
}

fs::path output_path(const PhotoFile& photo, const fs::path& output, bool output_is_folder, Format source,
                     Format written) {
  if (!output.empty() && !output_is_folder) return output;
  fs::path name = output.empty() ? photo.input : output / photo.relative;
  if (photo.input == kStandardStream) name = output / "photo";
  // A name that says another format than the file has is kept as long as the format is: it is the
  // user's own. "photo.png" written as JPEG becomes "photo.jpg".
  const bool keeps_extension = source == written && name.has_extension();
  const std::string extension =
      keeps_extension ? name.extension().string() : std::string(extension_of(written));
  const std::string suffix = output.empty() ? kRedactedSuffix : "";
  name.replace_filename(name.stem().string() + suffix + extension);
  return name;
}

Result<Bytes> read_file(const fs::path& path, std::size_t max_bytes) {
  if (path == kStandardStream) return read_descriptor(STDIN_FILENO, max_bytes);
  std::error_code error;
  if (fs::is_directory(path, error)) return fail(ErrorCode::kIo, "is a folder");
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.value < 0) return fail(ErrorCode::kIo, "cannot be opened: " + error_text());
  struct stat status {};
  if (::fstat(file.value, &status) == 0 && status.st_size > 0 &&
      static_cast<std::uint64_t>(status.st_size) > max_bytes) {
    return fail(ErrorCode::kTooManyBytes, "the file is larger than the limit");
  }
  return read_descriptor(file.value, max_bytes);
}

Result<void> write_file(const fs::path& path, ByteView bytes) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(ErrorCode::kIo, "the folder for the result cannot be made: " + error.message());
  TemporaryFile temporary(folder);
  if (!temporary.is_open()) return fail(ErrorCode::kIo, "the result cannot be written: " + error_text());
  ::fchmod(temporary.descriptor(), default_file_mode());
  if (auto written = write_all(temporary.descriptor(), bytes); !written) return written;
  if (!temporary.rename_to(path))
    return fail(ErrorCode::kIo, "the result cannot be written: " + error_text());
  return {};
}

Result<void> write_standard_output(ByteView bytes) { return write_all(STDOUT_FILENO, bytes); }

}  // namespace face_privacy
