#include "service/api/video_json.h"

#include <boost/json.hpp>
#include <cmath>

#include "report/report_json.h"
#include "service/api/problem.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

double rounded(double value) { return std::round(value * 100) / 100; }
double seconds_of(MediaTime time) { return rounded(static_cast<double>(time.count()) / 1e6); }

std::string_view name_of(ClipStage stage) {
  switch (stage) {
    case ClipStage::kAnalyze: return "analyze";
    case ClipStage::kRender: return "render";
    case ClipStage::kCheck: return "check";
  }
  return "render";
}

json::value progress_of(const JobView& job) {
  if (is_resting(job.state)) return nullptr;
  json::object progress{{"stage", name_of(job.stage)},
                        {"frames", job.frames},
                        {"total_frames", nullptr},
                        {"frames_per_second", nullptr},
                        {"seconds_left", nullptr}};
  const double rate =
      job.stage_time.count() > 0 ? static_cast<double>(job.frames) / job.stage_time.count() : 0;
  if (job.expected > 0) progress["total_frames"] = job.expected;
  if (rate > 0) progress["frames_per_second"] = rounded(rate);
  if (rate > 0 && job.expected >= job.frames) {
    progress["seconds_left"] = rounded(static_cast<double>(job.expected - job.frames) / rate);
  }
  return progress;
}

json::value clip_of(const JobView& job) {
  if (!job.clip) return nullptr;
  const ClipSummary& clip = *job.clip;
  return json::object{{"width", clip.shown.width},
                      {"height", clip.shown.height},
                      {"frames", clip.frames},
                      {"seconds", rounded(clip.seconds)},
                      {"frames_per_second", rounded(clip.frames_per_second)},
                      {"container", name_of(clip.container)},
                      {"codec", clip.codec},
                      {"bytes", job.clip_bytes},
                      {"audio_tracks", clip.audio_tracks},
                      {"damaged_frames", clip.damaged_frames}};
}

json::array uncertain_of(const TracksSummary& tracks) {
  json::array spans;
  for (const UncertainSpan& span : tracks.uncertain) {
    spans.push_back({{"track", span.track},
                     {"frames", {span.frames.first, span.frames.last}},
                     {"seconds", {seconds_of(span.from), seconds_of(span.until)}}});
  }
  return spans;
}

json::value result_of(const JobView& job) {
  if (!job.result) return nullptr;
  const RenderSummary& result = job.result->summary;
  json::object object{{"bytes", job.result->bytes},
                      {"media_type", media_type_of(result.container)},
                      {"container", name_of(result.container)},
                      {"codec", result.codec},
                      {"encoder", result.encoder},
                      {"copied", result.is_copied()},
                      {"copied_frames", result.copied_frames},
                      {"covered_frames", result.covered_frames},
                      {"damaged_frames", result.damaged_frames},
                      {"regions", result.regions}};
  if (result.checks) object["checks"] = to_json(*result.checks);
  return object;
}

json::value problem_of_job(const JobView& job) {
  if (!job.error) return nullptr;
  const Problem problem = video_problem_of(*job.error);
  return json::object{
      {"code", name_of(problem.code)}, {"title", title_of(problem.code)}, {"detail", problem.detail}};
}

}  // namespace

json::object to_json(const JobView& job) {
  json::object object{
      {"id", job.id}, {"state", name_of(job.state)}, {"progress", progress_of(job)}, {"clip", clip_of(job)}};
  object["tracks"] = job.tracks ? json::value(job.tracks->tracks) : json::value(nullptr);
  object["kept_tracks"] = job.tracks ? json::value(job.tracks->kept) : json::value(nullptr);
  object["asked_tracks"] = job.tracks ? json::value(job.tracks->asked) : json::value(nullptr);
  object["uncertain"] = job.tracks ? uncertain_of(*job.tracks) : json::array();
  object["result"] = result_of(job);
  object["problem"] = problem_of_job(job);
  object["expires_in_seconds"] =
      job.expires_in ? json::value(std::llround(job.expires_in->count())) : json::value(nullptr);
  return object;
}

}  // namespace face_privacy
