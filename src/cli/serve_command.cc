#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "cli/commands.h"
#include "cli/feedback_place.h"
#include "cli/key_files.h"
#include "cli/number_range.h"
#include "cli/people.h"
#include "cli/photo_run.h"
#include "cli/registry_options.h"
#include "cli/shared_options.h"
#include "service/net/server.h"

namespace face_privacy {
namespace {

const std::map<std::string, LogLevel> kLogLevels{{"debug", LogLevel::kDebug},
                                                 {"info", LogLevel::kInfo},
                                                 {"warn", LogLevel::kWarn},
                                                 {"error", LogLevel::kError},
                                                 {"off", LogLevel::kOff}};

struct ServeArguments {
  SharedOptions shared;
  RecognizerOptions recognizer;
  RegistryOptions registry;
  ServeOptions serve;
  std::string signing_key;
  std::string feedback_key;
  std::vector<std::string> receipt_keys;
  std::string noise_key;
  std::string log_level = "info";
};

// A flag's twin in the environment: FACE_PRIVACY_MAX_BODY for --max-body.
std::string environment_name(const std::string& flag) {
  std::string name = "FACE_PRIVACY_";
  for (const char c : flag) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

template <class Value>
CLI::Option* add(CLI::App& command, const std::string& flag, Value& value, const std::string& meaning) {
  return command.add_option("--" + flag, value, meaning)->envname(environment_name(flag));
}

void add_seconds(CLI::App& command, const std::string& flag, std::chrono::milliseconds& value,
                 const std::string& meaning, double least = 0.001) {
  const auto assign = [&value](const double& seconds) {
    value = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  };
  constexpr double kDay = 86'400;
  command.add_option_function<double>("--" + flag, assign, meaning)
      ->check(number_in(least, kDay))
      ->envname(environment_name(flag))
      ->default_str(std::to_string(value.count() / 1000))
      ->type_name("SECONDS");
}

void add_address_options(CLI::App& command, ServeOptions& options) {
  add(command, "host", options.host, "Address to listen on")->capture_default_str();
  add(command, "port", options.port, "Port to listen on; 0: any free one, printed")->capture_default_str();
  add(command, "web", options.web_folder, "Folder of the web page, served at /")
      ->check(CLI::ExistingDirectory);
  add(command, "metrics-port", options.metrics_port, "Serve /metrics and health there, and not on --port");
  add(command, "metrics-host", options.metrics_host, "Address for --metrics-port (default: --host)");
  add(command, "tls-cert", options.tls_certificate_file,
      "PEM file with the certificate and its chain: HTTPS");
  add(command, "tls-key", options.tls_key_file, "PEM file with the certificate's key");
  add(command, "api-keys", options.api_keys_file,
      "File with a line for each API key: its name and the SHA-256 of the key (printf %s KEY | sha256sum)");
  add(command, "cors-origin", options.cors_origins,
      "Origin whose pages may call the API, such as https://www.example.org, or *; may be repeated")
      ->delimiter(',')
      ->allow_extra_args(false);
}

void add_life_options(CLI::App& command, ServeArguments& arguments) {
  command
      .add_flag(
          "--until-stdin-ends", arguments.serve.ends_with_stdin,
          "Finish what runs and end when standard input ends: for a program that runs this as its child")
      ->envname(environment_name("until-stdin-ends"));
  add(command, "log-level", arguments.log_level, "debug, info (a line for each request), warn, error or off")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
}

void add_limit_options(CLI::App& command, ServeOptions& options) {
  const CLI::AsSizeValue size(false);
  add(command, "max-body", options.limits.max_bytes, "Largest body")->transform(size)->default_str("64MiB");
  add(command, "max-pixels", options.limits.max_pixels, "Most pixels of a photo, all frames together")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add(command, "max-frames", options.limits.max_frames, "Most frames of an animation")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add(command, "max-in-flight", options.max_in_flight_bytes,
      "Bodies and answers held in memory at a time; 429 beyond")
      ->transform(size)
      ->default_str("512MiB");
  add(command, "max-working-memory", options.max_working_bytes,
      "Memory that photos at work take, all together, as their headers tell; 429 beyond (default: 1GiB, or "
      "192MiB a thread)")
      ->transform(size);
  add(command, "worker-memory", options.worker_limits.memory_bytes,
      "Address space of the process that works on a photo; 422 beyond")
      ->transform(size)
      ->default_str("2GiB");
  add(command, "worker-cpu", options.worker_limits.cpu_seconds,
      "Seconds of processor time of such a process; 422 beyond")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  add(command, "queue", options.queue_capacity,
      "Photos that may wait for a core; 429 beyond (default: 32 a thread)")
      ->check(CLI::Range(0, 1'000'000));
  add(command, "max-connections", options.max_connections, "Connections at a time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add(command, "max-requests-per-connection", options.max_requests_per_connection,
      "Then the connection is closed")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add(command, "network-threads", options.network_threads,
      "Threads for connections (default: one for eight cores)")
      ->check(CLI::Range(1, 1024));
  add_seconds(command, "request-timeout", options.request_timeout,
              "For queue and work on a photo; 504 beyond");
  add_seconds(command, "header-timeout", options.header_timeout, "To receive a request's header");
  add_seconds(command, "stall-timeout", options.stall_timeout, "Without progress while a body comes or goes");
  add_seconds(command, "idle-timeout", options.idle_timeout, "Between two requests of a connection");
  add_seconds(command, "sight-interval", options.sight_interval,
              "Between two looks at a built-in photo with known faces; not ready where they are not found");
  add_seconds(command, "drain-timeout", options.drain_timeout, "To finish what runs after SIGTERM");
}

// Weights of the user's own are tried at once, and loaded when somebody needs them.
Result<std::optional<Recognizer::Settings>> tried_recognizer(const RecognizerOptions& options,
                                                             const std::string& engine) {
  auto settings = recognizer_settings(options, engine);
  if (!settings || !*settings || options.recognizer.empty()) return settings;
  const auto recognizer = Recognizer::load(**settings);
  if (!recognizer) {
    return fail(recognizer.error().code, options.recognizer + ": " + recognizer.error().message);
  }
  return settings;
}

void add_video_options(CLI::App& command, ServeOptions& options) {
  const CLI::AsSizeValue size(false);
  add(command, "max-video-body", options.max_video_bytes, "Largest body with a clip")
      ->transform(size)
      ->default_str("512MiB");
  add(command, "video-bytes", options.video_bytes, "Clips and their results together; 429 beyond")
      ->transform(size)
      ->default_str("1GiB");
  add(command, "video-jobs", options.video_jobs, "Clips that are here at a time; 429 beyond")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  add(command, "video-threads", options.video_threads,
      "Clips worked on at a time, below photos in the system's order (default: a core fewer than --threads)")
      ->check(CLI::Range(1, 1024));
  add_seconds(command, "video-ttl", options.video_time_to_live,
              "How long a job is kept that nobody asks for and that is not at work");
  add(command, "spool", options.spool_folder,
      "Folder for clips, in files without a name of which nothing remains (default: in memory)")
      ->check(CLI::ExistingDirectory);
  add(command, "video-worker-memory", options.video_worker_limits.memory_bytes,
      "Address space of the process that works on a clip; the job fails beyond")
      ->transform(size)
      ->default_str("4GiB");
  add(command, "video-worker-cpu", options.video_worker_limits.cpu_seconds,
      "Seconds of processor time of such a process; the job fails beyond")
      ->check(CLI::Range(1, 604'800))
      ->capture_default_str();
}

void add_hold_options(CLI::App& command, ServeOptions& options) {
  add_seconds(
      command, "hold-photos", options.hold_photos,
      "Hold photos that a request has with hold=true in memory, so long since each was last asked for, "
      "to be asked about again without another upload; 0: never",
      0);
  add(command, "hold-bytes", options.hold_bytes, "Photos held together; the oldest goes first")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("256MiB");
}

void add_feedback_options(CLI::App& command, ServeOptions& options, std::string& key) {
  add(command, "feedback-key", key,
      "Public key (`face-privacy feedback key new`) that crops are sealed to, a file or its text: also take "
      "a "
      "crop of a box");
  add(command, "feedback", options.feedback.name,
      "Take corrections that people send in, in numbers, and keep them in this file, or in a bucket as "
      "s3://BUCKET/PREFIX (docs/feedback.md)");
  add(command, "feedback-bytes", options.feedback_limits.max_bytes,
      "Largest all that is kept may become; 507 beyond")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{64} << 10, std::uint64_t{1} << 40))
      ->default_str("64MiB");
  add(command, "feedback-days", options.feedback_limits.keep_days, "Days after which a report is erased")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  add(command, "feedback-crop-days", options.feedback_limits.keep_crop_days,
      "Days after which a crop is erased")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  add(command, "feedback-per-minute", options.feedback_per_minute, "Reports taken in a minute; 429 beyond")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
}

Result<std::optional<CropSeal>> read_crop_seal(const ServeArguments& arguments) {
  if (arguments.feedback_key.empty()) return std::nullopt;
  if (arguments.serve.feedback.name.empty()) {
    return fail(ErrorCode::kInvalidOption, "a key for crops needs --feedback");
  }
  const bool is_text = arguments.feedback_key.starts_with("face-privacy-feedback-public ");
  const auto text = is_text ? arguments.feedback_key : read_key_text(arguments.feedback_key);
  if (!text) return fail(text);
  const auto seal = CropSeal::parse(*text);
  if (!seal) return fail(seal.error().code, arguments.feedback_key + ": " + seal.error().message);
  return std::optional(*seal);
}

ServeOptions complete(const ServeArguments& arguments) {
  ServeOptions options = arguments.serve;
  options.detection = arguments.shared.detection();
  options.threads = resolved_threads(arguments.shared);
  options.log_level = kLogLevels.at(arguments.log_level);
  const std::string docs = share_folder() + "/swagger-ui";
  std::error_code error;
  if (std::filesystem::is_directory(docs, error)) options.docs_folder = docs;
  return options;
}

void print_listening(const Listening& listening) {
  std::printf("face-privacy listens on %s\n", listening.api_url.c_str());
  if (listening.metrics_url != listening.api_url)
    std::printf("metrics on %s/metrics\n", listening.metrics_url.c_str());
  std::fflush(stdout);
}

int serve_command(const ServeArguments& arguments) {
  auto recognizer = tried_recognizer(arguments.recognizer, arguments.shared.engine);
  if (!recognizer) return report_error(recognizer.error());
  auto receipts = read_receipt_keys(arguments.signing_key, arguments.receipt_keys);
  if (!receipts) return report_error(receipts.error());
  auto seal = read_crop_seal(arguments);
  if (!seal) return report_error(seal.error());
  auto source = model_source(arguments.shared.model, arguments.registry);
  if (!source) return report_error(source.error());
  auto noise_key = read_noise_key(arguments.noise_key);
  if (!noise_key) return report_error(noise_key.error());
  const auto feedback = feedback_place(arguments.serve.feedback.name);
  if (!feedback) {
    print_error("", feedback.error().message);
    return kExitUsage;
  }
  ServeOptions options = complete(arguments);
  options.feedback = *feedback;
  options.noise_key = *noise_key;
  if (*source) options.model_source.emplace(std::move(**source));
  options.feedback_seal = *seal;
  options.receipts = std::move(*receipts);
  options.recognizer = std::move(*recognizer);
  options.second_detector = second_detector_settings(arguments.shared);
  const auto end = serve(options, detector_settings(arguments.shared, 1), print_listening);
  if (!end) {
    print_error("", end.error().message);
    return kExitSomeFailed;
  }
  return *end == ServeEnd::kDrained ? kExitDone : kExitSomeFailed;
}

}  // namespace

void add_serve_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* command = app.add_subcommand("serve", "Serve the HTTP API, and with --web the web page");
  add_address_options(*command, arguments->serve);
  add_shared_options(*command, arguments->shared, "Photos worked on at once (default: the number of cores)");
  add_mlflow_options(
      *command, arguments->registry,
      "Registry that --model models:/NAME@ALIAS is asked of, at the start and on SIGHUP; without "
      "an answer the weights that came with the program serve");
  add_model_key_option(*command, arguments->registry);
  add_recognizer_options(*command, arguments->recognizer);
  add_second_model_option(*command, arguments->shared);
  add_signing_key_option(*command, arguments->signing_key);
  add_noise_key_option(*command, arguments->noise_key);
  add(*command, "receipt-keys", arguments->receipt_keys,
      "Public keys of earlier receipts, PEM or a key set, published beside the one in use; may be repeated")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_limit_options(*command, arguments->serve);
  add_video_options(*command, arguments->serve);
  add_hold_options(*command, arguments->serve);
  add_feedback_options(*command, arguments->serve, arguments->feedback_key);
  add_life_options(*command, *arguments);
  command->footer(
      "Examples:\n"
      "  face-privacy serve                                        http://localhost:3000/docs\n"
      "  face-privacy serve --port 8443 --tls-cert c.pem --tls-key k.pem --api-keys keys.txt\n"
      "  curl --data-binary @photo.jpg localhost:3000/v1/blur > redacted.jpg\n"
      "\n"
      "Standard output tells the address, standard error is the log: a JSON line for each request, without\n"
      "file names, option values or anything of the photo. SIGTERM finishes what runs and ends with status "
      "0,\n"
      "or 1 where --drain-timeout cut it short.");
  command->callback([arguments, &chosen] { chosen = [arguments] { return serve_command(*arguments); }; });
}

}  // namespace face_privacy
