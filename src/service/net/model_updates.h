// Weights of a registry while the service runs: fetched at the start and when somebody asks, tried, and only
// then served. Whatever goes wrong, the weights that serve go on.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "registry/mlflow.h"
#include "worker/serving_workers.h"

namespace face_privacy {

// Which weights a service asks for, and whose signature it takes.
struct ModelSource {
  MlflowServer server;
  ModelReference reference;
  std::vector<PublicKey> keys;
};

// What became of a pull.
struct PullOutcome {
  std::string_view result;  // "live", "unchanged", "unusable", or the name of a RegistryFault
  std::string message;      // why not; empty where all is well
  ModelInfo model;          // that serves now

  bool succeeded() const { return message.empty(); }
};
std::vector<std::string_view> pull_results();

class ModelUpdates {
 public:
  struct Settings {
    ModelSource source;
    std::shared_ptr<ServingWorkers> serving;
    // Starts workers with weights that are held in memory under this name.
    std::function<Result<WorkerSet>(std::shared_ptr<const WeightsInMemory>, const std::string& name,
                                    const std::string& sha256)>
        start;
    std::function<void(const PullOutcome&)> on_outcome;
  };
  explicit ModelUpdates(Settings settings) : settings_(std::move(settings)) {}
  ~ModelUpdates();

  // On the calling thread.
  void pull();
  // On a thread of its own, once more if one is at it. From then on.
  void ask();
  // Gives up what waits for the network; no pull begins any more.
  void stop();

 private:
  PullOutcome outcome();
  PullOutcome try_weights(const VerifiedWeights& weights);
  Result<void> check(const WorkerSet& candidate) const;
  void answer_questions();

  const Settings settings_;
  std::mutex pulling_;
  std::optional<WeightsStatement> pulled_;  // what serves, where it came from the registry
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable_any asked_;
  bool is_asked_ = false;
  std::jthread thread_;
};

}  // namespace face_privacy
