#include "cli/photo_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "base/descriptor.h"
#include "cli/clip_run.h"
#include "cli/file_io.h"
#include "cli/result_files.h"
#include "media/clip.h"

namespace face_privacy {
namespace fs = std::filesystem;
namespace {

// By name: such a file must be redacted or reported, whatever is in it.
bool claims_to_be_photo(const fs::path& path) {
  const std::string extension = path.extension().string();
  return format_from_extension(extension).has_value() || container_from_extension(extension).has_value();
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
    std::vector<PhotoFile> found;
    walk_into(folder, folder, found);
    std::sort(found.begin(), found.end(),
              [](const PhotoFile& a, const PhotoFile& b) { return a.input < b.input; });
    list_.photos.insert(list_.photos.end(), found.begin(), found.end());
  }

 private:
  // A folder that cannot be read costs what is in it, not what lies beside it.
  void walk_into(const fs::path& folder, const fs::path& root, std::vector<PhotoFile>& found) {
    std::error_code error;
    fs::directory_iterator it(folder, error);
    while (!error && it != fs::directory_iterator()) {
      visit(*it, root, found);
      it.increment(error);
    }
    if (error) list_.unreadable.push_back(folder.string() + ": " + error.message());
  }

  void visit(const fs::directory_entry& entry, const fs::path& root, std::vector<PhotoFile>& found) {
    std::error_code error;
    const fs::path& path = entry.path();
    if (path.filename().string().starts_with('.')) {
      ++list_.skipped_hidden;
    } else if (entry.is_directory(error)) {
      visit_folder(entry, root, found);
    } else if (is_earlier_output(path)) {
      ++list_.skipped_outputs;
    } else if (entry.is_regular_file(error) &&
               (claims_to_be_photo(path) || format_of_file(path) || is_clip(path))) {
      found.push_back({path, path.lexically_relative(root), true});
    } else if (entry.is_symlink(error) && !entry.exists(error)) {
      list_.skipped_links.push_back(path.string() + ": a link to nothing");
    } else {
      ++list_.skipped_other;
    }
  }

  void visit_folder(const fs::directory_entry& entry, const fs::path& root, std::vector<PhotoFile>& found) {
    std::error_code error;
    if (entry.is_symlink(error)) {
      list_.skipped_links.push_back(entry.path().string() + ": a link to a folder");
    } else if (holds_results(entry.path()) || (!output_.empty() && is_same(entry.path(), output_))) {
      ++list_.skipped_outputs;
    } else {
      walk_into(entry.path(), root, found);
    }
  }

  PhotoList& list_;
  const fs::path& output_;
};

Result<Bytes> read_descriptor(int descriptor, std::size_t max_bytes) {
  Bytes bytes;
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(std::max<std::size_t>(64 << 10, bytes.size() * 2));
    const ssize_t count = ::read(descriptor, bytes.data() + used, bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_failure("cannot be read");
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used > max_bytes) return fail(ErrorCode::kTooManyBytes, "the file is larger than the limit");
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace

std::optional<std::string> stream_problem(const std::vector<std::string>& inputs) {
  if (inputs.size() < 2 || std::find(inputs.begin(), inputs.end(), kStandardStream) == inputs.end()) {
    return std::nullopt;
  }
  return "- (standard input) holds one photo and is named alone";
}

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

bool are_all_jpeg(const PhotoList& list) {
  return std::all_of(list.photos.begin(), list.photos.end(), [](const PhotoFile& photo) {
    return format_from_extension(photo.input.extension().string()) == Format::kJpeg;
  });
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
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return io_failure("cannot be opened");
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && status.st_size > 0 &&
      static_cast<std::uint64_t>(status.st_size) > max_bytes) {
    return fail(ErrorCode::kTooManyBytes, "the file is larger than the limit");
  }
  return read_descriptor(file.get(), max_bytes);
}

std::optional<Format> format_of_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  // As many as hold every brand that a HEIF file is seen to name.
  std::array<char, 4096> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return sniff_format(
      {reinterpret_cast<const std::uint8_t*>(head.data()), static_cast<std::size_t>(file.gcount())});
}

}  // namespace face_privacy
