#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "service/http/http_message.h"

namespace face_privacy {

enum class Route : std::uint8_t {
  kBlur,
  kDetect,
  kDetectFaces,
  kReferences,
  kGroups,
  kVideos,
  kVideo,
  kVideoTracks,
  kVideoFrame,
  kVideoRender,
  kVideoResult,
  kVideoReceipt,
  kFeedback,
  kFeedbackReport,
  kPhoto,
  kPanoramax,
  kVerify,
  kReceiptKeys,
  kLivez,
  kHealthz,
  kReadyz,
  kMetrics,
  kOpenapi,
  kDocs,
  kPage,
  kOther
};

// The template, which is all that metrics and logs say of a path.
std::string_view label_of(Route route);
bool takes_photo(Route route);
bool is_about_video(Route route);
bool is_about_feedback(Route route);
std::span<const Route> photo_routes();

// The methods that a route serves, for Allow; OPTIONS is always one of them.
std::string_view allowed_methods(Route route);
bool serves(Route route, Method method);

// What a path names. "/api/..." is the same as "/...", so that the page's relative "api/v1/blur"
// works here as behind a proxy that takes "/api/" away.
struct RoutedPath {
  Route route = Route::kOther;
  std::string_view file;   // of kDocs and kPage: the path below it, without a leading slash
  std::string_view job{};  // of kVideo and what is below it: the job's id; of kFeedbackReport the report's,
                           // of kPhoto its token
  int frame = 0;           // of kVideoFrame
};
RoutedPath route_of(std::string_view path);

}  // namespace face_privacy
