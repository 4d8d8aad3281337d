// What an MLflow server answers, read with mistrust: whoever may write to it chooses these bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace face_privacy {

// The most bytes that an answer may have that is no artifact.
inline constexpr std::size_t kMaxAnswerBytes = std::size_t{1} << 20;

struct Experiment {
  std::string id;
};

struct RunPlace {
  std::string run_id;
  std::string artifacts;  // the path below the server's artifacts: "1/0f3c/artifacts"
};

struct ModelVersion {
  std::string name;
  std::string version;        // digits
  std::string artifacts;      // the path of its folder below the server's artifacts
  std::string sha256;         // tags; empty where there are none
  std::string ranges_sha256;  //
  std::string signature;      //
};

// {"experiment":{"experiment_id"}} or {"experiment_id"}.
std::optional<Experiment> read_experiment(std::string_view json);
// {"run":{"info":{"run_id","artifact_uri"}}}.
std::optional<RunPlace> read_run(std::string_view json);
// {"model_version":{"name","version","source","tags":[{"key","value"}]}}.
std::optional<ModelVersion> read_model_version(std::string_view json);
// {"error_code","message"}: the code, e.g. "RESOURCE_DOES_NOT_EXIST"; empty where there is none.
std::string read_error_code(std::string_view json);

// The path of "mlflow-artifacts:/PATH": letters, digits and "._-/", no empty, "." or ".." part, so that it
// can stand in a request as it is. Nothing for artifacts that the server does not hand out itself.
std::optional<std::string> artifact_path(std::string_view uri);

}  // namespace face_privacy
