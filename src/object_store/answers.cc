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

// All of it; nothing for what is no number.
std::optional<std::uint64_t> whole_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(number)
                                                                         : std::nullopt;
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i).substr(1, 2);
    const auto byte = text[i] == '%' && digits.size() == 2 ? whole_number(digits, 16) : std::nullopt;
    plain += byte ? static_cast<char>(*byte) : text[i];
    if (byte) i += 2;
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
    const auto bytes = size ? whole_number(size->content, 10) : std::nullopt;
    if (!key || !bytes) return std::nullopt;
    listing.objects.push_back({decoded(without_entities(key->content)), *bytes});
  }
  if (const auto more = element(xml, "IsTruncated"); more && more->content == "true") {
    const auto next = element(xml, "NextContinuationToken");
    if (!next || next->content.empty()) return std::nullopt;
    listing.next = without_entities(next->content);
  }
  return listing;
}

}  // namespace face_privacy
