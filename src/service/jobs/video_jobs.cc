#include "service/jobs/video_jobs.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "crypto/digest.h"

namespace face_privacy {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};  // for jobs whose time is over

constexpr std::size_t kNameBytes = 16;  // nobody guesses 128 bits

tl::unexpected<VideoJobs::Refused> refuse(VideoJobs::Refusal why, Error error = {}) {
  return tl::unexpected(VideoJobs::Refused{why, std::move(error)});
}

// A tracks file of which a copy is counted against the spool.
struct CountedTracks {
  Bytes bytes;
  ByteBudget::Reservation counted;
};

std::optional<OwnedBytes> counted_copy(ByteView tracks, ByteBudget& budget) {
  auto copy = std::make_shared<CountedTracks>();
  copy->counted = ByteBudget::Reservation(budget);
  if (!copy->counted.try_grow(tracks.size())) return std::nullopt;
  copy->bytes.assign(tracks.begin(), tracks.end());
  return OwnedBytes{copy->bytes, copy};
}

}  // namespace

std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::kQueued: return "queued";
    case JobState::kAnalyzing: return "analyzing";
    case JobState::kAnalyzed: return "analyzed";
    case JobState::kRendering: return "rendering";
    case JobState::kDone: return "done";
    case JobState::kFailed: return "failed";
  }
  return "";
}

bool is_resting(JobState state) {
  return state == JobState::kAnalyzed || state == JobState::kDone || state == JobState::kFailed;
}

// Read and written with the lock held, but for `clip`, which stays as it is.
struct VideoJobs::Job {
  Job(std::string name, Upload&& upload, const ClipOptions& clip_options, bool renders)
      : place(std::move(upload.place)),
        clip(std::move(upload.file)),
        options(clip_options),
        wants_render(renders) {
    view.id = std::move(name);
    view.clip_bytes = clip.size_bytes();
  }

  ByteBudget::Reservation place;
  const SpooledFile clip;
  ClipOptions options;
  bool wants_render;
  OwnedBytes found;   // the tracks that the analysis gave
  OwnedBytes tracks;  // those of now
  bool has_set_tracks = false;
  std::stop_source stop;
  JobView view;
  Clock::time_point stage_start;
  Clock::time_point asked_for = Clock::now();
};

VideoJobs::VideoJobs(Settings settings, std::unique_ptr<Spool> spool, ClipWork work)
    : settings_(std::move(settings)),
      spool_(std::move(spool)),
      work_(std::move(work)),
      places_(settings_.max_jobs) {
  for (int i = 0; i < settings_.lanes; ++i) {
    threads_.emplace_back([this](const std::stop_token& end) { work_off(end); });
  }
  threads_.emplace_back([this](const std::stop_token& end) { expire(end); });
}

VideoJobs::~VideoJobs() {
  stop();
  threads_.clear();
}

void VideoJobs::tell(const VideoEvent& event) const {
  if (settings_.on_event) settings_.on_event(event);
}

Result<std::optional<VideoJobs::Upload>> VideoJobs::begin_upload() {
  ByteBudget::Reservation place(places_);
  if (!place.try_grow(1)) return std::optional<Upload>();
  auto file = spool_->create();
  if (!file) return fail(file);
  return std::optional<Upload>(Upload{std::move(place), std::move(*file)});
}

std::string VideoJobs::add(Upload&& upload, const ClipOptions& options, bool render) {
  const auto job = std::make_shared<Job>(random_hex(kNameBytes), std::move(upload), options, render);
  tell({VideoEvent::Kind::kAccepted});
  const std::lock_guard lock(mutex_);
  jobs_.emplace(job->view.id, job);
  enqueue_locked(job);
  return job->view.id;
}

