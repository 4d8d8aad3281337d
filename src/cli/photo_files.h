// Which photos a command works on, and how each result is called.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "codec/codec.h"

namespace face_privacy {

inline constexpr const char* kStandardStream = "-";
inline constexpr const char* kRedactedSuffix = "-redacted";

// Lies in an output folder that is inside an input folder, so that a later run knows it again.
inline constexpr const char* kResultsMarker = ".face-privacy-results";

struct PhotoFile {
  std::filesystem::path input;     // "-" is standard input
  std::filesystem::path relative;  // its place below the output folder
  bool from_folder = false;        // found by walking, not named by the user
};

// Why `inputs` cannot be read together: standard input holds one photo, and is named alone.
std::optional<std::string> stream_problem(const std::vector<std::string>& inputs);

struct PhotoList {
  std::vector<PhotoFile> photos;  // in a stable order
  int skipped_outputs = 0;        // results of an earlier run: "...-redacted", marked, or in `output`
  int skipped_hidden = 0;
  int skipped_other = 0;                   // neither by name nor by content a photo
  std::vector<std::string> skipped_links;  // "name: why", for links that lead to no file
  std::vector<std::string> unreadable;     // "name: why", for inputs that cannot be read at all
};

// Walks the folders among `inputs`. Folder links are not followed; whatever lies in `output`
// (if not empty) is no input.
PhotoList list_photos(const std::vector<std::string>& inputs, const std::filesystem::path& output);

// As far as names tell.
bool are_all_jpeg(const PhotoList& list);

// Marks `output` if it lies inside a folder among `inputs`.
Result<void> mark_results(const std::filesystem::path& output, const std::vector<std::string>& inputs);

// Whether `-o` names a folder: it ends in a slash, is one, or there is more than one photo.
bool names_folder(const std::string& output, const std::vector<std::string>& inputs);

// The file to write for `photo`. An extension that no longer fits the format is replaced.
std::filesystem::path output_path(const PhotoFile& photo, const std::filesystem::path& output,
                                  bool output_is_folder, Format source, Format written);

// The whole file, or kIo, or kTooManyBytes before reading it. "-" reads standard input.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t max_bytes);

// What the first bytes of a plain file announce; nothing for what is no plain file or no photo.
std::optional<Format> format_of_file(const std::filesystem::path& path);

}  // namespace face_privacy
