#include "cli/feedback_export.h"

#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <vector>

#include "report/feedback_json.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

namespace fs = std::filesystem;

// A folder that nobody but its owner reads, under another name until it is whole.
class NewFolder {
 public:
  explicit NewFolder(fs::path final_path)
      : final_path_(std::move(final_path)), path_(final_path_.string() + ".partial") {}
  ~NewFolder() {
    std::error_code ignored;
    if (made_) fs::remove_all(path_, ignored);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  bool make() { return made_ = ::mkdir(path_.c_str(), 0700) == 0; }
  bool write(const std::string& name, const std::string& text) const {
    std::ofstream file(path_ / name, std::ios::binary);
    file << text;
    file.close();
    return file.good();
  }
  bool finish() {
    std::error_code error;
    fs::rename(path_, final_path_, error);
    made_ = static_cast<bool>(error);
    return !error;
  }

 private:
  fs::path final_path_;
  fs::path path_;
  bool made_ = false;
};

tl::unexpected<Error> cannot_write(const std::string& folder) {
  return fail(ErrorCode::kIo, folder + ": cannot be written");
}

}  // namespace

Result<ExportedSet> export_feedback(FeedbackStore& store, const std::string& folder) {
  std::error_code error;
  if (fs::exists(folder, error)) return fail(ErrorCode::kInvalidOption, folder + ": is there already");
  std::string lines;
  std::vector<std::string> ids;
  const auto read = store.each([&](const StoredReport& stored) {
    lines += to_text(to_json(stored)) + "\n";
    ids.push_back(stored.id);
  });
  if (!read) return fail(read);
  if (ids.empty()) return fail(ErrorCode::kInvalidOption, "there is no report");
  NewFolder set(folder);
  if (!set.make() || !set.write("reports.jsonl", lines)) return cannot_write(folder);
  const Day day = today();
  const auto version = store.begin_data_set(ids, day);
  if (!version) return fail(version);
  const boost::json::object facts{{"version", *version}, {"day", date_text(day)}, {"reports", ids.size()}};
  if (!set.write("data_set.json", to_text(facts) + "\n") || !set.finish()) return cannot_write(folder);
  return ExportedSet{*version, ids.size()};
}

}  // namespace face_privacy
