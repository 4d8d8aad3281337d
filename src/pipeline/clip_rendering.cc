#include "pipeline/clip_rendering.h"

#include <cmath>
#include <utility>

#include "pipeline/cpu_stopwatch.h"

namespace face_privacy {
namespace {

constexpr std::size_t kMaxWaitingBytes = 64 << 20;

tl::unexpected<Error> not_this_clip() {
  return fail(ErrorCode::kInvalidOption, "the tracks are not of this clip: its frames or their times differ");
}

}  // namespace

FramePlanner::FramePlanner(const ClipTracks& tracks, const ClipOptions& options, const Upright& upright)
    : index_(tracks, cover_options(upright.shown())), options_(options), upright_(upright) {}

std::vector<TrackedRegion> FramePlanner::at(int frame) const {
  std::vector<TrackedRegion> regions;
  std::vector<BoxF> kept = index_.kept_at(frame);
  for (BoxF& box : kept) box = upright_.to_stored(box);
  for (const FrameRegion& found : index_.at(frame)) {
    if (!is_kept(found.box, options_.keep)) add(found.track_id, {.box = found.box}, kept, regions);
  }
  for (std::size_t i = 0; i < options_.regions.size(); ++i) {
    add(-1 - static_cast<int>(i), options_.regions[i], kept, regions);
  }
  return regions;
}

void FramePlanner::add(int track, RequestedRegion wanted, std::span<const BoxF> kept,
                       std::vector<TrackedRegion>& regions) const {
  wanted.box = upright_.to_stored(wanted.box);
  for (const Region& region : plan_regions({}, {&wanted, 1}, kept, options_.redaction))
    regions.push_back({track, region});
}

Result<void> KnownFrames::check(const VideoFrame& frame) {
  constexpr MediaTime kRounding(10);
  if (seen_ >= tracks_.times.size()) return not_this_clip();
  const MediaTime time(std::llround(base_.seconds(frame.time) * 1e6));
  const MediaTime known = tracks_.times[seen_++];
  if (time > known + kRounding || known > time + kRounding) return not_this_clip();
  return {};
}

Result<void> KnownFrames::check_all_seen() const {
  if (seen_ != tracks_.times.size()) return not_this_clip();
  return {};
}

FrameRedactor::FrameRedactor(const ClipRendering& clip)
    : clip_(clip), planner_(clip.tracks, clip.options, clip.demuxer.info().upright) {}

Redacted<VideoFrame> FrameRedactor::redact(VideoFrame&& frame, int number, ClipReport& report) {
  CpuStopwatch watch;
  const auto regions = planner_.at(number);
  report.regions += static_cast<std::int64_t>(regions.size());
  report.covered_frames += regions.empty() ? 0 : 1;
  report.damaged_frames += frame.damaged ? 1 : 0;
  if (!regions.empty() || frame.damaged) make_writable(frame);
  covers_.begin_frame(clip_.demuxer.info().time_base.seconds(frame.time));
  auto redacted = Redactor::redact(std::move(frame), regions, covers_, clip_.options.redaction);
  watch.lap(report.timings.redact);
  return redacted;
}

Result<void> ClipWriter::begin(const Encoder* encoder, const MuxPlan& plan, ClipReport& report) {
  auto muxer = Muxer::open(clip_.output, clip_.demuxer, encoder, plan);
  if (!muxer) return fail(muxer);
  muxer_.emplace(std::move(*muxer));
  for (Packet& packet : std::exchange(waiting_, {})) {
    if (auto written = write(std::move(packet), report); !written) return written;
  }
  return {};
}

Result<void> ClipWriter::write(Packet&& packet, ClipReport& report) {
  if (muxer_) {
    CpuStopwatch watch;
    auto written = muxer_->write(std::move(packet));
    watch.lap(report.timings.write);
    return written;
  }
  waiting_bytes_ += packet.size_bytes();
  waiting_.push_back(std::move(packet));
  if (waiting_bytes_ <= kMaxWaitingBytes) return {};
  return fail(ErrorCode::kUnsupportedPhoto, "too much sound comes before the first frame");
}

Result<void> ClipWriter::finish() { return muxer_->finish(); }

}  // namespace face_privacy
