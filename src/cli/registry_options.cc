#include "cli/registry_options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cli/key_files.h"
#include "cli/number_range.h"

namespace face_privacy {
namespace {

std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

ErrorCode code_of(RegistryFault fault) {
  switch (fault) {
    case RegistryFault::kUnreachable:
    case RegistryFault::kTooSlow:
    case RegistryFault::kRefused:
    case RegistryFault::kMalformed:
    case RegistryFault::kTooLarge: return ErrorCode::kIo;
    case RegistryFault::kUnsigned:
    case RegistryFault::kBadSignature:
    case RegistryFault::kWrongHash: break;
  }
  return ErrorCode::kModel;
}

Result<VerifiedWeights> fetch(const ModelSource& source) {
  const auto failed = [](const RegistryError& error) { return fail(code_of(error.fault), error.message); };
  const auto resolved = source.server.resolve(source.reference, source.keys);
  if (!resolved) return failed(resolved.error());
  auto weights = source.server.fetch(resolved->first, resolved->second, kMaxWeightsBytes);
  if (!weights) return failed(weights.error());
  return std::move(*weights);
}

}  // namespace

void add_mlflow_options(CLI::App& command, RegistryOptions& options, const std::string& meaning) {
  command
      .add_option("--mlflow", options.url,
                  meaning +
                      ": http://HOST:PORT or https://HOST; name and password in the environment, as "
                      "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD")
      ->envname("FACE_PRIVACY_MLFLOW");
  command
      .add_option("--mlflow-timeout", options.timeout_seconds,
                  "For the whole exchange with the MLflow server, of a set of weights in seconds")
      ->check(number_in(0.1, 3600))
      ->envname("FACE_PRIVACY_MLFLOW_TIMEOUT")
      ->type_name("SECONDS")
      ->capture_default_str();
}

void add_model_key_option(CLI::App& command, RegistryOptions& options) {
  command
      .add_option("--model-key", options.model_keys,
                  "Public key of who may sign weights of a registry (--model models:/...), PEM or a key set; "
                  "may be repeated (in the environment also the PEM text itself)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->envname("FACE_PRIVACY_MODEL_KEY");
}

void add_registry_options(CLI::App& command, RegistryOptions& options) {
  add_mlflow_options(command, options, "Registry that --model models:/NAME@ALIAS is asked of");
  add_model_key_option(command, options);
}

Result<MlflowServer> mlflow_server(const RegistryOptions& options) {
  if (options.url.empty()) return fail(ErrorCode::kInvalidOption, "--mlflow is needed: where the server is");
  const auto url = parse_server_url(options.url);
  if (!url) return fail(url.error().code, options.url + ": " + url.error().message);
  const std::chrono::milliseconds timeout(static_cast<std::int64_t>(options.timeout_seconds * 1000));
  return MlflowServer(
      *url, {from_environment("MLFLOW_TRACKING_USERNAME"), from_environment("MLFLOW_TRACKING_PASSWORD")},
      timeout);
}

Result<std::optional<ModelSource>> model_source(const std::string& model, const RegistryOptions& options) {
  if (!is_model_reference(model)) return std::nullopt;
  const auto reference = parse_model_reference(model);
  if (!reference) return fail(reference.error().code, model + ": " + reference.error().message);
  const auto server = mlflow_server(options);
  if (!server) return fail(server);
  if (options.model_keys.empty()) {
    return fail(ErrorCode::kInvalidOption,
                "--model-key is needed: whoever may write to a registry could choose what this program sees");
  }
  auto keys = read_key_files(options.model_keys);
  if (!keys) return fail(keys);
  return ModelSource{*server, *reference, std::move(*keys)};
}

Result<ChosenWeights> choose_weights(const SharedOptions& shared, const RegistryOptions& registry) {
  const auto source = model_source(shared.model, registry);
  if (!source) return fail(source);
  if (!*source) return ChosenWeights{detector_settings(shared, 1), nullptr};
  const auto weights = fetch(**source);
  if (!weights) return fail(weights);
  auto held = WeightsInMemory::hold(weights->files.weights, weights->files.ranges);
  if (!held) return fail(held);
  ChosenWeights chosen{detector_settings(shared, 1),
                       std::make_shared<const WeightsInMemory>(std::move(*held))};
  chosen.detector.model_path = chosen.held->weights_path();
  chosen.detector.ranges_path = chosen.held->ranges_path();
  chosen.detector.expected_sha256 = weights->statement.sha256;
  chosen.detector.name = weights->name;
  return chosen;
}

}  // namespace face_privacy
