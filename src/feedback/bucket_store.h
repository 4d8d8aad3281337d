// Reports as objects of a bucket, one each, for services of which several run. What each object is called:
//
//   reports/ID-DAY.json       the numbers, and the SHA-256 of the erase token
//   crops/ID-NUMBER-DAY       the sealed bytes; where the box lies in it says the report
//   in-data-set/ID-DAY        the number of the first data set that the report went into
//   data-sets/NUMBER          that there is such a data set; NUMBER is taken by whoever writes it first
//   format                    what these objects are; its writing shows whether the bucket keeps versions
//
// The day in the name lets reports be purged without reading them, and ids are random, so that a listing
// tells no order. A bucket that keeps versions cannot erase: nothing is written to it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "feedback/feedback_store.h"
#include "object_store/object_store.h"

namespace face_privacy {

class BucketStore final : public FeedbackStore {
 public:
  // `max_bytes` bounds what this store knows of: what it has added, and what the last purge has seen.
  BucketStore(std::shared_ptr<const ObjectStore> bucket, const FeedbackLimits& limits);

  Result<Added> add(const FeedbackReport& report, Day day, std::span<const SealedCrop> crops,
                    const StopCondition& stop) override;
  Result<Erased> erase(std::string_view id, std::string_view erase_token, const StopCondition& stop) override;
  Result<std::int64_t> purge(Day day, const StopCondition& stop) override;
  Result<void> each(const std::function<void(const StoredReport&)>& visit) const override;
  Result<void> each_crop(const std::function<void(const StoredCrop&)>& visit) const override;
  Result<std::optional<StoredReport>> find(std::string_view id, const StopCondition& stop) const override;
  Result<int> begin_data_set(std::span<const std::string> ids, Day day) override;
  Result<Load> load() const override;  // as of the last purge, and what came through this store since

 private:
  enum class Versions : std::uint8_t { kUnknown, kNone, kKept };

  Result<void> look_at_bucket(const StopCondition& stop);
  Result<void> put_new(const std::string& key, ByteView bytes, const StopCondition& stop);
  Result<void> remove_all(std::span<const std::string> keys, const StopCondition& stop) const;
  Result<std::vector<std::string>> keys_of(std::string_view folder, std::string_view id,
                                           const StopCondition& stop) const;

  const std::shared_ptr<const ObjectStore> bucket_;
  const FeedbackLimits limits_;
  std::atomic<Versions> versions_{Versions::kUnknown};
  struct NewReport {
    std::string id;
    std::uint64_t bytes = 0;
  };
  void count(NewReport added);

  std::atomic<std::int64_t> reports_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::mutex beside_purge_mutex_;
  // What came while a purge is under way, whose listing may have been before it.
  std::optional<std::vector<NewReport>> beside_purge_;
};

}  // namespace face_privacy
