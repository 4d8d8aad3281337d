#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"

namespace face_privacy {
namespace {

int print_model(const SharedOptions& options) {
  const auto detector = load_detector(options, 1);
  if (!detector) {
    print_error("", detector.error().message);
    return kExitSomeFailed;
  }
  const ModelInfo& model = detector->model();
  std::printf("name     %s\nsha256   %s\nlayout   %s\nengine   %s\nlicence  %s\n", model.name.c_str(),
              model.sha256.c_str(), model.layout.c_str(), model.engine.c_str(), model.license.c_str());
  return status_after_output(kExitDone);
}

}  // namespace

void add_model_command(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<SharedOptions>();
  CLI::App* command =
      app.add_subcommand("model", "Which weights are in use: name, sha256, layout, engine, licence");
  command->add_option("--model", options->model, "Another RetinaFace as an ONNX file")
      ->envname("FACE_PRIVACY_MODEL");
  add_engine_option(*command, *options);
  command->callback([options, &chosen] { chosen = [options] { return print_model(*options); }; });
}

}  // namespace face_privacy
