// The HTTP service: `serve` is all of it. What it answers is in docs/api.md and openapi.json, what
// it measures in docs/metrics.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "feedback/crop_seal.h"
#include "feedback/feedback_store.h"
#include "pipeline/pipeline.h"
#include "report/receipts.h"
#include "service/net/model_updates.h"
#include "service/observe/log_level.h"
#include "worker/photo_workers.h"

namespace face_privacy {

struct ServeOptions {
  DetectOptions detection;  // where a request names no profile or score

  std::string host = "0.0.0.0";               // an address, or a name that resolves to one
  std::uint16_t port = 3000;                  // 0: any free one
  std::optional<std::uint16_t> metrics_port;  // none: /metrics is on `port`
  std::string metrics_host;                   // empty: as `host`
  std::string tls_certificate_file;           // PEM, with the chain; empty: no TLS
  std::string tls_key_file;                   // PEM

  std::string web_folder;   // the page's built files; empty: `/` leads to /docs
  std::string docs_folder;  // Swagger UI's files; empty: /docs is 404
  ReceiptKeys receipts;     // to sign and to publish; empty: none
  std::optional<Detector::Settings>
      second_detector;                    // of the second look before one is signed; none: the same
  std::optional<NoiseKey> noise_key;      // of photos that are pixelated; none: fresh noise
  std::string api_keys_file;              // a line for each key: name and SHA-256; empty: open to all
  std::vector<std::string> cors_origins;  // "https://a.example", or "*"; empty: same origin only

  int threads = 0;                            // compute; 0: one for each core
  int network_threads = 0;                    // 0: one for each eight cores, at least one
  std::optional<std::size_t> queue_capacity;  // photos waiting; none: 32 for each compute thread
  std::size_t max_connections = 10'000;
  std::size_t max_requests_per_connection = 10'000;
  std::size_t max_in_flight_bytes = std::size_t{512} << 20;  // bodies and answers together
  std::uint64_t max_working_bytes = 0;      // that photos at work take, all together; 0: a gibibyte, or 192
                                            // mebibytes for each thread
  std::optional<ModelSource> model_source;  // asked for weights at the start and on SIGHUP; none: no one
  std::optional<Recognizer::Settings> recognizer;  // none: faces are not compared with people
  WorkerLimits worker_limits{.memory_bytes = std::uint64_t{2} << 30,
                             .cpu_seconds = 25};  // of a photo's process
  // Of one photo. 64 MiB holds any phone's photo and a 20-megapixel PNG.
  Limits limits{.max_bytes = std::size_t{64} << 20, .max_pixels = 128'000'000};

  // Photos that a client may ask about again without sending them anew (docs/api.md).
  std::chrono::milliseconds hold_photos{0};         // since one was last asked for; 0: none is held
  std::size_t hold_bytes = std::size_t{256} << 20;  // of all that are held

  // Corrections that people send in (docs/feedback.md).
  FeedbackPlace feedback;  // without a name: none are taken
  FeedbackLimits feedback_limits;
  int feedback_per_minute = 60;
  std::optional<CropSeal> feedback_seal;  // none: no crops are taken

  // Clips are jobs (docs/api.md).
  std::size_t max_video_bytes = std::size_t{512} << 20;  // of one clip
  std::size_t video_bytes = std::size_t{1} << 30;        // clips and results together
  std::size_t video_jobs = 16;                           // that are here at a time
  int video_threads = 0;     // clips worked on at a time; 0: a core fewer than `threads`, at least one
  std::string spool_folder;  // where they lie, in files without a name; empty: in memory
  std::chrono::milliseconds video_time_to_live{3'600'000};  // of a job that nobody asks for
  WorkerLimits video_worker_limits{.memory_bytes = std::uint64_t{4} << 30,
                                   .cpu_seconds = 14'400};  // of a clip's process

  std::chrono::milliseconds header_timeout{10'000};  // to receive a header
  std::chrono::milliseconds idle_timeout{
      75'000};  // between requests; longer than a usual load balancer's 60 s
  std::chrono::milliseconds stall_timeout{15'000};    // without progress while a body comes or goes
  std::chrono::milliseconds request_timeout{30'000};  // queue and compute together
  std::chrono::milliseconds drain_timeout{25'000};  // shorter than the usual 30 s between SIGTERM and SIGKILL

  // Between two looks at a built-in photo with known faces; where they are not found, the service is not
  // ready, and looks again soon.
  std::chrono::milliseconds sight_interval{180'000};

  bool ends_with_stdin = false;  // drain where standard input ends, as at SIGTERM

  LogLevel log_level = LogLevel::kInfo;  // JSON lines on stderr; kInfo: one for each request
};

// Where the service can be reached, with the ports actually bound.
struct Listening {
  std::string api_url;
  std::string metrics_url;
};

enum class ServeEnd {
  kDrained,   // everything that was accepted got its answer
  kCutShort,  // the drain timeout was over, or a second signal came
};

// Serves until SIGTERM or SIGINT, or what `ends_with_stdin` says. `detector` names the weights to begin with,
// and to go on with where a `model_source` has none that can be used. `on_listening` is called once, when
// connections are accepted; /readyz says when photos are. Fails with one sentence about a port that is taken,
// a file that cannot be read, an option out of range, or a model that fails its first photo.
Result<ServeEnd> serve(const ServeOptions& options, const Detector::Settings& detector,
                       const std::function<void(const Listening&)>& on_listening);

}  // namespace face_privacy
