#include "feedback/bucket_store.h"
#include "feedback/sqlite_store.h"

namespace face_privacy {

Result<std::unique_ptr<FeedbackStore>> open_feedback_store(const FeedbackPlace& place,
                                                           const FeedbackLimits& limits) {
  if (!place.bucket) return open_sqlite_store(place.name, limits);
  return std::unique_ptr<FeedbackStore>(std::make_unique<BucketStore>(place.bucket, limits));
}

Result<std::unique_ptr<FeedbackStore>> open_existing_feedback_store(const FeedbackPlace& place) {
  if (!place.bucket) return open_existing_sqlite_store(place.name);
  return open_feedback_store(place, {});
}

}  // namespace face_privacy
