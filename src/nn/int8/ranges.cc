#include "nn/int8/ranges.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <locale>
#include <optional>
#include <sstream>
#include <utility>

namespace face_privacy::int8 {
namespace {

std::string_view take_word(std::string_view& line) {
  const std::size_t from = line.find_first_not_of(' ');
  if (from == std::string_view::npos) return line = {};
  line.remove_prefix(from);
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

Result<Ranges> damaged() { return fail(ErrorCode::kModel, "the table of activation ranges is damaged"); }

std::optional<std::vector<float>> take_values(std::string_view line) {
  std::vector<float> values;
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    float value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value))
      return std::nullopt;
    values.push_back(value);
  }
  return values;
}

using Lists = std::map<std::string, std::vector<float>>;

Lists* list_of(Ranges& ranges, std::string_view kind) {
  if (kind == "range") return &ranges.largest;
  if (kind == "low") return &ranges.smallest;
  if (kind == "mean") return &ranges.mean;
  if (kind == "moments") return &ranges.moments;
  if (kind == "gate") return &ranges.gates;
  return nullptr;
}

void append_lines(std::ostream& out, const char* kind, const Lists& lists) {
  for (const auto& [name, values] : lists) {
    out << kind << ' ' << name;
    for (const float value : values) out << ' ' << value;
    out << '\n';
  }
}

}  // namespace

Result<Ranges> parse_ranges(std::string_view text) {
  Ranges ranges;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string_view kind = take_word(line);
    if (kind.empty() || kind.front() == '#') continue;
    const std::string name(take_word(line));
    if (kind == "model") {
      ranges.model_sha256 = name;
      continue;
    }
    auto values = take_values(line);
    auto* const list = values ? list_of(ranges, kind) : nullptr;
    if (list == nullptr) return damaged();
    if (kind == "range" && std::any_of(values->begin(), values->end(), [](float v) { return v <= 0; })) {
      return damaged();
    }
    (*list)[name] = std::move(*values);
  }
  if (ranges.model_sha256.empty()) return damaged();
  return ranges;
}

std::string to_text(const Ranges& ranges) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out.precision(4);
  out << "model " << ranges.model_sha256 << '\n';
  append_lines(out, "range", ranges.largest);
  append_lines(out, "low", ranges.smallest);
  append_lines(out, "mean", ranges.mean);
  append_lines(out, "moments", ranges.moments);
  append_lines(out, "gate", ranges.gates);
  return std::move(out).str();
}

}  // namespace face_privacy::int8
