#include "feedback/bucket_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "crypto/base64url.h"
#include "crypto/digest.h"
#include "feedback/report_object.h"

namespace face_privacy {
namespace {

using Clock = StopCondition::Clock;
using std::chrono::seconds;
using Where = ObjectStore::Where;

constexpr std::string_view kReports = "reports/";
constexpr std::string_view kCrops = "crops/";
constexpr std::string_view kInDataSet = "in-data-set/";
constexpr std::string_view kDataSets = "data-sets/";
constexpr std::string_view kFormat = "format";
constexpr std::string_view kFormatText = "face-privacy feedback 1\n";
constexpr std::string_view kReportEnd = ".json";

constexpr std::size_t kIdLetters = 2 * kReportIdBytes;
constexpr std::size_t kDateLetters = 10;
constexpr std::size_t kMaxReportBytes = std::size_t{2} << 20;
constexpr std::size_t kMaxCropBytes = std::size_t{1} << 20;
constexpr seconds kForOneReport{10};
constexpr seconds kForCleaning{5};
constexpr seconds kForPurge{600};
constexpr seconds kForOneRead{60};
constexpr std::size_t kAtOnce = 16;  // a connection each; what a listing names is fetched so
constexpr int kMostTries = 100;      // for the number of a data set

StopCondition within(seconds allowed, const StopCondition& stop = {}) {
  const auto end = Clock::now() + allowed;
  return StopCondition(std::min(stop.deadline().value_or(end), end), stop.stop_token());
}

bool is_id(std::string_view text) {
  return text.size() == kIdLetters && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<Day> day_from(std::string_view date) {
  constexpr std::array<std::pair<std::size_t, std::size_t>, 3> kParts{{{0, 4}, {5, 2}, {8, 2}}};
  std::array<int, 3> parts{};
  if (date.size() != kDateLetters || date[4] != '-' || date[7] != '-') return std::nullopt;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const char* digits = date.data() + kParts[i].first;
    if (std::from_chars(digits, digits + kParts[i].second, parts[i]).ptr != digits + kParts[i].second) {
      return std::nullopt;
    }
  }
  const std::chrono::year_month_day day{std::chrono::year(parts[0]),
                                        std::chrono::month(static_cast<unsigned>(parts[1])),
                                        std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!day.ok()) return std::nullopt;
  return static_cast<Day>(std::chrono::sys_days(day).time_since_epoch().count());
}

// "FOLDER/ID-...DATE", with or without an end.
struct Name {
  std::string id;
  Day day = 0;
};
std::optional<Name> name_of_key(std::string_view key, std::string_view folder) {
  key.remove_prefix(folder.size());
  if (key.ends_with(kReportEnd)) key.remove_suffix(kReportEnd.size());
  if (key.size() < kIdLetters + 1 + kDateLetters || !is_id(key.substr(0, kIdLetters))) return std::nullopt;
  const auto day = day_from(key.substr(key.size() - kDateLetters));
  if (!day) return std::nullopt;
  return Name{std::string(key.substr(0, kIdLetters)), *day};
}

struct Named {
  Name name;
  std::string key;
  std::uint64_t bytes = 0;
};
Result<std::vector<Named>> named_objects(const ObjectStore& bucket, std::string_view folder,
                                         const StopCondition& stop) {
  const auto listed = bucket.list(folder, stop);
  if (!listed) return fail(listed);
  std::vector<Named> all;
  for (const auto& object : *listed) {
    if (auto name = name_of_key(object.key, folder))
      all.push_back({std::move(*name), object.key, object.bytes});
  }
  return all;
}

std::string report_key(std::string_view id, Day day) {
  return std::string(kReports).append(id).append("-").append(date_text(day)).append(kReportEnd);
}
std::string crop_key(std::string_view id, std::size_t number, Day day) {
  return std::string(kCrops)
      .append(id)
      .append("-")
      .append(std::to_string(number))
      .append("-")
      .append(date_text(day));
}
std::string mark_key(std::string_view id, Day day) {
  return std::string(kInDataSet).append(id).append("-").append(date_text(day));
}

// "crops/ID-NUMBER-DATE".
std::optional<std::size_t> crop_number(std::string_view key) {
  key.remove_prefix(kCrops.size() + kIdLetters + 1);
  if (key.size() <= kDateLetters + 1) return std::nullopt;
  const std::string_view digits = key.substr(0, key.size() - kDateLetters - 1);
  std::size_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ptr == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

std::optional<int> whole_number(std::string_view text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && number > 0 ? std::optional(number)
                                                                                       : std::nullopt;
}

// Does `work` for 0 to count - 1, several at once. The first error, after which nothing new is begun.
Result<void> several_at_once(std::size_t count, const std::function<Result<void>(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<Error> error;
  {
    std::vector<std::jthread> threads;
    threads.reserve(std::min(count, kAtOnce));
    for (std::size_t i = 0; i < std::min(count, kAtOnce); ++i) {
      threads.emplace_back([&] {
        for (std::size_t one = next++; one < count; one = next++) {
          const auto done = work(one);
          if (done) continue;
          const std::scoped_lock lock(mutex);
          if (!error) error = done.error();
          next = count;
        }
      });
    }
  }
  if (error) return tl::unexpected(*error);
  return {};
}

tl::unexpected<Error> cannot_erase() {
  return fail(ErrorCode::kIo,
              "the bucket keeps versions of its objects, so that nothing could be erased; nothing "
              "is written to it until its versioning is off");
}

Result<std::optional<ReportObject>> read_report(const ObjectStore& bucket, const std::string& key,
                                                const StopCondition& stop) {
  const auto bytes = bucket.get(key, kMaxReportBytes, stop);
  if (!bytes) return fail(bytes);
  if (!*bytes) return std::nullopt;
  auto object = read_report_object({reinterpret_cast<const char*>((*bytes)->data()), (*bytes)->size()});
  if (!object) return fail(object);
  return std::optional(std::move(*object));
}

Result<std::optional<int>> read_mark(const ObjectStore& bucket, const Name& name, const StopCondition& stop) {
  const auto bytes = bucket.get(mark_key(name.id, name.day), kMaxReportBytes, stop);
  if (!bytes) return fail(bytes);
  if (!*bytes) return std::optional<int>();
  return whole_number({reinterpret_cast<const char*>((*bytes)->data()), (*bytes)->size()});
}

Result<std::optional<StoredReport>> read_stored(const ObjectStore& bucket, const std::string& key,
                                                bool marked, const StopCondition& stop) {
  const auto name = name_of_key(key, kReports);
  auto object = read_report(bucket, key, stop);
  if (!object) return fail(object);
  if (!name || !*object) return std::nullopt;
  const auto data_set = marked ? read_mark(bucket, *name, stop) : Result<std::optional<int>>(std::nullopt);
  if (!data_set) return fail(data_set);
  return std::optional(StoredReport{name->id, name->day, *data_set, std::move((*object)->report)});
}

// The keys of all reports, by id.
Result<std::map<std::string, std::string>> reports_by_id(const ObjectStore& bucket,
                                                         const StopCondition& stop) {
  const auto reports = named_objects(bucket, kReports, stop);
  if (!reports) return fail(reports);
  std::map<std::string, std::string> keys;
  for (const Named& report : *reports) keys.emplace(report.name.id, report.key);
  return keys;
}

}  // namespace

BucketStore::BucketStore(std::shared_ptr<const ObjectStore> bucket, const FeedbackLimits& limits)
    : bucket_(std::move(bucket)), limits_(limits) {}

Result<void> BucketStore::look_at_bucket(const StopCondition& stop) {
  const auto put = bucket_->put(kFormat, byte_view(kFormatText), Where::kAnywhere, stop);
  if (!put) return fail(put);
  versions_ = put->keeps_versions ? Versions::kKept : Versions::kNone;
  return {};
}

// A key with a random id was never there: where it is, an earlier try whose answer was lost has written it.
Result<void> BucketStore::put_new(const std::string& key, ByteView bytes, const StopCondition& stop) {
  const auto put = bucket_->put(key, bytes, Where::kNew, stop);
  if (!put) return fail(put);
  if (!put->keeps_versions) return {};
  versions_ = Versions::kKept;
  return cannot_erase();
}

Result<void> BucketStore::remove_all(std::span<const std::string> keys, const StopCondition& stop) const {
  return several_at_once(keys.size(), [&](std::size_t i) { return bucket_->remove(keys[i], stop); });
}

Result<std::vector<std::string>> BucketStore::keys_of(std::string_view folder, std::string_view id,
                                                      const StopCondition& stop) const {
  const auto listed = bucket_->list(std::string(folder).append(id).append("-"), stop);
  if (!listed) return fail(listed);
  std::vector<std::string> keys;
  for (const auto& object : *listed) keys.push_back(object.key);
  return keys;
}

// Crops go first, so that a report that is there is there with all that belongs to it.
Result<FeedbackStore::Added> BucketStore::add(const FeedbackReport& report, Day day,
                                              std::span<const SealedCrop> crops,
                                              const StopCondition& wanted) {
  const StopCondition stop = within(kForOneReport, wanted);
  if (versions_ == Versions::kUnknown) {
    if (const auto looked = look_at_bucket(stop); !looked) return fail(looked);
  }
  if (versions_ == Versions::kKept) return cannot_erase();
  Added added{random_hex(kReportIdBytes), to_base64url(random_bytes(kEraseTokenBytes))};
  ReportObject object{sha256(added.erase_token), report, {}};
  std::uint64_t bytes = 0;
  for (const SealedCrop& crop : crops) {
    object.crops.emplace_back(crop.number, crop.box);
    bytes += crop.sealed.size();
  }
  const std::string text = to_text(object);
  bytes += text.size();
  if (bytes_ + bytes > limits_.max_bytes)
    return fail(ErrorCode::kTooManyBytes, "the bucket has all it may have");
  std::vector<std::string> keys;
  Result<void> done;
  for (const SealedCrop& crop : crops) {
    keys.push_back(crop_key(added.id, crop.number, day));
    if (done) done = put_new(keys.back(), crop.sealed, stop);
  }
  keys.push_back(report_key(added.id, day));
  if (done) done = put_new(keys.back(), byte_view(text), stop);
  if (!done) {
    (void)remove_all(keys, within(kForCleaning));
    return fail(done);
  }
  count({added.id, bytes});
  return added;
}

void BucketStore::count(NewReport added) {
  const std::scoped_lock lock(beside_purge_mutex_);
  ++reports_;
  bytes_ += added.bytes;
  if (beside_purge_) beside_purge_->push_back(std::move(added));
}

// The report goes last: as long as it is there, its token erases what is left.
Result<FeedbackStore::Erased> BucketStore::erase(std::string_view id, std::string_view erase_token,
                                                 const StopCondition& wanted) {
  if (!is_id(id)) return Erased::kNoSuchReport;
  const StopCondition stop = within(kForOneReport, wanted);
  const auto reports = keys_of(kReports, id, stop);
  if (!reports) return fail(reports);
  if (reports->empty()) return Erased::kNoSuchReport;
  const auto object = read_report(*bucket_, reports->front(), stop);
  if (!object) return fail(object);
  if (!*object) return Erased::kNoSuchReport;
  if (!equal_in_constant_time(sha256(erase_token), (*object)->token)) return Erased::kWrongToken;
  for (const std::string_view folder : {kCrops, kInDataSet}) {
    const auto keys = keys_of(folder, id, stop);
    if (!keys) return fail(keys);
    if (const auto removed = remove_all(*keys, stop); !removed) return fail(removed);
  }
  if (const auto removed = remove_all(*reports, stop); !removed) return fail(removed);
  reports_ = std::max<std::int64_t>(reports_ - 1, 0);
  return Erased::kYes;
}

// What belongs to a report is listed before reports are: so a report that is not among them was not there
// yet, or is erased. A day later it is not to come any more.
Result<std::int64_t> BucketStore::purge(Day day, const StopCondition& wanted) {
  const StopCondition stop = within(kForPurge, wanted);
  if (const auto looked = look_at_bucket(stop); !looked) return fail(looked);
  {
    const std::scoped_lock lock(beside_purge_mutex_);
    beside_purge_.emplace();
  }
  std::vector<Named> belongings;
  for (const std::string_view folder : {kCrops, kInDataSet}) {
    const auto listed = named_objects(*bucket_, folder, stop);
    if (!listed) return fail(listed);
    belongings.insert(belongings.end(), listed->begin(), listed->end());
  }
  const auto reports = named_objects(*bucket_, kReports, stop);
  if (!reports) return fail(reports);
  std::set<std::string> stay;
  std::vector<std::string> old;
  std::uint64_t bytes = 0;
  const auto sort = [&](const Named& object, bool stays) {
    if (stays) bytes += object.bytes;
    if (!stays) old.push_back(object.key);
    return stays;
  };
  for (const Named& report : *reports) {
    if (sort(report, report.name.day >= day - limits_.keep_days)) stay.insert(report.name.id);
  }
  const auto purged = static_cast<std::int64_t>(old.size());
  for (const Named& object : belongings) {
    const bool is_young = !object.key.starts_with(kCrops) || object.name.day >= day - limits_.keep_crop_days;
    sort(object, is_young && (stay.contains(object.name.id) || object.name.day >= day - 1));
  }
  if (const auto removed = remove_all(old, stop); !removed) return fail(removed);
  const std::scoped_lock lock(beside_purge_mutex_);
  const auto came = std::exchange(beside_purge_, std::nullopt).value_or(std::vector<NewReport>());
  for (const NewReport& added : came) {
    if (stay.insert(added.id).second) bytes += added.bytes;
  }
  reports_ = static_cast<std::int64_t>(stay.size());
  bytes_ = bytes;
  return purged;
}

Result<void> BucketStore::each(const std::function<void(const StoredReport&)>& visit) const {
  const auto marks = named_objects(*bucket_, kInDataSet, within(kForPurge));
  if (!marks) return fail(marks);
  std::set<std::string> marked;
  for (const Named& mark : *marks) marked.insert(mark.name.id);
  const auto reports = reports_by_id(*bucket_, within(kForPurge));
  if (!reports) return fail(reports);
  std::mutex mutex;
  const std::vector<std::pair<std::string, std::string>> all(reports->begin(), reports->end());
  return several_at_once(all.size(), [&](std::size_t i) -> Result<void> {
    const auto& [id, key] = all[i];
    const auto stored = read_stored(*bucket_, key, marked.contains(id), within(kForOneRead));
    if (!stored) return fail(stored);
    if (!*stored) return {};  // erased since
    const std::scoped_lock lock(mutex);
    visit(**stored);
    return {};
  });
}

Result<void> BucketStore::each_crop(const std::function<void(const StoredCrop&)>& visit) const {
  const auto crops = bucket_->list(kCrops, within(kForPurge));
  if (!crops) return fail(crops);
  const auto reports = reports_by_id(*bucket_, within(kForPurge));
  if (!reports) return fail(reports);
  std::mutex mutex;
  return several_at_once(crops->size(), [&](std::size_t i) -> Result<void> {
    const std::string& key = (*crops)[i].key;
    const auto name = name_of_key(key, kCrops);
    const auto number = name ? crop_number(key) : std::nullopt;
    const auto report = name ? reports->find(name->id) : reports->end();
    if (!number || report == reports->end()) return {};
    const StopCondition stop = within(kForOneRead);
    const auto object = read_report(*bucket_, report->second, stop);
    if (!object) return fail(object);
    auto sealed = bucket_->get(key, kMaxCropBytes, stop);
    if (!sealed) return fail(sealed);
    if (!*object || !*sealed) return {};  // erased since
    const auto& known = (*object)->crops;
    const auto crop =
        std::find_if(known.begin(), known.end(), [&](const auto& one) { return one.first == *number; });
    if (crop == known.end()) return {};
    const std::scoped_lock lock(mutex);
    visit({name->id, (*object)->report.boxes[*number].action, {*number, crop->second, std::move(**sealed)}});
    return {};
  });
}

Result<std::optional<StoredReport>> BucketStore::find(std::string_view id,
                                                      const StopCondition& wanted) const {
  if (!is_id(id)) return std::nullopt;
  const StopCondition stop = within(kForOneReport, wanted);
  const auto keys = keys_of(kReports, id, stop);
  if (!keys) return fail(keys);
  if (keys->empty()) return std::nullopt;
  // Not by asking for an object that is mostly not there: who may list below a prefix alone gets 403 for it.
  const auto marks = keys_of(kInDataSet, id, stop);
  if (!marks) return fail(marks);
  return read_stored(*bucket_, keys->front(), !marks->empty(), stop);
}

Result<int> BucketStore::begin_data_set(std::span<const std::string> ids, Day day) {
  const auto taken = bucket_->list(kDataSets, within(kForPurge));
  if (!taken) return fail(taken);
  int number = 1;
  for (const auto& object : *taken) {
    number =
        std::max(number, whole_number(std::string_view(object.key).substr(kDataSets.size())).value_or(0) + 1);
  }
  bool mine = false;
  for (int tries = 0; !mine; ++tries, ++number) {
    if (tries == kMostTries) return fail(ErrorCode::kIo, "the bucket gives no number for a data set");
    const auto put = bucket_->put(std::string(kDataSets) + std::to_string(number), byte_view(date_text(day)),
                                  Where::kNew, within(kForOneRead));
    if (!put) return fail(put);
    mine = put->written;
  }
  --number;
  const auto reports = reports_by_id(*bucket_, within(kForPurge));
  if (!reports) return fail(reports);
  const std::string text = std::to_string(number);
  const auto marked = several_at_once(ids.size(), [&](std::size_t i) -> Result<void> {
    const auto report = reports->find(ids[i]);
    if (report == reports->end()) return {};  // erased since
    const auto name = name_of_key(report->second, kReports);
    const auto put =
        bucket_->put(mark_key(name->id, name->day), byte_view(text), Where::kNew, within(kForOneRead));
    if (!put) return fail(put);
    return {};
  });
  if (!marked) return fail(marked);
  return number;
}

Result<FeedbackStore::Load> BucketStore::load() const { return Load{reports_, bytes_}; }

}  // namespace face_privacy
