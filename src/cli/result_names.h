// Which file each result gets, settled before any photo is begun: no input is overwritten, and no two
// results share a file. What cannot be had costs the photos concerned and no others.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/photo_files.h"

namespace face_privacy {

class ResultNames {
 public:
  // `output` as for output_path; `list` outlives this.
  ResultNames(const PhotoList& list, std::filesystem::path output, bool output_is_folder,
              EncodeOptions encoding);

  // A file that is read beside the photos, such as a reference or a key: no result takes its place. Before
  // anything else is asked.
  void protect(const std::filesystem::path& file);

  // The file for the result of `photo`, which is of the list and in `source` by its content; none: a clip.
  // kIo where it has none, and why. Any thread.
  Result<std::filesystem::path> take(const PhotoFile& photo, std::optional<Format> source);

  // Takes `file` for what is written beside the result of `photo`, its receipt. kIo where it is one that is
  // read, or that another result goes to. Any thread.
  Result<void> take_beside(const PhotoFile& photo, const std::filesystem::path& file);

  // Why each photo that is already known to have no place has none, in the list's order.
  std::vector<std::pair<const PhotoFile*, std::string>> problems() const;

 private:
  using FileId = std::pair<std::uint64_t, std::uint64_t>;  // device and inode

  std::filesystem::path target_of(const PhotoFile& photo, std::optional<Format> source) const;
  void plan(const PhotoFile& photo);
  std::optional<FileId> id_of(const std::filesystem::path& path) const;
  std::string problem_of(const PhotoFile& photo, const std::filesystem::path& target) const;

  const PhotoList& list_;
  const std::filesystem::path output_;
  const bool output_is_folder_;
  const EncodeOptions encoding_;
  std::map<FileId, const PhotoFile*> inputs_;
  std::set<FileId> protected_;
  std::map<const PhotoFile*, std::filesystem::path> targets_;
  mutable std::mutex mutex_;
  std::map<std::u32string, std::vector<const PhotoFile*>> claims_;  // by where a result goes, in one case
};

}  // namespace face_privacy
