// What the service answers, as functions that need no network: `decide` when the header is there,
// `answer` when the body is. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/stop_condition.h"
#include "service/api/api_keys.h"
#include "service/api/feedback_handler.h"
#include "service/api/held_photos.h"
#include "service/api/photo_handler.h"
#include "service/api/problem.h"
#include "service/api/routes.h"
#include "service/api/video_handler.h"
#include "service/http/http_message.h"
#include "service/http/request_target.h"
#include "service/http/static_files.h"
#include "service/http/trace_context.h"

namespace face_privacy {

struct ServiceStatus {
  std::atomic<bool> ready{false};
  std::atomic<bool> draining{false};
};

struct HandlerSettings {
  PhotoPipeline pipeline;
  DetectOptions detection;  // where a request says nothing
  std::size_t max_body_bytes = 0;
  ApiKeys keys;                 // for the calls that take a photo or are about a clip or a report
  VideoJobs* videos = nullptr;  // null: no clips
  std::size_t max_clip_bytes = 0;
  FeedbackHandler::Settings feedback;
  HeldPhotos::Settings hold;
  ReceiptKeys receipts;
  std::optional<NoiseKey> noise_key;  // of photos that are pixelated; none: fresh noise
  std::vector<std::string> cors_origins;
  StaticFiles page;
  StaticFiles docs;
  bool metrics_with_api = true;  // else on their own listener only
  bool tls = false;
  std::string version;  // goes into the OpenAPI document
  std::function<std::string()> metrics_text;
  std::function<bool()> stuck;  // compute makes no progress: not alive
  const ServiceStatus* status = nullptr;
};

// A request as far as its header tells.
struct RequestContext {
  RequestHead head;
  std::string id;
  TraceContext trace;
  std::string key_name;  // of the API key, where keys are needed
  Route route = Route::kOther;
};

class RequestHandler {
 public:
  explicit RequestHandler(HandlerSettings settings);

  RequestContext begin(RequestHead head) const;

  using Decision = std::variant<Response, PhotoCall, VideoCall, FeedbackCall>;
  // Fills in `context.route` and `key_name`.
  Decision decide(RequestContext& context) const;

  // The compute part. Never throws.
  PhotoAnswer answer(const PhotoCall& call, ByteView body, Seconds queue_time,
                     const StopCondition& stop) const;

  // The same for what is about a clip. `upload`: of a call that is one.
  PhotoAnswer answer(const VideoCall& call, ByteView body, std::optional<VideoJobs::Upload>&& upload,
                     const StopCondition& stop) const;

  // The same for what is about a report.
  PhotoAnswer answer(const FeedbackCall& call, ByteView body, const StopCondition& stop) const;

  const VideoHandler& videos() const { return videos_; }
  const FeedbackHandler& feedback() const { return feedback_; }
  HeldPhotos& held_photos() const { return *held_; }
  Problem body_too_large() const;

  // The headers that every answer has.
  void finish(const RequestContext& context, Response& response) const;

 private:
  std::optional<Response> static_answer(const RequestContext& context, const RoutedPath& routed) const;
  bool exists(const RequestContext& context, const std::optional<Response>& file) const;
  Response plain_answer(const RequestContext& context) const;
  Response health(const RequestContext& context) const;
  std::optional<Response> refusal_without_key(RequestContext& context) const;
  std::optional<Response> refusal_when_not_ready(const RequestContext& context) const;
  Decision video_call(RequestContext& context, const RoutedPath& routed,
                      std::vector<OptionField> query) const;
  Decision feedback_call(RequestContext& context, const RoutedPath& routed, bool has_query) const;
  Response forget_photo(RequestContext& context, std::string_view token, bool has_query) const;
  Decision photo_call(RequestContext& context, std::vector<OptionField> query) const;
  void add_cors(const RequestContext& context, Response& response) const;

  HandlerSettings settings_;
  std::shared_ptr<const ReferenceTokens> tokens_;
  std::shared_ptr<HeldPhotos> held_;
  PhotoHandler photos_;
  VideoHandler videos_;
  FeedbackHandler feedback_;
  std::shared_ptr<const std::string> openapi_;
};

}  // namespace face_privacy
