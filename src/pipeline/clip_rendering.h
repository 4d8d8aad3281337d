// What the ways to write a clip anew share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/decoder.h"
#include "media/encoder.h"
#include "media/muxer.h"
#include "pipeline/clip_pipeline.h"
#include "redact/cover_memory.h"
#include "redact/redact.h"

namespace face_privacy {

// A clip that is open, and what is to become of it.
struct ClipRendering {
  Demuxer& demuxer;
  int output;  // descriptor
  const ClipTracks& tracks;
  const ClipOptions& options;
  Container container;
  VideoCodec codec;
  const StopCondition& stop;
  const ProgressReport& progress;

  MuxPlan mux_plan() const { return {container, options.audio, options.keep_subtitles}; }
};

// What to cover in each frame, in stored pixels.
class FramePlanner {
 public:
  FramePlanner(const ClipTracks& tracks, const ClipOptions& options, const Upright& upright);
  std::vector<TrackedRegion> at(int frame) const;

 private:
  void add(int track, RequestedRegion wanted, std::span<const BoxF> kept,
           std::vector<TrackedRegion>& regions) const;

  RegionIndex index_;
  const ClipOptions& options_;
  const Upright& upright_;
};

// A file is decoded twice. Both times must give the same frames, or boxes would lie on other pictures.
class KnownFrames {
 public:
  KnownFrames(const ClipTracks& tracks, const TimeBase& base) : tracks_(tracks), base_(base) {}

  // kInvalidOption.
  Result<void> check(const VideoFrame& frame);
  Result<void> check_all_seen() const;

 private:
  const ClipTracks& tracks_;
  const TimeBase base_;
  std::size_t seen_ = 0;
};

// Covers what is planned in one frame after the other; a damaged frame whole.
class FrameRedactor {
 public:
  explicit FrameRedactor(const ClipRendering& clip);

  const FramePlanner& planner() const { return planner_; }
  // Adds to what `report` counts.
  Redacted<VideoFrame> redact(VideoFrame&& frame, int number, ClipReport& report);

 private:
  const ClipRendering& clip_;
  const FramePlanner planner_;
  CoverMemory covers_;
};

// The result's file. It begins with the first frame, as only then its encoder is known; packets that come
// before wait.
class ClipWriter {
 public:
  explicit ClipWriter(const ClipRendering& clip) : clip_(clip) {}

  bool has_begun() const { return muxer_.has_value(); }
  // `encoder`: as of Muxer::open.
  Result<void> begin(const Encoder* encoder, const MuxPlan& plan, ClipReport& report);
  // kUnsupportedPhoto where too many have to wait. Adds its time to `report`.
  Result<void> write(Packet&& packet, ClipReport& report);
  Result<void> finish();

 private:
  const ClipRendering& clip_;
  std::optional<Muxer> muxer_;
  std::vector<Packet> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace face_privacy
