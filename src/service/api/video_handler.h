// What the service answers about clips, as functions that need no network. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "service/api/people_request.h"
#include "service/api/photo_options.h"
#include "service/api/problem.h"
#include "service/api/routes.h"
#include "service/api/video_options.h"
#include "service/http/http_message.h"
#include "service/http/request_target.h"
#include "service/jobs/video_jobs.h"

namespace face_privacy {

// A request about a clip that needs its body, or some time.
struct VideoCall {
  Route route{};  // kVideos: the body is the clip; kVideoTracks; kVideoFrame: there is no body
  std::string request_id;
  std::vector<OptionField> query;
  std::optional<std::string> boundary;  // of multipart/form-data
  std::string job;
  int frame = 0;
  std::string key_name{};  // of the API key, where keys are needed

  // A body that goes to a file as it comes in.
  bool is_upload() const { return route == Route::kVideos; }
  // Nothing of it takes time.
  bool is_quick() const { return is_upload() && !boundary; }
};

class VideoHandler {
 public:
  struct Settings {
    DetectOptions detection;  // where a request says nothing
    std::size_t max_clip_bytes = 0;
    std::size_t max_tracks_bytes = 0;
    PhotoPipeline pipeline{};                         // looks at references
    std::shared_ptr<const ReferenceTokens> tokens{};  // never null where there are jobs
    bool signs_receipts = false;
  };
  // `jobs` may be null: there are none.
  VideoHandler(VideoJobs* jobs, Settings settings) : jobs_(jobs), settings_(std::move(settings)) {}

  bool is_there() const { return jobs_ != nullptr; }

  std::variant<Response, VideoCall> decide(const RequestHead& head, const std::string& request_id,
                                           const RoutedPath& routed, std::vector<OptionField> query) const;

  // Room for a clip that is about to come in, of which `announced` bytes are known.
  OrProblem<VideoJobs::Upload> begin_upload(std::uint64_t announced) const;

  // When the clip is there.
  OrProblem<Response> add(const VideoCall& call, VideoJobs::Upload&& upload, const StopCondition& stop) const;

  // Of the other calls. `body`: a tracks file, or nothing.
  OrProblem<Response> answer(const VideoCall& call, ByteView body, const StopCondition& stop) const;

  // The most that a body may have.
  std::size_t max_bytes(const VideoCall& call) const;

 private:
  OrProblem<VideoCall> upload_call(const RequestHead& head, VideoCall&& call) const;
  // What a clip came with.
  struct Asked {
    VideoOptions options;
    std::vector<Person> people;
  };
  OrProblem<Asked> separate_clip(const VideoCall& call, SpooledFile& file, const StopCondition& stop) const;
  OrProblem<Asked> asked(const VideoCall& call, std::vector<OptionField> fields,
                         std::span<const ReferencePart> references, const StopCondition& stop) const;
  OrProblem<Response> job_answer(const std::string& id, int status) const;
  Response events(const std::string& id) const;
  OrProblem<Response> short_answer(const RequestHead& head, const std::string& request_id,
                                   const RoutedPath& routed, std::span<const OptionField> query) const;
  OrProblem<Response> render(const std::string& id, std::span<const OptionField> query) const;
  OrProblem<Response> result(const RequestHead& head, const std::string& request_id,
                             const std::string& id) const;
  OrProblem<Response> receipt(const std::string& id) const;
  std::optional<Problem> receipt_problem(const ClipOptions& options) const;

  VideoJobs* jobs_;
  const Settings settings_;
};

}  // namespace face_privacy
