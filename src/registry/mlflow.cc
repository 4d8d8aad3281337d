#include "registry/mlflow.h"

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/digest.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::string_view kApi = "/api/2.0/mlflow/";
constexpr std::string_view kArtifacts = "/api/2.0/mlflow-artifacts/artifacts/";
constexpr const char* kJsonType = "application/json";
constexpr const char* kWeightsExperiment = "face-privacy/weights";
constexpr const char* kWeightsFolder = "weights";
constexpr int kOk = 200;
constexpr std::size_t kBatch = 100;  // metrics in a call; MLflow takes up to a thousand

std::int64_t milliseconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// Of a value in a query (RFC 3986, section 2.3).
std::string encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    const auto byte = static_cast<std::uint8_t>(c);
    result += plain ? std::string(1, c) : "%" + to_hex({&byte, 1});
  }
  return result;
}

std::string metric_name(std::string_view text) {
  std::string name(text);
  std::replace_if(
      name.begin(), name.end(),
      [](char c) {
        const bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          std::string_view("_-. :/").find(c) != std::string_view::npos;
        return !fits;
      },
      '_');
  return name;
}

json::array key_values(const std::map<std::string, std::string>& texts) {
  json::array array;
  for (const auto& [key, value] : texts) array.push_back({{"key", key}, {"value", value}});
  return array;
}

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }
Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

RegistryFault fault_of(HttpFault fault) {
  switch (fault) {
    case HttpFault::kUnreachable: return RegistryFault::kUnreachable;
    case HttpFault::kTooSlow: return RegistryFault::kTooSlow;
    case HttpFault::kTooLarge: return RegistryFault::kTooLarge;
  }
  return RegistryFault::kUnreachable;
}

tl::unexpected<RegistryError> malformed(const std::string& what) {
  return registry_fault(RegistryFault::kMalformed, "the answer to " + what + " is none of MLflow's");
}

}  // namespace

// The calls of one operation, with one deadline.
class MlflowServer::Session {
 public:
  explicit Session(const MlflowServer& server, std::stop_token stop = {})
      : server_(server), stop_(StopCondition::Clock::now() + server.timeout_, std::move(stop)) {}

  // The answer's body; kRefused, with MLflow's code, where the status is not 200.
  Registered<std::string> call(const HttpCall& call) const {
    auto reply = send_http(server_.url_, server_.credentials_, call, stop_);
    if (!reply) return registry_fault(fault_of(reply.error().fault), reply.error().message);
    if (reply->status == kOk) return std::move(reply->body);
    const std::string code = read_error_code(reply->body);
    RegistryError error{RegistryFault::kRefused,
                        server_.url_.text() + " answered " + call.method + " " +
                            call.path.substr(0, call.path.find('?')) + " with status " +
                            std::to_string(reply->status) + (code.empty() ? "" : ", " + code),
                        reply->status};
    return tl::unexpected(std::move(error));
  }

  Registered<std::string> get(const std::string& what) const {
    return call({"GET", std::string(kApi) + what, {}, {}, kMaxAnswerBytes});
  }
  Registered<std::string> post(const std::string& what, const json::object& body) const {
    return call({"POST", std::string(kApi) + what, json::serialize(body), kJsonType, kMaxAnswerBytes});
  }
  Registered<std::string> put_artifact(const std::string& path, std::string bytes) const {
    return call({"PUT", std::string(kArtifacts) + path, std::move(bytes), "application/octet-stream",
                 kMaxAnswerBytes});
  }
  Registered<Bytes> get_artifact(const std::string& path, std::size_t max_bytes) const {
    const auto body = call({"GET", std::string(kArtifacts) + path, {}, {}, max_bytes});
    if (!body) return registry_fault(body);
    return bytes_of(*body);
  }

  Registered<std::string> experiment(const std::string& name) const {
    const auto found = get("experiments/get-by-name?experiment_name=" + encoded(name));
    if (!found && found.error().status != 404) return registry_fault(found);
    const auto answer = found ? found : post("experiments/create", {{"name", name}});
    if (!answer) return registry_fault(answer);
    auto experiment = read_experiment(*answer);
    if (!experiment) return malformed("experiments/get-by-name");
    return std::move(experiment->id);
  }

  Registered<RunPlace> start_run(const std::string& experiment_name, const std::string& name,
                                 const std::map<std::string, std::string>& tags) const {
    const auto id = experiment(experiment_name);
    if (!id) return registry_fault(id);
    const auto answer = post("runs/create", {{"experiment_id", *id},
                                             {"run_name", name},
                                             {"start_time", milliseconds_now()},
                                             {"tags", key_values(tags)}});
    if (!answer) return registry_fault(answer);
    auto run = read_run(*answer);
    if (!run) return malformed("runs/create");
    return std::move(*run);
  }

  Registered<void> finish_run(const std::string& run_id) const {
    const auto answer =
        post("runs/update", {{"run_id", run_id}, {"status", "FINISHED"}, {"end_time", milliseconds_now()}});
    if (!answer) return registry_fault(answer);
    return {};
  }

