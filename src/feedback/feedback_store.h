// Reports in one SQLite file, which nobody but its owner reads. What is erased is overwritten, in the file
// and in its log. Thread-safe; other processes may have the same file open.
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
#include "feedback/report.h"

namespace face_privacy {

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

class FeedbackStore {
 public:
  struct Settings {
    std::string path;
    std::uint64_t max_bytes = std::uint64_t{64} << 20;  // of the file
    Day keep_days = 365;                                // of a report
    Day keep_crop_days = 90;                            // of its crops
  };

  // Makes the file where there is none. kIo; kInvalidOption where others can read it, or where it is a file
  // of another kind.
  static Result<FeedbackStore> open(const Settings& settings);
  // An existing one, with its own limits as they are.
  static Result<FeedbackStore> open_existing(const std::string& path);

  FeedbackStore(FeedbackStore&&) noexcept;
  ~FeedbackStore();

  struct Added {
    std::string id;
    std::string erase_token;  // only its SHA-256 is kept
  };
  // kTooManyBytes where the file is full, kIo.
  Result<Added> add(const FeedbackReport& report, Day day, std::span<const SealedCrop> crops = {});

  enum class Erased { kYes, kNoSuchReport, kWrongToken };
  Result<Erased> erase(std::string_view id, std::string_view erase_token);

  // Erases what is older than it may be, and overwrites whatever erasing left in the log. How many.
  Result<std::int64_t> purge(Day day);

  // Calls `visit` for each report, in no order that says when it came.
  Result<void> each(const std::function<void(const StoredReport&)>& visit) const;

  // The same for crops.
  Result<void> each_crop(const std::function<void(const StoredCrop&)>& visit) const;

  Result<std::optional<StoredReport>> find(std::string_view id) const;

  // A new data set of these reports, and its number. A report tells the first one that it went into.
  Result<int> begin_data_set(std::span<const std::string> ids, Day day);

  struct Load {
    std::int64_t reports = 0;
    std::uint64_t bytes = 0;  // of the file; reports that are gone leave room in it
  };
  Result<Load> load() const;

 private:
  struct Impl;
  explicit FeedbackStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace face_privacy
