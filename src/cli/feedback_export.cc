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

// A line of truth.jsonl: what was removed is a photo without that face.
std::string truth_of(const StoredCrop& stored, const std::string& image) {
  const Rect& box = stored.crop.box;
  boost::json::array faces;
  if (stored.action != Correction::kRemoved) {
    faces.push_back({{"box", {box.x, box.y, box.width, box.height}}, {"kind", name_of(stored.action)}});
  }
  return to_text(boost::json::object{{"image", image}, {"faces", std::move(faces)}}) + "\n";
}

struct Crops {
  std::string truth;
  std::size_t count = 0;
  std::optional<Error> error;
};

// One at a time, so that never more than one lies open in memory.
void write_crop(const StoredCrop& stored, const CropKey& key, const NewFolder& set, Crops& crops) {
  if (crops.error) return;
  const auto opened = key.open(stored.crop.sealed);
  if (!opened) {
    crops.error = opened.error();
    return;
  }
  const std::string image = stored.report + "-" + std::to_string(stored.crop.number) + ".jpg";
  if (!set.write(image, {opened->begin(), opened->end()})) {
    crops.error = Error{ErrorCode::kIo, image + ": cannot be written"};
    return;
  }
  crops.truth += truth_of(stored, image);
  ++crops.count;
}

Result<std::size_t> write_crops(const FeedbackStore& store, const CropKey& key, const NewFolder& set) {
  Crops crops;
  const auto read = store.each_crop([&](const StoredCrop& stored) { write_crop(stored, key, set, crops); });
  if (!read) return fail(read);
  if (crops.error) return tl::unexpected(*crops.error);
  if (!set.write("truth.jsonl", crops.truth)) return fail(ErrorCode::kIo, "truth.jsonl: cannot be written");
  return crops.count;
}

}  // namespace

Result<ExportedSet> export_feedback(FeedbackStore& store, const std::optional<CropKey>& key,
                                    const std::string& folder) {
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
  std::size_t crops = 0;
  if (key) {
    const auto written = write_crops(store, *key, set);
    if (!written) return fail(written);
    crops = *written;
  }
  const Day day = today();
  const auto version = store.begin_data_set(ids, day);
  if (!version) return fail(version);
  const boost::json::object facts{
      {"version", *version}, {"day", date_text(day)}, {"reports", ids.size()}, {"crops", crops}};
  if (!set.write("data_set.json", to_text(facts) + "\n") || !set.finish()) return cannot_write(folder);
  return ExportedSet{*version, ids.size(), crops};
}

}  // namespace face_privacy