void VideoJobs::enqueue_locked(const JobPointer& job) {
  JobView& view = job->view;
  view.state = JobState::kQueued;
  view.stage = view.clip ? ClipStage::kRender : ClipStage::kAnalyze;
  view.frames = 0;
  view.expected = 0;
  view.error.reset();
  view.result.reset();
  ++view.version;
  if (stopping_) {
    view.state = JobState::kFailed;
    view.error = Error{ErrorCode::kCancelled, "the service is about to stop"};
    return;
  }
  queue_.push_back(job);
  queued_.notify_one();
}

VideoJobs::JobPointer VideoJobs::find_locked(const std::string& id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return nullptr;
  found->second->asked_for = Clock::now();
  return found->second;
}

std::optional<JobView> VideoJobs::find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const JobPointer job = find_locked(id);
  if (!job) return std::nullopt;
  JobView view = job->view;
  const bool works = view.state == JobState::kAnalyzing || view.state == JobState::kRendering;
  if (works) view.stage_time = Clock::now() - job->stage_start;
  if (is_resting(view.state)) view.expires_in = settings_.time_to_live;
  return view;
}

bool VideoJobs::remove(const std::string& id) {
  JobPointer job;
  {
    const std::lock_guard lock(mutex_);
    job = find_locked(id);
    if (!job) return false;
    job->stop.request_stop();
    std::erase(queue_, job);
    jobs_.erase(id);
  }
  tell({VideoEvent::Kind::kDeleted});
  return true;
}

VideoJobs::OrRefused<VideoJobs::JobPointer> VideoJobs::find_resting_locked(const std::string& id) {
  JobPointer job = find_locked(id);
  if (!job) return refuse(Refusal::kGone);
  if (!is_resting(job->view.state) || !job->view.clip) return refuse(Refusal::kNotReady);
  return job;
}

VideoJobs::OrRefused<OwnedBytes> VideoJobs::tracks(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const JobPointer job = find_locked(id);
  if (!job) return refuse(Refusal::kGone);
  if (!job->view.tracks) return refuse(Refusal::kNotReady);
  return job->tracks;
}

VideoJobs::OrRefused<void> VideoJobs::set_tracks(const std::string& id, ByteView edited,
                                                 const StopCondition& stop) {
  OwnedBytes known;
  {
    const std::lock_guard lock(mutex_);
    auto job = find_resting_locked(id);
    if (!job) return tl::unexpected(std::move(job.error()));
    known = (*job)->found;
  }
  auto summary = work_.check_tracks(edited, known.view, stop);
  if (!summary) {
    const ErrorCode code = summary.error().code;
    const bool invalid = code == ErrorCode::kInvalidOption || code == ErrorCode::kTooManyFrames ||
                         code == ErrorCode::kTooManyBytes;
    return refuse(invalid ? Refusal::kInvalid : Refusal::kFailed, std::move(summary.error()));
  }
  auto copy = counted_copy(edited, spool_->budget());
  if (!copy) return refuse(Refusal::kNoRoom);
  const std::lock_guard lock(mutex_);
  auto job = find_resting_locked(id);
  if (!job) return tl::unexpected(std::move(job.error()));
  JobView& view = (*job)->view;
  (*job)->tracks = std::move(*copy);
  (*job)->has_set_tracks = true;
  view.tracks = std::move(*summary);
  view.result.reset();
  view.error.reset();
  view.state = JobState::kAnalyzed;
  ++view.version;
  return {};
}

VideoJobs::OrRefused<void> VideoJobs::render(const std::string& id,
                                             const std::function<void(ClipOptions&)>& change) {
  const std::lock_guard lock(mutex_);
  auto job = find_resting_locked(id);
  if (!job) return tl::unexpected(std::move(job.error()));
  change((*job)->options);
  (*job)->wants_render = true;
  enqueue_locked(*job);
  return {};
}

VideoJobs::OrRefused<ClipOptions> VideoJobs::options(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const JobPointer job = find_locked(id);
  if (!job) return refuse(Refusal::kGone);
  return job->options;
}

