#include "object_store/answers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace face_privacy {
namespace {

constexpr std::size_t kLongestCode = 64;

// What stands between the first <name> and </name> from `from` on, and where it ends.
struct Element {
  std::string_view content;
  std::size_t end = 0;
};
std::optional<Element> element(std::string_view xml, std::string_view name, std::size_t from = 0) {
  const std::string open = std::string("<").append(name).append(">");
  const std::string close = std::string("</").append(name).append(">");
  const std::size_t begin = xml.find(open, from);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t content = begin + open.size();
  const std::size_t end = xml.find(close, content);
  if (end == std::string_view::npos) return std::nullopt;
  return Element{xml.substr(content, end - content), end + close.size()};
}

std::string without_entities(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string plain;
  while (!text.empty()) {
    const auto found = std::find_if(kEntities.begin(), kEntities.end(),
                                    [&](const auto& entity) { return text.starts_with(entity.first); });
    plain += found == kEntities.end() ? text.front() : found->second;
    text.remove_prefix(found == kEntities.end() ? 1 : found->first.size());
  }
  return plain;
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      plain += static_cast<char>(byte);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

std::string read_s3_error_code(std::string_view xml) {
  const auto code = element(xml, "Code");
  const bool is_code = code && code->content.size() <= kLongestCode &&
                       std::all_of(code->content.begin(), code->content.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  return is_code ? std::string(code->content) : std::string();
}

std::optional<Listing> read_listing(std::string_view xml) {
  if (xml.find("<ListBucketResult") == std::string_view::npos) return std::nullopt;
  Listing listing;
  std::size_t place = 0;
  while (const auto contents = element(xml, "Contents", place)) {
    place = contents->end;
    const auto key = element(contents->content, "Key");
    const auto size = element(contents->content, "Size");
    if (!key || !size) return std::nullopt;
    ListedObject object{decoded(without_entities(key->content)), 0};
    const char* end = size->content.data() + size->content.size();
    if (std::from_chars(size->content.data(), end, object.bytes).ptr != end) return std::nullopt;
    listing.objects.push_back(std::move(object));
  }
  if (const auto more = element(xml, "IsTruncated"); more && more->content == "true") {
    const auto next = element(xml, "NextContinuationToken");
    if (!next || next->content.empty()) return std::nullopt;
    listing.next = without_entities(next->content);
  }
  return listing;
}

}  // namespace face_privacy
