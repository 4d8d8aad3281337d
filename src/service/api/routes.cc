#include "service/api/routes.h"

#include <algorithm>

namespace face_privacy {
namespace {

struct Entry {
  std::string_view path;
  Route route;
};

constexpr std::array kEntries{
    Entry{"/v1/blur", Route::kBlur},
    Entry{"/v1/detect", Route::kDetect},
    Entry{"/detect_faces", Route::kDetectFaces},
    Entry{"/v1/references", Route::kReferences},
    Entry{"/livez", Route::kLivez},
    Entry{"/healthz", Route::kHealthz},
    Entry{"/readyz", Route::kReadyz},
    Entry{"/metrics", Route::kMetrics},
    Entry{"/openapi.json", Route::kOpenapi},
    Entry{"/docs.json", Route::kOpenapi},
    Entry{"/docs", Route::kDocs},
};

constexpr std::array kPhotoRoutes{Route::kBlur, Route::kDetect, Route::kDetectFaces, Route::kReferences};
constexpr std::string_view kAlias = "/api";
constexpr std::string_view kDocsFolder = "/docs/";
constexpr std::string_view kIndex = "index.html";

}  // namespace

std::string_view label_of(Route route) {
  switch (route) {
    case Route::kBlur: return "/v1/blur";
    case Route::kDetect: return "/v1/detect";
    case Route::kDetectFaces: return "/detect_faces";
    case Route::kReferences: return "/v1/references";
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

std::string_view allowed_methods(Route route) {
  return takes_photo(route) ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

bool serves(Route route, Method method) {
  switch (method) {
    case Method::kOptions: return true;
    case Method::kPost: return takes_photo(route);
    case Method::kGet:
    case Method::kHead: return !takes_photo(route);
    case Method::kOther: return false;
  }
  return false;
}

RoutedPath route_of(std::string_view path) {
  if (path == kAlias || path.starts_with("/api/")) path.remove_prefix(kAlias.size());
  if (path.empty()) path = "/";
  for (const Entry& entry : kEntries) {
    if (entry.path == path) return {entry.route, {}};
  }
  if (path == kDocsFolder) return {Route::kDocs, kIndex};
  if (path.starts_with(kDocsFolder)) return {Route::kDocs, path.substr(kDocsFolder.size())};
  if (path.starts_with('/')) return {Route::kPage, path.substr(1)};
  return {};
}

}  // namespace face_privacy
