#include "registry/answers.h"

#include <algorithm>
#include <boost/json.hpp>

#include "json/strict_json.h"
#include "registry/references.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::string_view kProxied = "mlflow-artifacts:/";
constexpr std::size_t kLongestPath = 1024;
constexpr std::size_t kLongestTag = 5000;  // as MLflow has it
constexpr std::size_t kMostTags = 200;
constexpr std::size_t kLongestId = 64;

using Text = std::string_view;

json::value parsed(Text text) {
  if (text.size() > kMaxAnswerBytes) return {};
  boost::system::error_code error;
  return parse_strict_json(text, error);
}

const json::value* member(const json::value* value, const char* key) {
  const json::object* object = value != nullptr ? value->if_object() : nullptr;
  return object != nullptr ? object->if_contains(key) : nullptr;
}

std::string text_of(const json::value* value, std::size_t longest) {
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr && text->size() <= longest ? std::string(text->begin(), text->end()) : std::string();
}

bool is_id(const std::string& text) {
  return !text.empty() && text.size() <= kLongestId && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

bool is_number(const std::string& text) {
  return is_id(text) && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void read_tags(const json::value* value, ModelVersion& version) {
  const json::array* tags = value != nullptr ? value->if_array() : nullptr;
  if (tags == nullptr || tags->size() > kMostTags) return;
  for (const json::value& tag : *tags) {
    const std::string key = text_of(member(&tag, "key"), kLongestTag);
    const std::string text = text_of(member(&tag, "value"), kLongestTag);
    if (key == "sha256") version.sha256 = text;
    if (key == "ranges_sha256") version.ranges_sha256 = text;
    if (key == "signature") version.signature = text;
  }
}

bool is_part(Text part) {
  return !part.empty() && part != "." && part != ".." && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace

std::optional<std::string> artifact_path(Text uri) {
  if (!uri.starts_with(kProxied) || uri.size() > kLongestPath) return std::nullopt;
  const Text path = uri.substr(kProxied.size());
  for (Text rest = path;; rest.remove_prefix(rest.find('/') + 1)) {
    if (!is_part(rest.substr(0, rest.find('/')))) return std::nullopt;
    if (rest.find('/') == Text::npos) return std::string(path);
  }
}

std::optional<Experiment> read_experiment(Text text) {
  const json::value value = parsed(text);
  const json::value* inner = member(&value, "experiment");
  Experiment experiment{text_of(member(inner != nullptr ? inner : &value, "experiment_id"), kLongestId)};
  return is_id(experiment.id) ? std::optional(std::move(experiment)) : std::nullopt;
}

std::optional<RunPlace> read_run(Text text) {
  const json::value value = parsed(text);
  const json::value* info = member(member(&value, "run"), "info");
  RunPlace run{text_of(member(info, "run_id"), kLongestId), {}};
  // A run that only logs numbers does not need artifacts.
  run.artifacts = artifact_path(text_of(member(info, "artifact_uri"), kLongestPath)).value_or("");
  return is_id(run.run_id) ? std::optional(std::move(run)) : std::nullopt;
}

std::optional<ModelVersion> read_model_version(Text text) {
  const json::value value = parsed(text);
  const json::value* inner = member(&value, "model_version");
  ModelVersion version;
  version.name = text_of(member(inner, "name"), kLongestTag);
  version.version = text_of(member(inner, "version"), kLongestId);
  auto artifacts = artifact_path(text_of(member(inner, "source"), kLongestPath));
  if (!artifacts || !is_registry_name(version.name) || !is_number(version.version)) return std::nullopt;
  version.artifacts = std::move(*artifacts);
  read_tags(member(inner, "tags"), version);
  return version;
}

std::string read_error_code(Text text) {
  const json::value value = parsed(text);
  return text_of(member(&value, "error_code"), kLongestId);
}

}  // namespace face_privacy
