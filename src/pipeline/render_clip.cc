#include <unistd.h>

#include <algorithm>
#include <utility>

#include "pipeline/clip_feed.h"
#include "pipeline/clip_pipeline.h"
#include "pipeline/clip_rendering.h"
#include "pipeline/copy_clip.h"
#include "pipeline/cpu_stopwatch.h"

namespace face_privacy {
namespace {

bool covers_anything(const ClipTracks& tracks, const ClipOptions& options) {
  return !options.regions.empty() || std::any_of(tracks.tracks.begin(), tracks.tracks.end(),
                                                 [](const Track& track) { return !track.keep; });
}

// Every picture anew.
class Rendering {
 public:
  explicit Rendering(const ClipRendering& clip)
      : clip_(clip), redactor_(clip), known_(clip.tracks, clip.demuxer.info().time_base), writer_(clip) {}

  Result<void> add(VideoFrame&& frame) {
    if (auto known = known_.check(frame); !known) return known;
    if (encoder_ == nullptr) {
      if (auto begun = begin(frame); !begun) return begun;
    }
    const auto redacted = redactor_.redact(std::move(frame), static_cast<int>(report_.frames++), report_);
    CpuStopwatch watch;
    if (auto sent = encoder_->send(redacted); !sent) return sent;
    watch.lap(report_.timings.encode);
    return drain();
  }

  Result<void> add(Packet&& packet) { return writer_.write(std::move(packet), report_); }

  Result<ClipReport> finish() {
    if (auto all = known_.check_all_seen(); !all) return fail(all);
    if (auto ended = encoder_->end(); !ended) return fail(ended);
    if (auto drained = drain(); !drained) return fail(drained);
    if (auto finished = writer_.finish(); !finished) return fail(finished);
    report_.codec = name_of(clip_.codec);
    report_.encoder = encoder_->name();
    return report_;
  }

  std::int64_t frames() const { return report_.frames; }

 private:
  Result<void> begin(const VideoFrame& first) {
    EncodePlan plan{clip_.codec, clip_.container, first.interlaced, first.top_field_first,
                    std::max(1, clip_.options.threads)};
    auto encoder = make_encoder(clip_.demuxer, first, plan);
    if (!encoder) return fail(encoder);
    encoder_ = std::move(*encoder);
    return writer_.begin(encoder_.get(), clip_.mux_plan(), report_);
  }

  Result<void> drain() {
    for (;;) {
      CpuStopwatch watch;
      auto packet = encoder_->receive();
      watch.lap(report_.timings.encode);
      if (!packet) return fail(packet);
      if (!*packet) return {};
      if (auto written = add(std::move(**packet)); !written) return written;
    }
  }

  const ClipRendering& clip_;
  FrameRedactor redactor_;
  KnownFrames known_;
  ClipWriter writer_;
  std::unique_ptr<Encoder> encoder_;
  ClipReport report_;
};

Result<ClipReport> encode_again(const ClipRendering& clip) {
  const auto thread = clip.options.threads > 1 ? ClipFeed::Thread::kOwn : ClipFeed::Thread::kCallers;
  auto feed = ClipFeed::start(clip.demuxer, thread);
  if (!feed) return fail(feed);
  Rendering rendering(clip);
  for (;;) {
    if (auto running = clip.stop.check(); !running) return fail(running);
    auto item = (*feed)->next();
    if (!item) return fail(item);
    if (!*item) break;
    auto added = std::visit([&](auto& one) { return rendering.add(std::move(one)); }, **item);
    if (!added) return fail(added);
    if (clip.progress) clip.progress({ClipStage::kRender, rendering.frames(), clip.tracks.frame_count()});
  }
  auto report = rendering.finish();
  if (report) report->timings.decode = (*feed)->decode_time();
  return report;
}

// With as many pictures copied as can be; none: no way to copy fits the clip.
Result<std::optional<ClipReport>> copy_what_stays(const ClipRendering& clip) {
  const ClipInfo& info = clip.demuxer.info();
  if (clip.codec != info.codec || !can_copy_video(info, clip.container)) return std::optional<ClipReport>();
  if (!covers_anything(clip.tracks, clip.options)) return copy_pictures(clip);
  if (clip.options.copy_untouched) return copy_untouched_groups(clip);
  return std::optional<ClipReport>();
}

}  // namespace

Result<void> validate(const ClipOptions& options) {
  if (options.detect_every < 1 || options.detect_every > 100) {
    return fail(ErrorCode::kInvalidOption, "detect_every: a whole number from 1 to 100 is needed");
  }
  if (options.names.size() != options.detection.people.size()) {
    return fail(ErrorCode::kInvalidOption, "people and their names differ in number");
  }
  const CommonOptions& cover = options;
  return validate(cover);
}

Result<ClipReport> render_clip(int descriptor, int output, const ClipTracks& tracks,
                               const ClipOptions& options, const ClipLimits& limits,
                               const StopCondition& stop, const ProgressReport& progress) {
  if (auto valid = validate(options); !valid) return fail(valid);
  auto demuxer = Demuxer::open(descriptor, limits);
  if (!demuxer) return fail(demuxer);
  const ClipInfo info = demuxer->info();
  if (auto valid = validate_regions_in(options, info.upright.shown()); !valid) return fail(valid);
  const Container container = options.container.value_or(info.container);
  const auto codec = codec_to_write(*demuxer, container, options.codec);
  if (!codec) return fail(codec);
  const ClipRendering clip{*demuxer, output, tracks, options, container, *codec, stop, progress};
  auto report = copy_what_stays(clip);
  if (!report) return fail(report);
  if (!*report) {
    // From the beginning: an attempt to copy may have read and written.
    demuxer = Demuxer::open(descriptor, limits);
    if (!demuxer) return fail(demuxer);
    if (::ftruncate(output, 0) != 0) return fail(ErrorCode::kIo, "the result cannot be written");
    auto encoded = encode_again(clip);
    if (!encoded) return fail(encoded);
    *report = std::move(*encoded);
  }
  (*report)->info = info;
  (*report)->container = container;
  return std::move(**report);
}

}  // namespace face_privacy
