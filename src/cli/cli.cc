#include "cli/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"

namespace face_privacy {
namespace {

void describe(CLI::App& app) {
  app.name("face-privacy");
  app.description(
      "Finds faces in photos with RetinaFace and redacts them irreversibly.\n"
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

bool stands_in(std::string_view flag, int argc, char** argv) {
  return std::any_of(argv, argv + argc, [&](std::string_view given) {
    return given.starts_with(flag) && (given.size() == flag.size() || given[flag.size()] == '=');
  });
}

// The library names the option, although nobody gave it where its value stands in the environment.
std::string naming_the_variable(std::string what, const CLI::App& app, int argc, char** argv) {
  const std::size_t start = what.find("--");
  if (start == std::string::npos) return what;
  const std::size_t end = std::min(what.find_first_of(": ", start), what.size());
  const std::string flag = what.substr(start, end - start);
  for (const CLI::App* command : app.get_subcommands()) {
    const CLI::Option* option = command->get_option_no_throw(flag);
    if (option == nullptr || stands_in(flag, argc, argv)) continue;
    const std::string variable = option->get_envname();
    if (std::getenv(variable.c_str()) != nullptr) return what.replace(start, end - start, variable);
  }
  return what;
}

// As a script's variable that nobody set gives; with none of its options a command would do something else.
void refuse_empty_values(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    for (const CLI::Option* option : command->get_options()) {
      const auto& values = option->results();
      const bool has_empty =
          option->get_items_expected_max() > 0 && std::find(values.begin(), values.end(), "") != values.end();
      if (has_empty) throw CLI::ValidationError(option->get_name(), "the value is empty");
    }
    refuse_empty_values(*command);
  }
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
    refuse_empty_values(app);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);
      return status_after_output(kExitDone);
    }
    // One line, since it repeats what was given, whatever that was.
    return usage_error("", naming_the_variable(error.what(), app, argc, argv));
  }
  return chosen();
}

}  // namespace face_privacy
