// Clips as jobs: what waits, what is worked on, what has come of it. All of it is in this process, and gone
// with it. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "report/receipts.h"
#include "service/jobs/clip_work.h"
#include "service/jobs/spool.h"

namespace face_privacy {

enum class JobState : std::uint8_t { kQueued, kAnalyzing, kAnalyzed, kRendering, kDone, kFailed };
inline constexpr auto kLastJobState = JobState::kFailed;
std::string_view name_of(JobState state);  // "queued", "analyzing", ...
// Nothing more happens to the job unless somebody asks for it.
bool is_resting(JobState state);

// A redacted clip. Whoever holds it can read it, whatever becomes of its job.
struct ClipResult {
  RenderSummary summary;
  std::shared_ptr<const SpooledFile> file;
  std::uint64_t bytes = 0;
  std::string tag;        // differs from that of any other result
  IssuedReceipt receipt;  // empty where none was asked for
};

// A clip that has been rendered, for whoever signs what was done to it.
struct RenderedClip {
  const ClipOptions& options;
  const ClipSummary& clip;
  const RenderSummary& result;
  bool reviewed = false;  // its tracks were set by somebody
  int input = -1;         // descriptors
  int output = -1;
};

// A job as it is at a moment.
struct JobView {
  std::string id;
  JobState state{};
  std::uint64_t version = 0;  // greater after each change
  ClipStage stage{};          // that is waited for or worked on
  std::int64_t frames = 0;    // done in this stage
  std::int64_t expected = 0;  // 0: not known
  std::chrono::duration<double> stage_time{};
  std::uint64_t clip_bytes = 0;
  std::optional<ClipSummary> clip;      // once it is analyzed
  std::optional<TracksSummary> tracks;  // likewise; of the tracks of now
  std::optional<ClipResult> result;
  std::optional<Error> error;
  std::optional<std::chrono::duration<double>> expires_in;  // while it rests
};

// For metrics; called without a lock held.
struct VideoEvent {
  enum class Kind : std::uint8_t { kAccepted, kAnalyzed, kRendered, kFailed, kCancelled, kDeleted, kExpired };
  Kind kind{};
  std::int64_t frames = 0;                // of kAnalyzed and kRendered
  double clip_seconds = 0;                // likewise
  std::chrono::duration<double> taken{};  // likewise
  std::uint32_t tracks = 0;               // of kAnalyzed
  std::uint32_t uncertain = 0;            // likewise
  ErrorCode error{};                      // of kFailed
  bool looked_for_people = false;         // of kAnalyzed
  std::uint32_t kept = 0;                 // tracks, where it did
  std::uint32_t asked = 0;                // likewise
};

class VideoJobs {
 public:
  using Clock = std::chrono::steady_clock;
  struct Settings {
    std::size_t max_jobs = 16;
    std::chrono::milliseconds time_to_live{3'600'000};  // of a job that rests and is not asked for
    int lanes = 1;                                      // clips worked on at a time
    std::function<void(const VideoEvent&)> on_event{};
    // Signs a receipt; called where one was asked for, from the thread that works on the clip.
    std::function<Result<IssuedReceipt>(const RenderedClip&)> sign{};
  };

  VideoJobs(Settings settings, std::unique_ptr<Spool> spool, ClipWork work);
  ~VideoJobs();  // gives up what runs
  VideoJobs(const VideoJobs&) = delete;
  VideoJobs& operator=(const VideoJobs&) = delete;

  // A place for one more job, and a file that its clip is written to while it comes in.
  struct Upload {
    ByteBudget::Reservation place;
    SpooledFile file;
  };
  // Nothing where there is no place; kIo.
  Result<std::optional<Upload>> begin_upload();

  // The id of the new job: nobody can guess it.
  std::string add(Upload&& upload, const ClipOptions& options, bool render);

  // Nothing where there is no such job, or no longer. Asking keeps a job alive.
  std::optional<JobView> find(const std::string& id);
  // False where there is none.
  bool remove(const std::string& id);

  enum class Refusal : std::uint8_t {
    kGone,      // there is no such job
    kNotReady,  // it is not in a state for this
    kInvalid,   // what was sent is not of this clip, or cannot be understood
    kNoRoom,
    kFailed,
  };
  struct Refused {
    Refusal why{};
    Error error{};  // of kInvalid and kFailed
  };
  template <class T>
  using OrRefused = tl::expected<T, Refused>;

  OrRefused<OwnedBytes> tracks(const std::string& id);
  // Takes the place of the tracks of now; a result by those is gone. Only while the job rests.
  OrRefused<void> set_tracks(const std::string& id, ByteView edited, const StopCondition& stop);
  // `change` makes of the options that the job was rendered by last those of now.
  OrRefused<void> render(const std::string& id, const std::function<void(ClipOptions&)>& change);
  OrRefused<ClipOptions> options(const std::string& id);
  OrRefused<OwnedBytes> frame(const std::string& id, ClipFrameOptions options, const StopCondition& stop);

  // Gives up what waits and what runs, and takes nothing more.
  void stop();

  struct Load {
    std::array<std::size_t, static_cast<std::size_t>(kLastJobState) + 1> by_state{};
    std::size_t spooled_bytes = 0;
  };
  Load load() const;
  const Settings& settings() const { return settings_; }
  std::size_t spool_limit_bytes() const { return spool_->limit_bytes(); }

 private:
  struct Job;
  using JobPointer = std::shared_ptr<Job>;

  JobPointer find_locked(const std::string& id);
  OrRefused<JobPointer> find_resting_locked(const std::string& id);
  void enqueue_locked(const JobPointer& job);
  void work_off(const std::stop_token& end);
  void work_on(const JobPointer& job);
  bool analyze(const JobPointer& job, const StopCondition& stop);
  void forget_people(const JobPointer& job);
  void render(const JobPointer& job, const StopCondition& stop);
  Result<IssuedReceipt> receipt_of(const Job& job, const RenderSummary& summary,
                                   const SpooledFile& output) const;
  void settle(const JobPointer& job, JobState state, std::optional<Error> error);
  bool begin_stage(const JobPointer& job, JobState state, ClipStage stage);
  void told(const JobPointer& job, const ClipProgress& progress);
  void expire(const std::stop_token& end);
  void tell(const VideoEvent& event) const;

  const Settings settings_;
  const std::unique_ptr<Spool> spool_;
  const ClipWork work_;
  ByteBudget places_;
  mutable std::mutex mutex_;
  std::condition_variable_any queued_;
  std::condition_variable_any time_passed_;  // nobody notifies it; the end of its thread does
  std::map<std::string, JobPointer, std::less<>> jobs_;
  std::deque<JobPointer> queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last, so that they end before what they use
};

}  // namespace face_privacy
