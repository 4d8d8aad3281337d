// The MLflow server, on the command line.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/shared_options.h"
#include "registry/mlflow.h"
#include "service/net/model_updates.h"
#include "worker/weights_in_memory.h"

namespace face_privacy {

struct RegistryOptions {
  std::string url;                      // --mlflow
  double timeout_seconds = 30;          // of one operation
  std::vector<std::string> model_keys;  // files
};

// --mlflow and --mlflow-timeout.
void add_mlflow_options(CLI::App& command, RegistryOptions& options, const std::string& meaning);
// --model-key, of commands that take weights from there.
void add_model_key_option(CLI::App& command, RegistryOptions& options);

// Both, of commands that work with such weights and have nothing to tell the server.
void add_registry_options(CLI::App& command, RegistryOptions& options);

// With name and password from MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD. kInvalidOption.
Result<MlflowServer> mlflow_server(const RegistryOptions& options);

// What `model` names, where it is "models:/...": kInvalidOption where server or keys are missing, kIo.
Result<std::optional<ModelSource>> model_source(const std::string& model, const RegistryOptions& options);

// What --model and --weights name. Those of a registry are fetched now: kInvalidOption, kIo, kModel where
// they cannot be had, for nobody works with other weights than those that were named.
Result<ChosenWeights> choose_weights(const SharedOptions& shared, const RegistryOptions& registry);

}  // namespace face_privacy
