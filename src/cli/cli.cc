#include "cli/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"

namespace face_privacy {
namespace {

void describe(CLI::App& app) {
  app.name("face-privacy");
  app.description(
      "Finds faces in photos with RetinaFace and redacts them so that nobody gets them back.\n"
      "Photos stay on this machine.");
  app.set_version_flag("--version", "face-privacy " FACE_PRIVACY_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Begin with:\n"
      "  face-privacy blur photo.jpg        writes photo-redacted.jpg\n"
      "  face-privacy serve                 the HTTP service on port 3000\n"
      "`face-privacy COMMAND --help` tells the rest. Most options can be set in the environment, e.g. "
      "FACE_PRIVACY_PROFILE.");
}

// A first word that is neither option nor command; the library would only say that a command is missing.
bool names_no_command(const CLI::App& app, int argc, char** argv) {
  const auto is_named = [&](const CLI::App* command) { return command->get_name() == argv[1]; };
  return argc > 1 && argv[1][0] != '-' && app.get_subcommands(is_named).empty();
}

int usage_error(const std::string& file_or_command, const std::string& what) {
  print_error(file_or_command, what);
  std::fputs("Run with --help for more information.\n", stderr);
  return kExitUsage;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app;
  describe(app);
  Command chosen;
  add_blur_command(app, chosen);
  add_detect_command(app, chosen);
  add_serve_command(app, chosen);
  add_eval_command(app, chosen);
  add_model_command(app, chosen);
  add_key_command(app, chosen);
  add_feedback_command(app, chosen);
  add_verify_command(app, chosen);
  if (names_no_command(app, argc, argv)) return usage_error(argv[1], "there is no such command");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return status_after_output(kExitDone);
    }
    // One line, since it repeats what was given, whatever that was.
    return usage_error("", error.what());
  }
  return chosen();
}

}  // namespace face_privacy
