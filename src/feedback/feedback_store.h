// Where reports are kept. All stores keep the same numbers, tell no order in which they came, and erase for
// good. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/stop_condition.h"
#include "feedback/report.h"

namespace face_privacy {

class ObjectStore;

inline constexpr std::size_t kReportIdBytes = 16;    // random; in hex
inline constexpr std::size_t kEraseTokenBytes = 24;  // random; in base64url

struct StoredReport {
  std::string id;  // random, 32 hex digits
  Day day = 0;
  std::optional<int> data_set;  // the first data set that it went into, from 1
  FeedbackReport report;
};

// The surroundings of a corrected box, readable for who has the operator's private key.
struct SealedCrop {
  std::size_t number = 0;  // of the box in its report
  Rect box;                // in px of the crop
  Bytes sealed;
};

struct StoredCrop {
  std::string report;
  Correction action{};
  SealedCrop crop;
};

struct FeedbackLimits {
  std::uint64_t max_bytes = std::uint64_t{64} << 20;  // of all that is kept
  Day keep_days = 365;                                // of a report
  Day keep_crop_days = 90;                            // of its crops
};

class FeedbackStore {
 public:
  FeedbackStore() = default;
  FeedbackStore(const FeedbackStore&) = delete;
  FeedbackStore& operator=(const FeedbackStore&) = delete;
  virtual ~FeedbackStore() = default;

  struct Added {
    std::string id;
    std::string erase_token;  // only its SHA-256 is kept
  };
  // Whole or not at all. kTooManyBytes where there is no room; kIo, kDeadlineExceeded.
  virtual Result<Added> add(const FeedbackReport& report, Day day, std::span<const SealedCrop> crops,
                            const StopCondition& stop) = 0;

  enum class Erased { kYes, kNoSuchReport, kWrongToken };
  virtual Result<Erased> erase(std::string_view id, std::string_view erase_token,
                               const StopCondition& stop) = 0;

  // Erases what is older than it may be, and whatever an erasing or adding that broke off has left. How many.
  virtual Result<std::int64_t> purge(Day day, const StopCondition& stop) = 0;

  // Calls `visit` for each report, in no order that says when it came.
  virtual Result<void> each(const std::function<void(const StoredReport&)>& visit) const = 0;

  // The same for crops.
  virtual Result<void> each_crop(const std::function<void(const StoredCrop&)>& visit) const = 0;

  virtual Result<std::optional<StoredReport>> find(std::string_view id, const StopCondition& stop) const = 0;

  // A new data set of these reports, and its number. A report tells the first one that it went into.
  virtual Result<int> begin_data_set(std::span<const std::string> ids, Day day) = 0;

  struct Load {
    std::int64_t reports = 0;
    std::uint64_t bytes = 0;
  };
  virtual Result<Load> load() const = 0;
};

// A file, or where `bucket` is given a bucket.
struct FeedbackPlace {
  std::string name;  // as the operator wrote it; empty: nowhere
  std::shared_ptr<const ObjectStore> bucket;
};

// A file that is not there is made, and a bucket not yet asked. kIo; kInvalidOption where others can read the
// file, or where it is a file of another kind.
Result<std::unique_ptr<FeedbackStore>> open_feedback_store(const FeedbackPlace& place,
                                                           const FeedbackLimits& limits);
// One that is there, with its own limits as they are.
Result<std::unique_ptr<FeedbackStore>> open_existing_feedback_store(const FeedbackPlace& place);

}  // namespace face_privacy
