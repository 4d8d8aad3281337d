// The detector over frames of a clip: mostly as the profile says; `fast` now and then more closely. What is
// found once is followed both ways in time, so small faces need to be found now and then only.
#pragma once

#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "media/small_picture.h"
#include "pipeline/bounded_queue.h"
#include "pipeline/clip_pipeline.h"

namespace face_privacy {

// A score as it is where the threshold is `to`, of one where it is `from`.
float rescaled_score(float score, float from, float to);

// Which of the frames that are looked at are looked at closely.
class CloseLooks {
 public:
  // Measured on synthetic clips: more often costs more and finds hardly more (docs/video-accuracy.md).
  static constexpr MediaTime kBetween = std::chrono::milliseconds(660);
  explicit CloseLooks(MediaTime between = kBetween) : between_(between) {}

  // Asked once for each such frame, in order. `may_edge_shot`: it may be the first of a shot, or the last.
  bool is_due(MediaTime time, bool may_edge_shot);

 private:
  MediaTime between_;
  std::optional<MediaTime> last_;
};

// A frame, and what was found in it.
struct FoundFaces {
  FrameObservation seen;
  std::shared_ptr<const VideoFrame> frame{};  // none where nobody looked
  std::vector<Face> faces{};                  // those of `seen`, in its order; scores are of the look
};

// One look at a time.
class ClipLook {
 public:
  ClipLook(const Detector& detector, const ClipOptions& options, const Upright& upright);

  // Down to `low_score`, which is the profile's, also where the look is a close one.
  Result<std::vector<Face>> at(const VideoFrame& frame, bool closely, float low_score,
                               const StopCondition& stop, ClipTimings& timings);
  std::vector<ScoredBox> boxes_of(const std::vector<Face>& faces,
                                  bool closely) const;  // the profile's scores

 private:
  struct Way {
    Way(const Detector& detector, Profile profile, const Upright& upright);
    Profile profile;
    SmallPicture small;
  };

  const Detector& detector_;
  Size shown_;
  Way usual_;
  std::optional<Way> close_;
};

// Looks at as many frames side by side as ClipOptions::threads says, and gives them back in their order.
class ClipLooks {
 public:
  // Refers to all of them.
  ClipLooks(const Detector& detector, const ClipOptions& options, const Upright& upright, float low_score,
            const StopCondition& stop);

  void add(FrameObservation&& seen);                                     // not to be looked at
  void look(FrameObservation&& seen, VideoFrame&& frame, bool closely);  // after next() gave none

  // The next frame where its turn has come; at the end all that are left. Waits for it if it must.
  std::optional<Result<FoundFaces>> next(bool at_end, ClipTimings& timings);

 private:
  struct Looked {
    Result<std::vector<Face>> faces;
    ClipTimings timings;
  };
  struct Pending {
    FoundFaces found;
    bool closely = false;
    std::future<Looked> looked{};  // not valid: nobody looks
  };
  Looked look_at(const VideoFrame& frame, bool closely);
  std::size_t most_asked_for() const;

  float low_score_;
  const StopCondition& stop_;
  std::deque<ClipLook> looks_;
  BoundedQueue<ClipLook*> idle_;
  std::size_t asked_for_ = 0;    // of those pending
  std::deque<Pending> pending_;  // goes first: what runs refers to the rest
};

}  // namespace face_privacy
