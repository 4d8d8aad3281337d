#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/people.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"

namespace face_privacy {
namespace {

struct ModelArguments {
  SharedOptions shared;
  RecognizerOptions recognizer;
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
  const auto detector = load_detector(arguments.shared, 1);
  if (!detector) {
    print_error("", detector.error().message);
    return kExitSomeFailed;
  }
  const ModelInfo& model = detector->model();
  std::printf("name     %s\nsha256   %s\nlayout   %s\nengine   %s\nlicence  %s\n", model.name.c_str(),
              model.sha256.c_str(), model.layout.c_str(), model.engine.c_str(), model.license.c_str());
  return print_recognizer(arguments.recognizer, arguments.shared.engine);
}

}  // namespace

void add_model_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<ModelArguments>();
  CLI::App* command =
      app.add_subcommand("model", "Which weights are in use: name, sha256, layout, engine, licence");
  command->add_option("--model", arguments->shared.model, "Another RetinaFace as an ONNX file")
      ->envname("FACE_PRIVACY_MODEL");
  add_engine_option(*command, arguments->shared);
  add_recognizer_options(*command, arguments->recognizer);
  command->callback([arguments, &chosen] { chosen = [arguments] { return print_model(*arguments); }; });
}

}  // namespace face_privacy
