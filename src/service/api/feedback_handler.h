// What the service answers about corrections that people send in, as functions that need no network.
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "base/stop_condition.h"
#include "feedback/crop_seal.h"
#include "feedback/feedback_store.h"
#include "report/feedback_json.h"
#include "service/admission/rate_limit.h"
#include "service/api/photo_options.h"
#include "service/api/photo_pipeline.h"
#include "service/api/problem.h"
#include "service/api/routes.h"
#include "service/http/http_message.h"
#include "service/http/multipart.h"

namespace face_privacy {

// A request about a report; all wait for a disk or for a bucket.
struct FeedbackCall {
  Route route{};
  Method method{};
  std::string request_id;
  std::string report;                   // its id
  std::string erase_token;              // of DELETE
  std::optional<std::string> boundary;  // of multipart/form-data, where crops come along
  std::size_t max_body_bytes = kMaxFeedbackBytes;
};

struct FeedbackEvent {
  enum class Kind : std::uint8_t { kReceived, kErased, kPurged, kRefused, kFailed };
  Kind kind{};
  std::int64_t reports = 1;
  const FeedbackReport* report = nullptr;  // of kReceived
  std::string reason{};                    // of kFailed: what the store says; nothing of a report
};

class FeedbackHandler {
 public:
  struct Settings {
    std::shared_ptr<FeedbackStore> store;  // null: this service takes no reports
    int per_minute = 60;
    Day keep_days = 0;
    Day keep_crop_days = 0;
    std::optional<CropSeal> seal;  // none: no crops are taken
    PhotoPipeline pipeline;        // for crops
    std::function<float(Profile)> default_min_score;
    std::function<void(const FeedbackEvent&)> on_event;
  };
  explicit FeedbackHandler(Settings settings);

  bool is_there() const { return settings_.store != nullptr; }
  // Says with the faces of a photo that corrections are taken, so that nobody has to ask.
  void tell_of(Response& detection) const;

  std::variant<Response, FeedbackCall> decide(const RequestHead& head, const std::string& request_id,
                                              const RoutedPath& routed, bool has_query) const;
  OrProblem<Response> answer(const FeedbackCall& call, ByteView body, const StopCondition& stop) const;

  // Erases what is older than it may be; now and then.
  void purge(const StopCondition& stop) const;

  // As of the last change, so that asking costs nothing.
  FeedbackStore::Load load() const;

 private:
  Response terms() const;
  std::optional<Problem> take_upload(const RequestHead& head, FeedbackCall& call) const;
  OrProblem<Response> receive(const FeedbackCall& call, ByteView body, const StopCondition& stop) const;
  OrProblem<Response> keep(std::string_view text, std::span<const MultipartPart> parts,
                           const StopCondition& stop) const;
  OrProblem<std::vector<SealedCrop>> seal_crops(const ParsedFeedback& parsed,
                                                std::span<const MultipartPart> parts,
                                                const StopCondition& stop) const;
  OrProblem<Response> status(const std::string& id, const StopCondition& stop) const;
  OrProblem<Response> erase(const FeedbackCall& call, const StopCondition& stop) const;
  tl::unexpected<Problem> failed(const Error& error, const StopCondition& stop) const;
  void changed(const FeedbackEvent& event) const;

  const Settings settings_;
  const std::unique_ptr<RateLimit> rate_;
  // Crops are redacted one at a time: what waits for the store is no measure of what may be computed.
  const std::unique_ptr<std::timed_mutex> crops_ = std::make_unique<std::timed_mutex>();
  mutable std::atomic<std::int64_t> reports_{0};
  mutable std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace face_privacy
