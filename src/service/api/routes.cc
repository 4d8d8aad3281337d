#include "service/api/routes.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace face_privacy {
namespace {

struct PathRoute {
  std::string_view path;
  Route route;
};

constexpr std::array kPathRoutes{
    PathRoute{"/v1/blur", Route::kBlur},
    PathRoute{"/v1/detect", Route::kDetect},
    PathRoute{"/detect_faces", Route::kDetectFaces},
    PathRoute{"/v1/references", Route::kReferences},
    PathRoute{"/v1/groups", Route::kGroups},
    PathRoute{"/v1/videos", Route::kVideos},
    PathRoute{"/v1/feedback", Route::kFeedback},
    PathRoute{"/blur/", Route::kPanoramax},
    PathRoute{"/v1/verify", Route::kVerify},
    PathRoute{"/.well-known/face-privacy-keys.json", Route::kReceiptKeys},
    PathRoute{"/livez", Route::kLivez},
    PathRoute{"/healthz", Route::kHealthz},
    PathRoute{"/readyz", Route::kReadyz},
    PathRoute{"/metrics", Route::kMetrics},
    PathRoute{"/openapi.json", Route::kOpenapi},
    PathRoute{"/docs.json", Route::kOpenapi},
    PathRoute{"/docs", Route::kDocs},
};

constexpr std::array kPhotoRoutes{Route::kBlur,   Route::kDetect, Route::kDetectFaces, Route::kReferences,
                                  Route::kGroups, Route::kVerify, Route::kPanoramax};
constexpr std::string_view kAlias = "/api";
constexpr std::string_view kVideosFolder = "/v1/videos/";
constexpr std::string_view kFeedbackFolder = "/v1/feedback/";
constexpr std::string_view kPhotosFolder = "/v1/photos/";
constexpr std::string_view kDocsFolder = "/docs/";
constexpr std::string_view kIndex = "index.html";

}  // namespace

std::string_view label_of(Route route) {
  switch (route) {
    case Route::kBlur: return "/v1/blur";
    case Route::kDetect: return "/v1/detect";
    case Route::kDetectFaces: return "/detect_faces";
    case Route::kReferences: return "/v1/references";
    case Route::kGroups: return "/v1/groups";
    case Route::kVideos: return "/v1/videos";
    case Route::kVideo: return "/v1/videos/{id}";
    case Route::kVideoTracks: return "/v1/videos/{id}/tracks";
    case Route::kVideoFrame: return "/v1/videos/{id}/frames/{n}.jpg";
    case Route::kVideoRender: return "/v1/videos/{id}/render";
    case Route::kVideoResult: return "/v1/videos/{id}/result";
    case Route::kVideoReceipt: return "/v1/videos/{id}/receipt";
    case Route::kFeedback: return "/v1/feedback";
    case Route::kFeedbackReport: return "/v1/feedback/{id}";
    case Route::kPhoto: return "/v1/photos/{token}";
    case Route::kPanoramax: return "/blur/";
    case Route::kVerify: return "/v1/verify";
    case Route::kReceiptKeys: return "/.well-known/face-privacy-keys.json";
    case Route::kLivez: return "/livez";
    case Route::kHealthz: return "/healthz";
    case Route::kReadyz: return "/readyz";
    case Route::kMetrics: return "/metrics";
    case Route::kOpenapi: return "/openapi.json";
    case Route::kDocs: return "/docs";
    case Route::kPage: return "page";
    case Route::kOther: return "other";
  }
  return "other";
}

bool takes_photo(Route route) {
  return std::find(kPhotoRoutes.begin(), kPhotoRoutes.end(), route) != kPhotoRoutes.end();
}

std::span<const Route> photo_routes() { return kPhotoRoutes; }

bool is_about_video(Route route) {
  switch (route) {
    case Route::kVideos:
    case Route::kVideo:
    case Route::kVideoTracks:
    case Route::kVideoFrame:
    case Route::kVideoRender:
    case Route::kVideoResult:
    case Route::kVideoReceipt: return true;
    default: return false;
  }
}

bool is_about_feedback(Route route) { return route == Route::kFeedback || route == Route::kFeedbackReport; }

std::string_view allowed_methods(Route route) {
  switch (route) {
    case Route::kBlur:
    case Route::kDetect:
    case Route::kDetectFaces:
    case Route::kReferences:
    case Route::kGroups:
    case Route::kPanoramax:
    case Route::kVerify:
    case Route::kVideos:
    case Route::kVideoRender: return "POST, OPTIONS";
    case Route::kFeedback: return "GET, HEAD, POST, OPTIONS";
    case Route::kFeedbackReport:
    case Route::kVideo: return "GET, HEAD, DELETE, OPTIONS";
    case Route::kVideoTracks: return "GET, HEAD, PUT, OPTIONS";
    case Route::kPhoto: return "DELETE, OPTIONS";
    default: return "GET, HEAD, OPTIONS";
  }
}

bool serves(Route route, Method method) {
  return method != Method::kOther && allowed_methods(route).find(name_of(method)) != std::string_view::npos;
}

namespace {

// "{id}", "{id}/tracks", "{id}/frames/{n}.jpg" ...
RoutedPath video_route_of(std::string_view path) {
  const std::size_t slash = path.find('/');
  RoutedPath routed{Route::kOther, {}, path.substr(0, slash)};
  if (routed.job.empty()) return {};
  if (slash == std::string_view::npos) {
    routed.route = Route::kVideo;
    return routed;
  }
  std::string_view rest = path.substr(slash + 1);
  if (rest == "tracks") routed.route = Route::kVideoTracks;
  if (rest == "render") routed.route = Route::kVideoRender;
  if (rest == "result") routed.route = Route::kVideoResult;
  if (rest == "receipt") routed.route = Route::kVideoReceipt;
  constexpr std::string_view kFrames = "frames/";
  constexpr std::string_view kJpeg = ".jpg";
  if (!rest.starts_with(kFrames) || !rest.ends_with(kJpeg)) return routed;
  rest = rest.substr(kFrames.size(), rest.size() - std::min(rest.size(), kFrames.size() + kJpeg.size()));
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), routed.frame);
  const bool is_number = error == std::errc() && end == rest.data() + rest.size() && routed.frame >= 0;
  if (is_number) routed.route = Route::kVideoFrame;
  return routed;
}

}  // namespace

RoutedPath route_of(std::string_view path) {
  if (path == kAlias || path.starts_with("/api/")) path.remove_prefix(kAlias.size());
  if (path.empty()) path = "/";
  for (const PathRoute& entry : kPathRoutes) {
    if (entry.path == path) return {entry.route, {}};
  }
  if (path.starts_with(kVideosFolder)) return video_route_of(path.substr(kVideosFolder.size()));
  if (path.starts_with(kFeedbackFolder)) {
    return {Route::kFeedbackReport, {}, path.substr(kFeedbackFolder.size())};
  }
  if (path.starts_with(kPhotosFolder)) return {Route::kPhoto, {}, path.substr(kPhotosFolder.size())};
  if (path == kDocsFolder) return {Route::kDocs, kIndex};
  if (path.starts_with(kDocsFolder)) return {Route::kDocs, path.substr(kDocsFolder.size())};
  if (path.starts_with('/')) return {Route::kPage, path.substr(1)};
  return {};
}

}  // namespace face_privacy