VideoJobs::OrRefused<OwnedBytes> VideoJobs::frame(const std::string& id, ClipFrameOptions options,
                                                  const StopCondition& stop) {
  JobPointer job;
  OwnedBytes tracks;
  {
    const std::lock_guard lock(mutex_);
    job = find_locked(id);
    if (!job) return refuse(Refusal::kGone);
    if (!job->view.tracks) return refuse(Refusal::kNotReady);
    tracks = job->tracks;
    options.redaction = job->options.redaction;
    options.regions = job->options.regions;
    options.keep = job->options.keep;
  }
  auto picture = work_.frame(job->clip.descriptor(), tracks.view, options, stop);
  if (picture) return std::move(*picture);
  const bool invalid = picture.error().code == ErrorCode::kInvalidOption;
  return refuse(invalid ? Refusal::kInvalid : Refusal::kFailed, std::move(picture.error()));
}

void VideoJobs::work_off(const std::stop_token& end) {
  for (;;) {
    JobPointer job;
    {
      std::unique_lock lock(mutex_);
      if (!queued_.wait(lock, end, [this] { return !queue_.empty(); })) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    try {
      work_on(job);
    } catch (const std::exception&) {
      settle(job, JobState::kFailed, Error{ErrorCode::kIo, ""});
    }
  }
}

void VideoJobs::work_on(const JobPointer& job) {
  const StopCondition stop(std::nullopt, job->stop.get_token());
  const bool is_analyzed = job->view.clip.has_value();  // only this thread changes it now
  if (!is_analyzed && !analyze(job, stop)) return;
  bool renders = false;
  {
    const std::lock_guard lock(mutex_);
    renders = job->wants_render;
  }
  if (renders) return render(job, stop);
  settle(job, JobState::kAnalyzed, std::nullopt);
}

bool VideoJobs::begin_stage(const JobPointer& job, JobState state, ClipStage stage) {
  const std::lock_guard lock(mutex_);
  job->view.state = state;
  job->view.stage = stage;
  job->view.frames = 0;
  job->view.expected = job->view.clip ? job->view.clip->frames : 0;
  job->stage_start = Clock::now();
  ++job->view.version;
  return !job->stop.stop_requested();
}

void VideoJobs::told(const JobPointer& job, const ClipProgress& progress) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(job->view.stage, progress.stage) != progress.stage) job->stage_start = Clock::now();
  job->view.frames = progress.frames;
  job->view.expected = progress.expected;
  ++job->view.version;
}

bool VideoJobs::analyze(const JobPointer& job, const StopCondition& stop) {
  begin_stage(job, JobState::kAnalyzing, ClipStage::kAnalyze);
  const Clock::time_point start = Clock::now();
  const bool looked_for_people = !job->options.names.empty();
  auto analysis = work_.analyze(job->clip.descriptor(), job->options, stop,
                                [&](const ClipProgress& at) { told(job, at); });
  forget_people(job);
  if (!analysis) {
    settle(job, JobState::kFailed, std::move(analysis.error()));
    return false;
  }
  auto tracks = counted_copy(analysis->tracks.view, spool_->budget());
  if (!tracks) {
    settle(job, JobState::kFailed, no_room());
    return false;
  }
  const ClipSummary& summary = analysis->summary;
  tell({VideoEvent::Kind::kAnalyzed,
        summary.frames,
        summary.seconds,
        Clock::now() - start,
        summary.tracks.tracks,
        summary.tracks.uncertain_count,
        {},
        looked_for_people,
        summary.tracks.kept,
        summary.tracks.asked});
  const std::lock_guard lock(mutex_);
  job->found = *tracks;
  job->tracks = std::move(*tracks);
  job->view.tracks = summary.tracks;
  job->view.clip = std::move(analysis->summary);
  return true;
}

// Nobody is compared with them any more.
void VideoJobs::forget_people(const JobPointer& job) {
  const std::lock_guard lock(mutex_);
  job->options.detection.people = {};
  job->options.names = {};
}

