// One function for each subcommand: it adds itself to the parser and leaves what to run.
#pragma once

#include <functional>
#include <string>

#include "detect/detector.h"

namespace CLI {
class App;
}

namespace face_privacy {

// Set by the chosen subcommand's parse; returns the exit status.
using Command = std::function<int()>;

void add_blur_command(CLI::App& app, Command& chosen);
void add_detect_command(CLI::App& app, Command& chosen);
void add_eval_command(CLI::App& app, Command& chosen);
void add_feedback_command(CLI::App& app, Command& chosen);
void add_key_command(CLI::App& app, Command& chosen);
void add_model_command(CLI::App& app, Command& chosen);
void add_serve_command(CLI::App& app, Command& chosen);
void add_verify_command(CLI::App& app, Command& chosen);

}  // namespace face_privacy
