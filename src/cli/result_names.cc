#include "cli/result_names.h"

#include <sys/stat.h>

#include <algorithm>

#include "cli/clip_run.h"
#include "cli/names.h"

namespace face_privacy {
namespace fs = std::filesystem;
namespace {

// One text for one file, whichever way its name is spelled, in whichever case.
std::u32string key_of(const fs::path& target) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(target, error);
  return folded_case((error ? target.lexically_normal() : whole).native());
}

}  // namespace

ResultNames::ResultNames(const PhotoList& list, fs::path output, bool output_is_folder,
                         EncodeOptions encoding)
    : list_(list), output_(std::move(output)), output_is_folder_(output_is_folder), encoding_(encoding) {
  for (const PhotoFile& photo : list.photos) {
    if (const auto id = id_of(photo.input)) inputs_.emplace(*id, &photo);
  }
  for (const PhotoFile& photo : list.photos) plan(photo);
}

void ResultNames::protect(const fs::path& file) {
  if (const auto id = id_of(file)) protected_.insert(*id);
}

std::optional<ResultNames::FileId> ResultNames::id_of(const fs::path& path) const {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

fs::path ResultNames::target_of(const PhotoFile& photo, std::optional<Format> source) const {
  if (!source) return clip_output_path(photo, output_, output_is_folder_);
  return output_path(photo, output_, output_is_folder_, *source, output_format(*source, encoding_));
}

// A photo that is no plain file, such as a pipe, shows its format only when it is read.
void ResultNames::plan(const PhotoFile& photo) {
  const auto source = format_of_file(photo.input);
  if (!source && !is_clip(photo.input)) return;
  const fs::path target = target_of(photo, source);
  claims_[key_of(target)].push_back(&photo);
  targets_.emplace(&photo, target);
}

Result<void> ResultNames::take_beside(const PhotoFile& photo, const fs::path& file) {
  const std::lock_guard lock(mutex_);
  const auto id = id_of(file);
  if (id && (inputs_.contains(*id) || protected_.contains(*id)))
    return fail(ErrorCode::kIo, "its receipt would overwrite " + file.string() + ", which is read");
  std::vector<const PhotoFile*>& claim = claims_[key_of(file)];
  if (std::any_of(claim.begin(), claim.end(), [&](const PhotoFile* one) { return one != &photo; }))
    return fail(ErrorCode::kIo, "its receipt and another result would both be " + file.string());
  claim.push_back(&photo);
  return {};
}

std::string ResultNames::problem_of(const PhotoFile& photo, const fs::path& target) const {
  if (const auto id = id_of(target)) {
    const auto input = inputs_.find(*id);
    if (input != inputs_.end()) {
      return "the result would overwrite " +
             (input->second == &photo ? "the photo" : "the input " + input->second->input.string());
    }
  }
  const auto id = id_of(target);
  if (id && protected_.contains(*id))
    return "the result would overwrite " + target.string() + ", which is read";
  const auto claim = claims_.find(key_of(target));
  if (claim == claims_.end() || claim->second.size() < 2) return {};
  const auto other = std::find_if(claim->second.begin(), claim->second.end(),
                                  [&](const PhotoFile* one) { return one != &photo; });
  return "its result and that of " + (*other)->input.string() + " would both be " + target.string();
}

Result<fs::path> ResultNames::take(const PhotoFile& photo, std::optional<Format> source) {
  const std::lock_guard lock(mutex_);
  const auto planned = targets_.find(&photo);
  fs::path target = planned != targets_.end() ? planned->second : target_of(photo, source);
  if (planned == targets_.end()) {
    claims_[key_of(target)].push_back(&photo);
    targets_.emplace(&photo, target);
  }
  if (const std::string problem = problem_of(photo, target); !problem.empty()) {
    return fail(ErrorCode::kIo, problem);
  }
  return target;
}

std::vector<std::pair<const PhotoFile*, std::string>> ResultNames::problems() const {
  std::vector<std::pair<const PhotoFile*, std::string>> problems;
  for (const PhotoFile& photo : list_.photos) {
    const auto target = targets_.find(&photo);
    if (target == targets_.end()) continue;
    if (std::string problem = problem_of(photo, target->second); !problem.empty()) {
      problems.emplace_back(&photo, std::move(problem));
    }
  }
  return problems;
}

}  // namespace face_privacy