void VideoJobs::render(const JobPointer& job, const StopCondition& stop) {
  begin_stage(job, JobState::kRendering, ClipStage::kRender);
  const Clock::time_point start = Clock::now();
  auto output = spool_->create();
  if (!output) return settle(job, JobState::kFailed, std::move(output.error()));
  bool has_room = true;
  // What has been written is counted on the way, so that one clip cannot take the room of all.
  const auto progress = [&](const ClipProgress& at) {
    told(job, at);
    if (output->count()) return;
    has_room = false;
    job->stop.request_stop();
  };
  auto summary = work_.render(job->clip.descriptor(), output->descriptor(), job->tracks.view, job->options,
                              stop, progress);
  if (!has_room || (summary && !output->count())) return settle(job, JobState::kFailed, no_room());
  if (!summary) return settle(job, JobState::kFailed, std::move(summary.error()));
  auto receipt = receipt_of(*job, *summary, *output);
  if (!receipt) return settle(job, JobState::kFailed, std::move(receipt.error()));
  tell({VideoEvent::Kind::kRendered,
        summary->frames,
        job->view.clip->seconds,
        Clock::now() - start,
        0,
        0,
        {}});
  const std::uint64_t bytes = output->size_bytes();
  {
    const std::lock_guard lock(mutex_);
    job->view.result =
        ClipResult{std::move(*summary), std::make_shared<const SpooledFile>(std::move(*output)), bytes,
                   random_hex(kNameBytes), std::move(*receipt)};
  }
  settle(job, JobState::kDone, std::nullopt);
}

// While it renders, only this thread changes what is read here.
Result<IssuedReceipt> VideoJobs::receipt_of(const Job& job, const RenderSummary& summary,
                                            const SpooledFile& output) const {
  if (!summary.checks) return IssuedReceipt{};
  return settings_.sign(
      {job.options, *job.view.clip, summary, job.has_set_tracks, job.clip.descriptor(), output.descriptor()});
}

void VideoJobs::settle(const JobPointer& job, JobState state, std::optional<Error> error) {
  if (error) {
    const bool cancelled = error->code == ErrorCode::kCancelled;
    tell({cancelled ? VideoEvent::Kind::kCancelled : VideoEvent::Kind::kFailed, 0, 0, {}, 0, 0, error->code});
  }
  const std::lock_guard lock(mutex_);
  job->view.state = state;
  job->view.error = std::move(error);
  job->stop = {};
  job->asked_for = Clock::now();
  if (stopping_) job->stop.request_stop();
  ++job->view.version;
}

void VideoJobs::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& [id, job] : jobs_) job->stop.request_stop();
  for (const JobPointer& job : queue_) {
    job->view.state = JobState::kFailed;
    job->view.error = Error{ErrorCode::kCancelled, "the service is about to stop"};
    ++job->view.version;
  }
  queue_.clear();
}

void VideoJobs::expire(const std::stop_token& end) {
  for (;;) {
    std::vector<JobPointer> expired;
    {
      std::unique_lock lock(mutex_);
      time_passed_.wait_for(lock, end, std::min<Clock::duration>(kBetweenLooks, settings_.time_to_live),
                            [] { return false; });
      if (end.stop_requested()) return;
      const Clock::time_point limit = Clock::now() - settings_.time_to_live;
      std::erase_if(jobs_, [&](const auto& entry) {
        const bool is_over = is_resting(entry.second->view.state) && entry.second->asked_for < limit;
        if (is_over) expired.push_back(entry.second);
        return is_over;
      });
    }
    for (std::size_t i = 0; i < expired.size(); ++i) tell({VideoEvent::Kind::kExpired});
  }
}

VideoJobs::Load VideoJobs::load() const {
  Load load;
  load.spooled_bytes = spool_->used_bytes();
  const std::lock_guard lock(mutex_);
  for (const auto& [id, job] : jobs_) ++load.by_state[static_cast<std::size_t>(job->view.state)];
  return load;
}

}  // namespace face_privacy
