// What an evaluation measured, as a run of an MLflow server.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "cli/registry_options.h"
#include "eval/truth.h"

namespace CLI {
class App;
}

namespace face_privacy {

struct EvaluationLogOptions {
  RegistryOptions registry;  // without a URL nothing is logged
  std::string experiment = "face-privacy/eval";
  std::vector<std::string> tags;  // KEY=VALUE
};
void add_evaluation_log_options(CLI::App& command, EvaluationLogOptions& options);

// kInvalidOption where an option is wrong, before anything is measured.
Result<void> check_evaluation_log(const EvaluationLogOptions& options);

// SHA-256 over the truth file and all its photos, hex: the same for the same data, wherever it lies. kIo.
Result<std::string> data_set_sha256(const std::string& images, const std::string& truth_file,
                                    const std::vector<TruthPhoto>& truth);

// Logs `report`, as `eval --json` prints it: its numbers as metrics by their path ("by_size.<32.recall";
// those of "all" by their name alone), its settings as parameters. Prints the run's id on standard error, or
// what went wrong; the exit status.
int log_evaluation(const boost::json::object& report, const std::string& data_set,
                   const EvaluationLogOptions& options);

}  // namespace face_privacy