  Registered<void> log_metrics(const std::string& run_id,
                               const std::map<std::string, double>& metrics) const {
    const std::int64_t now = milliseconds_now();
    json::array batch;
    for (const auto& [name, value] : metrics) {
      batch.push_back({{"key", metric_name(name)}, {"value", value}, {"timestamp", now}, {"step", 0}});
      if (batch.size() < kBatch) continue;
      if (auto sent = post("runs/log-batch", {{"run_id", run_id}, {"metrics", std::move(batch)}}); !sent) {
        return registry_fault(sent);
      }
      batch = json::array();
    }
    const auto sent = post("runs/log-batch", {{"run_id", run_id}, {"metrics", std::move(batch)}});
    if (!sent) return registry_fault(sent);
    return {};
  }

 private:
  const MlflowServer& server_;
  const StopCondition stop_;
};

Registered<std::string> MlflowServer::log(const EvaluationRun& run) const {
  const Session session(*this);
  const auto place = session.start_run(run.experiment, run.name, run.tags);
  if (!place) return registry_fault(place);
  const auto params =
      session.post("runs/log-batch", {{"run_id", place->run_id}, {"params", key_values(run.params)}});
  if (!params) return registry_fault(params);
  if (auto logged = session.log_metrics(place->run_id, run.metrics); !logged) return registry_fault(logged);
  if (auto done = session.finish_run(place->run_id); !done) return registry_fault(done);
  return place->run_id;
}

Registered<std::string> MlflowServer::register_weights(const WeightsFiles& files,
                                                       const WeightsStatement& statement,
                                                       const std::string& signature) const {
  const Session session(*this);
  std::map<std::string, std::string> tags{{"sha256", statement.sha256}, {"signature", signature}};
  if (!statement.ranges_sha256.empty()) tags["ranges_sha256"] = statement.ranges_sha256;
  const auto run = session.start_run(kWeightsExperiment, statement.name, tags);
  if (!run) return registry_fault(run);
  if (run->artifacts.empty()) {
    return registry_fault(RegistryFault::kMalformed,
                          "the server keeps artifacts elsewhere; it has to hand them out itself "
                          "(--artifacts-destination, not --default-artifact-root)");
  }
  const std::string folder = run->artifacts + "/" + kWeightsFolder;
  auto put = session.put_artifact(folder + "/" + kWeightsFile, text_of(files.weights));
  if (put && !files.ranges.empty()) {
    put = session.put_artifact(folder + "/" + kRangesFile, text_of(files.ranges));
  }
  if (!put) return registry_fault(put);
  if (auto done = session.finish_run(run->run_id); !done) return registry_fault(done);
  const auto made = session.post("registered-models/create", {{"name", statement.name}});
  if (!made && made.error().status != 400) return registry_fault(made);  // 400: it is there already
  const auto answer = session.post("model-versions/create", {{"name", statement.name},
                                                             {"source", "mlflow-artifacts:/" + folder},
                                                             {"run_id", run->run_id},
                                                             {"tags", key_values(tags)}});
  if (!answer) return registry_fault(answer);
  auto version = read_model_version(*answer);
  if (!version) return malformed("model-versions/create");
  return std::move(version->version);
}

Registered<void> MlflowServer::set_alias(const std::string& name, const std::string& alias,
                                         const std::string& version) const {
  const auto set = Session(*this).post("registered-models/alias",
                                       {{"name", name}, {"alias", alias}, {"version", version}});
  if (!set) return registry_fault(set);
  return {};
}

Registered<std::pair<ModelVersion, WeightsStatement>> MlflowServer::resolve(
    const ModelReference& reference, const std::vector<PublicKey>& keys, std::stop_token stop) const {
  const std::string name = "name=" + encoded(reference.name);
  const auto answer =
      Session(*this, std::move(stop))
          .get(reference.alias.empty()
                   ? "model-versions/get?" + name + "&version=" + reference.version
                   : "registered-models/alias?" + name + "&alias=" + encoded(reference.alias));
  if (!answer) return registry_fault(answer);
  auto version = read_model_version(*answer);
  // Another name would be signed for something else.
  if (!version || version->name != reference.name) return malformed("a question for " + reference.text());
  auto statement = signed_statement(*version, keys);
  if (!statement) return registry_fault(statement);
  return std::pair{std::move(*version), std::move(*statement)};
}

Registered<VerifiedWeights> MlflowServer::fetch(const ModelVersion& version,
                                                const WeightsStatement& statement, std::size_t max_bytes,
                                                std::stop_token stop) const {
  const Session session(*this, std::move(stop));
  VerifiedWeights verified{ModelReference{version.name, {}, version.version}.text(), statement, {}};
  const auto file = [&](const char* name, std::string_view sha256, Bytes& bytes) -> Registered<void> {
    auto got = session.get_artifact(version.artifacts + "/" + name, max_bytes);
    if (!got) return registry_fault(got);
    bytes = std::move(*got);
    return check_hash(bytes, sha256);
  };
  if (auto got = file(kWeightsFile, statement.sha256, verified.files.weights); !got)
    return registry_fault(got);
  if (statement.ranges_sha256.empty()) return verified;
  if (auto got = file(kRangesFile, statement.ranges_sha256, verified.files.ranges); !got) {
    return registry_fault(got);
  }
  return verified;
}

}  // namespace face_privacy
