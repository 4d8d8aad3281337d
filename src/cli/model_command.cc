#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/key_files.h"
#include "cli/output.h"
#include "cli/people.h"
#include "cli/photo_files.h"
#include "cli/photo_run.h"
#include "cli/registry_options.h"
#include "cli/shared_options.h"
#include "crypto/digest.h"

namespace face_privacy {
namespace {

struct ModelArguments {
  SharedOptions shared;
  RecognizerOptions recognizer;
  RegistryOptions registry;
  bool to_register = false;
  std::string name = "face-privacy";
  std::string alias;
  std::string signing_key;
};

int print_recognizer(const RecognizerOptions& options, const std::string& engine) {
  const auto found = recognizer_settings(options, engine);
  if (!found) {
    print_error("", found.error().message);
    return kExitUsage;
  }
  const auto& settings = *found;
  if (!settings) {
    std::printf("\nrecognizer  not installed; `make recognizer` brings it, for --keep-person\n");
    return status_after_output(kExitDone);
  }
  const auto recognizer = Recognizer::load(*settings);
  if (!recognizer) {
    print_error(settings->model_path, recognizer.error().message);
    return kExitSomeFailed;
  }
  const RecognizerInfo& info = recognizer->info();
  std::printf(
      "\nrecognizer  %s\n  sha256    %s\n  engine    %s\n  keeps     from similarity %.2f\n  asks      from "
      "similarity %.2f\n  licence   %s\n",
      info.name.c_str(), info.sha256.c_str(), info.engine.c_str(), static_cast<double>(info.bands.keep),
      static_cast<double>(info.bands.ask), info.license.c_str());
  return status_after_output(kExitDone);
}

int print_model(const ModelArguments& arguments) {
  const auto weights = choose_weights(arguments.shared, arguments.registry);
  if (!weights) return report_error(weights.error());
  const auto detector = load_detector(weights->detector);
  if (!detector) return report_error(detector.error());
  const ModelInfo& model = detector->model();
  std::printf("name     %s\nsha256   %s\nlayout   %s\nengine   %s\nlicence  %s\n", model.name.c_str(),
              model.sha256.c_str(), model.layout.c_str(), model.engine.c_str(), model.license.c_str());
  return print_recognizer(arguments.recognizer, arguments.shared.engine);
}

// Of the weights, and of the 8-bit engine's table where there is one.
Result<WeightsFiles> read_weights(const Detector::Settings& detector) {
  WeightsFiles files;
  auto weights = read_file(detector.model_path, kMaxWeightsBytes);
  if (!weights) return fail(weights.error().code, detector.model_path + ": " + weights.error().message);
  files.weights = std::move(*weights);
  const std::string ranges = std::filesystem::path(detector.model_path).replace_extension(".ranges");
  if (!std::filesystem::exists(ranges)) return files;
  auto table = read_file(ranges, kMaxWeightsBytes);
  if (!table) return fail(table.error().code, ranges + ": " + table.error().message);
  files.ranges = std::move(*table);
  return files;
}

Result<void> check_registration(const ModelArguments& arguments) {
  if (!is_registry_name(arguments.name) || (!arguments.alias.empty() && !is_registry_name(arguments.alias))) {
    return fail(ErrorCode::kInvalidOption,
                "--name and --alias take letters, digits, '.', '_' and '-', and not digits alone");
  }
  if (is_model_reference(arguments.shared.model))
    return fail(ErrorCode::kInvalidOption,
                arguments.shared.model + " is registered; --register needs a file");
  if (!arguments.signing_key.empty()) return {};
  return fail(ErrorCode::kInvalidOption, "--signing-key is needed: unsigned weights are never served");
}

int print_registered(const ModelArguments& arguments, const std::string& version,
                     const WeightsStatement& statement, const PublicKey& key) {
  std::printf("registered  models:/%s/%s\nsha256      %s\nranges      %s\nsigned by   %s\n",
              arguments.name.c_str(), version.c_str(), statement.sha256.c_str(),
              statement.ranges_sha256.empty() ? "none" : statement.ranges_sha256.c_str(), key.id().c_str());
  if (!arguments.alias.empty()) {
    std::printf("alias       models:/%s@%s\n", arguments.name.c_str(), arguments.alias.c_str());
  }
  return status_after_output(kExitDone);
}

int register_model(const ModelArguments& arguments) {
  if (const auto valid = check_registration(arguments); !valid) return report_error(valid.error());
  const auto server = mlflow_server(arguments.registry);
  if (!server) return report_error(server.error());
  const auto key = read_signing_key(arguments.signing_key);
  if (!key) return report_error(key.error());
  // What sees nothing is not even signed.
  const Detector::Settings weights = detector_settings(arguments.shared, 1);
  const auto detector = load_detector(weights);
  if (!detector) return report_error(detector.error());
  const auto files = read_weights(weights);
  if (!files) return report_error(files.error());
  WeightsStatement statement{arguments.name, to_hex(sha256(files->weights)), {}};
  if (!files->ranges.empty()) statement.ranges_sha256 = to_hex(sha256(files->ranges));
  const auto version = server->register_weights(*files, statement, sign_weights(statement, *key));
  if (!version) return report_error({ErrorCode::kIo, version.error().message});
  if (!arguments.alias.empty()) {
    const auto set = server->set_alias(arguments.name, arguments.alias, *version);
    if (!set) return report_error({ErrorCode::kIo, set.error().message});
  }
  return print_registered(arguments, *version, statement, key->public_key());
}

void add_registration_options(CLI::App& command, ModelArguments& arguments) {
  command.add_flag("--register", arguments.to_register,
                   "Upload the weights to --mlflow, sign their SHA-256, and make them a version of a model");
  command.add_option("--name", arguments.name, "Of the registered model")->capture_default_str();
  command.add_option("--alias", arguments.alias, "Let this alias, such as production, mean the new version");
  add_signing_key_option(command, arguments.signing_key);
}

}  // namespace

void add_model_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<ModelArguments>();
  CLI::App* command = app.add_subcommand(
      "model",
      "Which weights are in use: name, sha256, layout, engine, licence; or bring them to an MLflow server");
  command
      ->add_option(
          "--model", arguments->shared.model,
          "Another RetinaFace as an ONNX file, or models:/NAME@ALIAS or models:/NAME/VERSION of --mlflow")
      ->envname("FACE_PRIVACY_MODEL");
  add_weights_options(*command, arguments->shared);
  add_engine_option(*command, arguments->shared);
  add_recognizer_options(*command, arguments->recognizer);
  add_mlflow_options(*command, arguments->registry, "MLflow server that weights come from or go to");
  add_model_key_option(*command, arguments->registry);
  add_registration_options(*command, *arguments);
  command->callback([arguments, &chosen] {
    chosen = [arguments] {
      return arguments->to_register ? register_model(*arguments) : print_model(*arguments);
    };
  });
}

}  // namespace face_privacy
