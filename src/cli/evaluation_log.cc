#include "cli/evaluation_log.h"

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>

#include "cli/photo_files.h"
#include "cli/photo_run.h"
#include "crypto/digest.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr const char* kSettings[] = {"profile", "min_score", "min_iou"};

bool is_setting(std::string_view name) {
  return std::find(std::begin(kSettings), std::end(kSettings), name) != std::end(kSettings);
}

std::string plain_text(const json::value& value) {
  const json::string* text = value.if_string();
  return text != nullptr ? std::string(text->begin(), text->end()) : json::serialize(value);
}

void add_numbers(const std::string& path, const json::value& value, std::map<std::string, double>& metrics) {
  if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) {
      std::string name = path;
      if (!name.empty()) name += '.';
      name += std::string(member.key());
      add_numbers(name, member.value(), metrics);
    }
  } else if (value.is_number()) {
    metrics[path] = value.to_number<double>();
  }
}

// "<32" and ">=64" hold letters that MLflow does not take.
std::string spelled(std::string name) {
  const auto replace = [&](std::string_view from, std::string_view to) {
    const std::size_t at = name.find(from);
    if (at != std::string::npos) name.replace(at, from.size(), to);
  };
  replace(">=", "from_");
  replace("<", "under_");
  return name;
}

std::map<std::string, double> metrics_of(const json::object& report) {
  std::map<std::string, double> found;
  for (const auto& member : report) {
    if (is_setting(member.key())) continue;
    add_numbers(member.key() == "all" ? "" : std::string(member.key()), member.value(), found);
  }
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    found["peak_memory_bytes"] = static_cast<double>(usage.ru_maxrss) * 1024;
    found["cpu_seconds"] = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
  }
  std::map<std::string, double> metrics;
  for (const auto& [name, value] : found) metrics[spelled(name)] = value;
  return metrics;
}

Result<std::map<std::string, std::string>> given_tags(const EvaluationLogOptions& options) {
  std::map<std::string, std::string> tags;
  for (const std::string& tag : options.tags) {
    const std::size_t equals = tag.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::kInvalidOption, "--mlflow-tag takes KEY=VALUE, not " + tag);
    }
    tags[tag.substr(0, equals)] = tag.substr(equals + 1);
  }
  return tags;
}

}  // namespace

void add_evaluation_log_options(CLI::App& command, EvaluationLogOptions& options) {
  add_mlflow_options(command, options.registry,
                     "MLflow server to log the figures to, and to fetch weights from");
  add_model_key_option(command, options.registry);
  command.add_option("--mlflow-experiment", options.experiment, "Experiment that the run belongs to")
      ->capture_default_str();
  command
      .add_option("--mlflow-tag", options.tags,
                  "Tag of the run, KEY=VALUE, such as git.commit=abc; repeatable")
      ->allow_extra_args(false);
}

Result<void> check_evaluation_log(const EvaluationLogOptions& options) {
  if (options.registry.url.empty()) return {};
  if (const auto server = mlflow_server(options.registry); !server) return fail(server);
  if (const auto tags = given_tags(options); !tags) return fail(tags);
  return {};
}

Result<std::string> data_set_sha256(const std::string& images, const std::string& truth_file,
                                    const std::vector<TruthPhoto>& truth) {
  std::string lines;
  const auto add = [&](const std::filesystem::path& path) -> Result<void> {
    const auto file = read_file(path, Limits{}.max_bytes);
    if (!file) return fail(file.error().code, path.string() + ": " + file.error().message);
    lines += to_hex(sha256(*file)) + "\n";
    return {};
  };
  if (auto added = add(truth_file); !added) return fail(added);
  for (const TruthPhoto& photo : truth) {
    if (auto added = add(std::filesystem::path(images) / photo.image); !added) return fail(added);
  }
  return to_hex(sha256(lines));
}

int log_evaluation(const json::object& report, const std::string& data_set,
                   const EvaluationLogOptions& options) {
  const auto server = mlflow_server(options.registry);
  auto tags = given_tags(options);
  if (!server || !tags) {
    print_error("", server ? tags.error().message : server.error().message);
    return kExitUsage;
  }
  EvaluationRun run{options.experiment, {}, metrics_of(report), {}, std::move(*tags)};
  for (const char* name : kSettings) run.params[name] = plain_text(report.at(name));
  const json::object& model = report.at("model").as_object();
  for (const auto& member : model)
    run.params["model." + std::string(member.key())] = plain_text(member.value());
  run.tags["weights.sha256"] = plain_text(model.at("sha256"));
  run.tags["data_set.sha256"] = data_set;
  run.tags["program.version"] = FACE_PRIVACY_VERSION;
  run.name = std::string(FACE_PRIVACY_VERSION) + " " + run.params["profile"];
  const auto id = server->log(run);
  if (!id) {
    print_error("", "the figures are not logged: " + id.error().message);
    return kExitSomeFailed;
  }
  std::fprintf(stderr, "logged to %s as run %s\n", server->url().text().c_str(), id->c_str());
  return kExitDone;
}

}  // namespace face_privacy
