#include "service/jobs/video_jobs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <string>

namespace face_privacy {
namespace {

using namespace std::chrono_literals;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
std::string text_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// Clips are texts here: "wait" is worked on until it is given up, "damaged" fails.
class VideoJobsTest : public testing::Test {
 protected:
  static std::string clip_of(int descriptor) {
    std::string text(100, '\0');
    text.resize(static_cast<std::size_t>(::pread(descriptor, text.data(), text.size(), 0)));
    return text;
  }

  static Result<void> wait_for_end(const StopCondition& stop) {
    while (true) {
      if (auto running = stop.check(); !running) return running;
      std::this_thread::sleep_for(1ms);
    }
  }

  ClipWork fake_work() {
    ClipWork work;
    work.analyze = [this](int clip, const ClipOptions&, const StopCondition& stop,
                          const ProgressReport& progress) -> Result<ClipWork::Analysis> {
      const std::string text = clip_of(clip);
      if (text == "damaged") return fail(ErrorCode::kDamagedPhoto, "it breaks off");
      if (text == "throw") throw std::runtime_error("a bug");
      ++at_work_;
      most_at_work_ = std::max(most_at_work_.load(), at_work_.load());
      progress({ClipStage::kAnalyze, 5, 10});
      if (text == "wait") {
        if (auto end = wait_for_end(stop); !end) {
          --at_work_;
          return fail(end);
        }
      }
      --at_work_;
      const auto tracks = std::make_shared<const Bytes>(bytes_of("tracks of " + text));
      ClipSummary summary;
      summary.frames = 10;
      summary.tracks.tracks = 1;
      return ClipWork::Analysis{summary, {*tracks, tracks}};
    };
    work.render = [](int clip, int output, ByteView tracks, const ClipOptions& options,
                     const StopCondition& stop, const ProgressReport& progress) -> Result<RenderSummary> {
      const std::string text = clip_of(clip) + " by " + text_of(tracks);
      for (off_t at = 0; clip_of(clip) == "large"; at += 100) {
        (void)!::pwrite(output, text.data(), 10, at);
        progress({ClipStage::kRender, at, 0});
        if (auto running = stop.check(); !running) return fail(running);
      }
      (void)!::pwrite(output, text.data(), text.size(), 0);
      RenderSummary summary;
      summary.frames = options.detect_every;
      return summary;
    };
    work.check_tracks = [](ByteView edited, ByteView known, const StopCondition&) -> Result<TracksSummary> {
      if (text_of(known).find("tracks of") != 0) return fail(ErrorCode::kIo, "these are not the first ones");
      if (text_of(edited) == "bad") return fail(ErrorCode::kInvalidOption, "tracks[0]: bad");
      TracksSummary summary;
      summary.tracks = 7;
      return summary;
    };
    work.frame = [](int, ByteView tracks, const ClipFrameOptions& options,
                    const StopCondition&) -> Result<OwnedBytes> {
      const auto frame =
          std::make_shared<const Bytes>(bytes_of(std::to_string(options.frame) + " by " + text_of(tracks)));
      return OwnedBytes{*frame, frame};
    };
    return work;
  }

  std::unique_ptr<VideoJobs> start(VideoJobs::Settings settings = {}, std::size_t limit_bytes = 10'000) {
    settings.on_event = [this](const VideoEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event.kind);
    };
    return std::make_unique<VideoJobs>(settings, std::move(*Spool::open("", limit_bytes)), fake_work());
  }

  static std::string add(VideoJobs& jobs, std::string_view clip, bool render = true) {
    auto upload = jobs.begin_upload();
    EXPECT_TRUE(upload && *upload);
    EXPECT_TRUE((*upload)->file.append(bytes_of(clip)));
    return jobs.add(std::move(**upload), {}, render);
  }

  static JobView rested(VideoJobs& jobs, const std::string& id) {
    while (true) {
      const auto job = jobs.find(id);
      if (!job) return {};
      if (is_resting(job->state)) return *job;
      std::this_thread::sleep_for(1ms);
    }
  }

