// An MLflow server, by its REST interface: runs with what an evaluation measured, and weights by name.
//
// Nothing here is needed to find a face: whoever calls goes on without it. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/stop_condition.h"
#include "http_client/http_client.h"
#include "registry/fault.h"
#include "registry/references.h"
#include "registry/weights.h"

namespace face_privacy {

struct EvaluationRun {
  std::string experiment;
  std::string name;
  std::map<std::string, double> metrics;  // letters, digits and "_-. :/" in names; other letters become '_'
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
};

struct WeightsFiles {
  Bytes weights;
  Bytes ranges;  // empty: none
};

struct VerifiedWeights {
  std::string name;  // "models:/face-privacy/3"
  WeightsStatement statement;
  WeightsFiles files;
};

class MlflowServer {
 public:
  // `timeout` for one of the operations below, all its calls together.
  MlflowServer(ServerUrl url, Credentials credentials, std::chrono::milliseconds timeout)
      : url_(std::move(url)), credentials_(std::move(credentials)), timeout_(timeout) {}

  // Makes the experiment where there is none. The run's id.
  Registered<std::string> log(const EvaluationRun& run) const;

  // Uploads the weights and makes them a version of the model `statement.name`, with their hashes and
  // `signature` as tags. The version.
  Registered<std::string> register_weights(const WeightsFiles& files, const WeightsStatement& statement,
                                           const std::string& signature) const;
  Registered<void> set_alias(const std::string& name, const std::string& alias,
                             const std::string& version) const;

  // Which version is meant, and what one of `keys` has signed of it.
  Registered<std::pair<ModelVersion, WeightsStatement>> resolve(const ModelReference& reference,
                                                                const std::vector<PublicKey>& keys,
                                                                std::stop_token stop = {}) const;
  // The files of such a version, their hashes checked, `max_bytes` each.
  Registered<VerifiedWeights> fetch(const ModelVersion& version, const WeightsStatement& statement,
                                    std::size_t max_bytes, std::stop_token stop = {}) const;

  const ServerUrl& url() const { return url_; }

 private:
  class Session;

  const ServerUrl url_;
  const Credentials credentials_;
  const std::chrono::milliseconds timeout_;
};

}  // namespace face_privacy
