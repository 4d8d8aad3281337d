#include "service/http/static_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "crypto/digest.h"
#include "service/http/header_value.h"

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

// Accept-Encoding names codings, each maybe with a weight; 0 rules one out. A star is not heeded: what
// is sent plain suits everyone.
bool takes(std::string_view accept_encoding, std::string_view coding) {
  while (!accept_encoding.empty()) {
    const auto comma = accept_encoding.find(',');
    const std::string_view one = accept_encoding.substr(0, comma);
    accept_encoding = comma == std::string_view::npos ? "" : accept_encoding.substr(comma + 1);
    const auto semicolon = one.find(';');
    if (!equal_ignoring_case(trimmed(one.substr(0, semicolon)), coding)) continue;
    if (semicolon == std::string_view::npos) return true;
    const std::string_view weight = trimmed(one.substr(semicolon + 1));
    return weight.find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kCodings{
    {{".br", "br"}, {".gz", "gzip"}}};

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
    result.files_[name] = {std::move(content),
                           media_type_of_name(relative),
                           "\"" + to_hex(ByteView(digest).first(kTagBytes)) + "\"",
                           cache_control_of(name),
                           relative.extension() == ".html",
                           {}};
  }
  if (error) return fail(ErrorCode::kIo, "the folder " + folder + " cannot be read");
  if (!result.files_.contains(std::string(kIndex))) {
    return fail(ErrorCode::kIo, "there is no index.html in " + folder);
  }
  result.put_compressed_beside();
  return result;
}

void StaticFiles::put_compressed_beside() {
  for (const auto& [extension, coding] : kCodings) {
    for (auto& [name, file] : files_) {
      const auto found = files_.find(name + std::string(extension));
      if (found != files_.end()) file.compressed.push_back({coding, found->second.content});
    }
  }
  std::erase_if(files_, [&](const auto& entry) {
    const std::string_view name = entry.first;
    return std::any_of(kCodings.begin(), kCodings.end(), [&](const auto& one) {
      return name.ends_with(one.first) &&
             files_.contains(std::string(name.substr(0, name.size() - one.first.size())));
    });
  });
}

Response StaticFiles::answer(const File& file, const Terms& terms) {
  const auto chosen = std::find_if(
      file.compressed.begin(), file.compressed.end(),
      [&](const Compressed& one) { return takes(terms.accept_encoding.value_or(""), one.coding); });
  const bool is_plain = chosen == file.compressed.end();
  // Each coding is a representation of its own, so it has a tag of its own.
  std::string tag = file.entity_tag;
  if (!is_plain) {
    tag.pop_back();
    tag.append("-").append(chosen->coding).append("\"");
  }
  Response response;
  if (!file.compressed.empty()) response.headers.add("Vary", "Accept-Encoding");
  response.headers.add("ETag", tag);
  response.headers.add("Cache-Control", std::string(file.cache_control));
  if (terms.if_none_match && names_entity_tag(*terms.if_none_match, tag)) {
    response.status = 304;
    return response;
  }
  response.headers.add("Content-Type", std::string(file.media_type));
  if (!is_plain) response.headers.add("Content-Encoding", std::string(chosen->coding));
  response.body = Body(is_plain ? file.content : chosen->content);
  return response;
}

std::optional<Response> StaticFiles::find(std::string_view name, const Terms& terms) const {
  const auto found = files_.find(std::string(name.empty() ? kIndex : name));
  if (found == files_.end()) return std::nullopt;
  Response response = answer(found->second, terms);
  // A worker lives by the policy of its own file, not by its page's.
  const bool has_policy = found->second.is_page || found->first.ends_with(".js");
  if (has_policy) response.headers.add("Content-Security-Policy", content_security_policy_);
  return response;
}

}  // namespace face_privacy