  static std::string result_of(const JobView& job) {
    std::string text(static_cast<std::size_t>(job.result->bytes), '\0');
    const auto room = std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
    EXPECT_EQ(job.result->file->read(0, room), text.size());
    return text;
  }

  std::mutex mutex_;
  std::vector<VideoEvent::Kind> events_;
  std::atomic<int> at_work_ = 0;
  std::atomic<int> most_at_work_ = 0;
};

TEST_F(VideoJobsTest, AnalyzesThenRenders) {
  const auto jobs = start();
  const JobView job = rested(*jobs, add(*jobs, "clip"));
  EXPECT_EQ(job.state, JobState::kDone);
  EXPECT_EQ(result_of(job), "clip by tracks of clip");
  EXPECT_EQ(job.clip_bytes, 4U);
  using Kind = VideoEvent::Kind;
  EXPECT_EQ(events_, (std::vector{Kind::kAccepted, Kind::kAnalyzed, Kind::kRendered}));
}

TEST_F(VideoJobsTest, NoTwoIdsAreAlike) {
  const auto jobs = start({.max_jobs = 100});
  std::set<std::string> ids;
  for (int i = 0; i < 50; ++i) ids.insert(add(*jobs, "clip"));
  EXPECT_EQ(ids.size(), 50U);
  for (const std::string& id : ids) EXPECT_EQ(id.size(), 32U);
  EXPECT_FALSE(jobs->find(std::string(32, '0')));
}

TEST_F(VideoJobsTest, StopsAfterTheAnalysisAndRendersByEditedTracks) {
  const auto jobs = start();
  const std::string id = add(*jobs, "clip", false);
  EXPECT_EQ(rested(*jobs, id).state, JobState::kAnalyzed);
  ASSERT_TRUE(jobs->set_tracks(id, bytes_of("edited"), {}));
  EXPECT_EQ(text_of(jobs->tracks(id)->view), "edited");
  EXPECT_EQ(text_of(jobs->frame(id, {.frame = 3}, {})->view), "3 by edited");
  ASSERT_TRUE(jobs->render(id, [](ClipOptions& options) { options.detect_every = 9; }));
  const JobView job = rested(*jobs, id);
  EXPECT_EQ(result_of(job), "clip by edited");
  EXPECT_EQ(job.result->summary.frames, 9);
  EXPECT_EQ(job.tracks->tracks, 7U);
}

TEST_F(VideoJobsTest, OtherTracksTakeTheResultAway) {
  const auto jobs = start();
  const std::string id = add(*jobs, "clip");
  EXPECT_EQ(rested(*jobs, id).state, JobState::kDone);
  const auto refused = jobs->set_tracks(id, bytes_of("bad"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, VideoJobs::Refusal::kInvalid);
  EXPECT_TRUE(jobs->find(id)->result);
  ASSERT_TRUE(jobs->set_tracks(id, bytes_of("edited"), {}));
  EXPECT_FALSE(jobs->find(id)->result);
  EXPECT_EQ(jobs->find(id)->state, JobState::kAnalyzed);
}

TEST_F(VideoJobsTest, RefusesWhatTheStateDoesNotAllow) {
  const auto jobs = start();
  const std::string id = add(*jobs, "wait");
  const auto why = [](const auto& outcome) {
    return outcome ? std::nullopt : std::optional(outcome.error().why);
  };
  EXPECT_EQ(why(jobs->render(id, [](ClipOptions&) {})), VideoJobs::Refusal::kNotReady);
  EXPECT_EQ(why(jobs->set_tracks(id, bytes_of("edited"), {})), VideoJobs::Refusal::kNotReady);
  EXPECT_EQ(why(jobs->tracks(id)), VideoJobs::Refusal::kNotReady);
  EXPECT_EQ(why(jobs->frame(id, {}, {})), VideoJobs::Refusal::kNotReady);
  EXPECT_EQ(why(jobs->tracks("another")), VideoJobs::Refusal::kGone);
  EXPECT_EQ(why(jobs->render("another", [](ClipOptions&) {})), VideoJobs::Refusal::kGone);
  EXPECT_TRUE(jobs->remove(id));
}

TEST_F(VideoJobsTest, AFailureKeepsItsReasonAndHasNoResult) {
  const auto jobs = start();
  const JobView job = rested(*jobs, add(*jobs, "damaged"));
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->code, ErrorCode::kDamagedPhoto);
  EXPECT_FALSE(job.result);
  EXPECT_EQ(rested(*jobs, add(*jobs, "throw")).error->code, ErrorCode::kIo);
  EXPECT_EQ(rested(*jobs, add(*jobs, "clip")).state, JobState::kDone);
}

TEST_F(VideoJobsTest, WorksOnAsManyAsThereAreLanes) {
  const auto jobs = start({.max_jobs = 30, .lanes = 2});
  std::vector<std::string> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(add(*jobs, "wait"));
  while (at_work_ < 2) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(jobs->load().by_state[static_cast<std::size_t>(JobState::kQueued)], 3U);
  for (const std::string& id : waiting) EXPECT_TRUE(jobs->remove(id));
  EXPECT_EQ(rested(*jobs, add(*jobs, "clip")).state, JobState::kDone);
  EXPECT_EQ(most_at_work_, 2);
}

TEST_F(VideoJobsTest, PlacesAreLimitedAndGivenBack) {
  const auto jobs = start({.max_jobs = 2});
  const std::string first = add(*jobs, "wait");
  {
    const auto second = jobs->begin_upload();
    ASSERT_TRUE(second && *second);
    EXPECT_FALSE(jobs->begin_upload()->has_value());
  }
  EXPECT_TRUE(jobs->begin_upload()->has_value());
  EXPECT_TRUE(jobs->remove(first));
  while (at_work_ > 0) std::this_thread::sleep_for(1ms);
}

TEST_F(VideoJobsTest, AResultThatOutgrowsTheRoomFailsItsJob) {
  const auto jobs = start({}, 5'000);
  const JobView job = rested(*jobs, add(*jobs, "large"));
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error->code, ErrorCode::kTooManyBytes);
  EXPECT_LT(jobs->load().spooled_bytes, 200U);
}

TEST_F(VideoJobsTest, RemovingFreesEverything) {
  const auto jobs = start();
  const std::string id = add(*jobs, "clip");
  EXPECT_EQ(rested(*jobs, id).state, JobState::kDone);
  EXPECT_GT(jobs->load().spooled_bytes, 0U);
  EXPECT_TRUE(jobs->remove(id));
  EXPECT_FALSE(jobs->remove(id));
  while (jobs->load().spooled_bytes > 0) std::this_thread::sleep_for(1ms);
}

TEST_F(VideoJobsTest, ForgetsWhatNobodyAsksFor) {
  constexpr auto kTimeToLive = 300ms;
  const auto jobs = start({.time_to_live = kTimeToLive});
  const std::string waiting = add(*jobs, "wait");
  std::this_thread::sleep_for(2 * kTimeToLive);
  EXPECT_TRUE(jobs->find(waiting));  // at work
  EXPECT_TRUE(jobs->remove(waiting));
  const std::string id = add(*jobs, "clip");
  const auto end = std::chrono::steady_clock::now() + 2 * kTimeToLive;
  while (std::chrono::steady_clock::now() < end) {
    EXPECT_TRUE(jobs->find(id)) << "asked for all the time";
    std::this_thread::sleep_for(1ms);
  }
  while (jobs->load().spooled_bytes > 0) std::this_thread::sleep_for(1ms);  // asks for nothing
  EXPECT_FALSE(jobs->find(id));
}

TEST_F(VideoJobsTest, StoppingGivesUpWhatRunsAndWhatWaits) {
  const auto jobs = start();
  const std::string running = add(*jobs, "wait");
  const std::string waiting = add(*jobs, "clip");
  jobs->stop();
  EXPECT_EQ(rested(*jobs, running).error->code, ErrorCode::kCancelled);
  EXPECT_EQ(rested(*jobs, waiting).error->code, ErrorCode::kCancelled);
  EXPECT_EQ(rested(*jobs, add(*jobs, "clip")).state, JobState::kFailed);
}

}  // namespace
}  // namespace face_privacy
