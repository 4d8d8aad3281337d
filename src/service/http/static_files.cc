#include "service/http/static_files.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "service/http/digest.h"

namespace face_privacy {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndex = "index.html";
constexpr std::uintmax_t kMaxFolderBytes = std::uintmax_t{64} << 20;  // a page is a few megabytes

constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kMediaTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".avif", "image/avif"},
    {".gif", "image/gif"},
    {".ico", "image/vnd.microsoft.icon"},
    {".woff2", "font/woff2"},
    {".wasm", "application/wasm"},
    {".txt", "text/plain; charset=utf-8"},
    {".xml", "application/xml"},
}};

std::string_view media_type_of_name(const fs::path& name) {
  const std::string extension = name.extension().string();
  for (const auto& [known, type] : kMediaTypes) {
    if (extension == known) return type;
  }
  return "application/octet-stream";
}

// Vite puts a hash of the content into the name of what it writes to assets/.
std::string_view cache_control_of(std::string_view name) {
  return name.starts_with("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}

bool is_hidden(const fs::path& relative) {
  for (const fs::path& step : relative) {
    if (step.string().starts_with('.')) return true;
  }
  return false;
}

// If-None-Match is a list of entity tags or a star; weak ones compare by what is in the quotes.
bool matches(std::string_view if_none_match, std::string_view entity_tag) {
  return if_none_match == "*" || if_none_match.find(entity_tag) != std::string_view::npos;
}

}  // namespace

Result<StaticFiles> StaticFiles::load(const std::string& folder, std::string content_security_policy) {
  StaticFiles result;
  result.content_security_policy_ = std::move(content_security_policy);
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return fail(ErrorCode::kIo, "the folder " + folder + " cannot be read");
  std::uintmax_t total_bytes = 0;
  for (auto entry = fs::recursive_directory_iterator(root, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::path relative = fs::relative(entry->path(), root, error);
    if (error || !entry->is_regular_file(error) || is_hidden(relative)) continue;
    const fs::path real = fs::canonical(entry->path(), error);
    if (error || !real.string().starts_with(root.string() + "/")) continue;
    total_bytes += entry->file_size(error);
    if (total_bytes > kMaxFolderBytes)
      return fail(ErrorCode::kIo, "the folder " + folder + " is larger than 64 MiB");
    std::ifstream stream(real, std::ios::binary);
    auto content = std::make_shared<const std::string>(std::istreambuf_iterator<char>(stream),
                                                       std::istreambuf_iterator<char>());
    if (!stream) return fail(ErrorCode::kIo, "a file in " + folder + " cannot be read");
    const std::string name = relative.generic_string();
    const Sha256 digest = sha256(*content);
    constexpr std::size_t kTagBytes = 12;
    result.files_[name] = {std::move(content), media_type_of_name(relative),
                           "\"" + hex(digest.data(), kTagBytes) + "\"", cache_control_of(name),
                           relative.extension() == ".html"};
  }
  if (error) return fail(ErrorCode::kIo, "the folder " + folder + " cannot be read");
  if (!result.files_.contains(std::string(kIndex))) {
    return fail(ErrorCode::kIo, "there is no index.html in " + folder);
  }
  return result;
}

std::optional<Response> StaticFiles::find(std::string_view name,
                                          std::optional<std::string_view> if_none_match) const {
  const auto found = files_.find(std::string(name.empty() ? kIndex : name));
  if (found == files_.end()) return std::nullopt;
  const File& file = found->second;
  Response response;
  response.headers.add("ETag", file.entity_tag);
  response.headers.add("Cache-Control", std::string(file.cache_control));
  if (file.is_page) response.headers.add("Content-Security-Policy", content_security_policy_);
  if (if_none_match && matches(*if_none_match, file.entity_tag)) {
    response.status = 304;
    return response;
  }
  response.headers.add("Content-Type", std::string(file.media_type));
  response.body = Body(file.content);
  return response;
}

}  // namespace face_privacy
