#include "service/http/header_value.h"

#include <algorithm>

namespace face_privacy {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_token_char(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  bool skip(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
    const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return found;
  }
  // After the opening quote.
  std::optional<std::string> quoted() {
    std::string content;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return content;
      if (c == '\\' && !rest_.empty() && (rest_.front() == '"' || rest_.front() == '\\')) {
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      content.push_back(c);
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

std::optional<std::string> read_parameter_value(Reader& reader) {
  if (reader.skip('"')) return reader.quoted();
  const std::string_view token = reader.token();
  if (token.empty()) return std::nullopt;
  return std::string(token);
}

}  // namespace

bool names_entity_tag(std::string_view if_none_match, std::string_view entity_tag) {
  return if_none_match == "*" || if_none_match.find(entity_tag) != std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::optional<std::string_view> HeaderValue::find(std::string_view name) const {
  for (const auto& [key, content] : parameters) {
    if (key == name) return content;
  }
  return std::nullopt;
}

std::optional<HeaderValue> parse_header_value(std::string_view text) {
  HeaderValue result;
  const std::size_t end = text.find(';');
  result.value = to_lower(trimmed(text.substr(0, end)));
  if (end == std::string_view::npos) return result;
  Reader reader(text.substr(end));
  while (true) {
    reader.skip_blanks();
    if (reader.done()) return result;
    if (!reader.skip(';')) return std::nullopt;
    reader.skip_blanks();
    if (reader.done()) return result;
    std::string name = to_lower(reader.token());
    if (name.empty() || !reader.skip('=') || result.find(name)) return std::nullopt;
    auto content = read_parameter_value(reader);
    if (!content) return std::nullopt;
    result.parameters.emplace_back(std::move(name), std::move(*content));
  }
}

}  // namespace face_privacy
