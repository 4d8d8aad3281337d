#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "media/muxer.h"
#include "media/parameter_sets.h"
#include "pipeline/clip_feed.h"
#include "pipeline/clip_pipeline.h"
#include "pipeline/cpu_stopwatch.h"
#include "redact/cover_memory.h"

namespace face_privacy {
namespace {

// Of packets that come before the first frame, which must wait until the file is begun.
constexpr std::size_t kMaxWaitingBytes = 64 << 20;

// What to cover in each frame, in stored pixels.
class FramePlanner {
 public:
  FramePlanner(const ClipTracks& tracks, const ClipOptions& options, const Upright& upright)
      : index_(tracks), options_(options), upright_(upright) {}

  std::vector<TrackedRegion> at(int frame) const {
    std::vector<TrackedRegion> regions;
    for (const FrameRegion& found : index_.at(frame)) {
      if (!is_kept(found.box, options_.keep)) add(found.track_id, {found.box, {}, {}}, regions);
    }
    for (std::size_t i = 0; i < options_.regions.size(); ++i) {
      add(-1 - static_cast<int>(i), options_.regions[i], regions);
    }
    return regions;
  }

 private:
  void add(int track, RequestedRegion wanted, std::vector<TrackedRegion>& regions) const {
    wanted.box = upright_.to_stored(wanted.box);
    for (const Region& region : plan_regions({}, {&wanted, 1}, {}, options_.redaction))
      regions.push_back({track, region});
  }

  RegionIndex index_;
  const ClipOptions& options_;
  const Upright& upright_;
};

bool covers_anything(const ClipTracks& tracks, const ClipOptions& options) {
  return !options.regions.empty() || std::any_of(tracks.tracks.begin(), tracks.tracks.end(),
                                                 [](const Track& track) { return !track.keep; });
}

tl::unexpected<Error> not_this_clip() {
  return fail(ErrorCode::kInvalidOption, "the tracks are not of this clip: its frames or their times differ");
}

// A file is decoded twice. Both times must give the same frames, or boxes would lie on other pictures.
class KnownFrames {
 public:
  KnownFrames(const ClipTracks& tracks, const TimeBase& base) : tracks_(tracks), base_(base) {}

  Result<void> check(const VideoFrame& frame) {
    constexpr MediaTime kRounding(10);
    if (seen_ >= tracks_.times.size()) return not_this_clip();
    const MediaTime time(std::llround(base_.seconds(frame.time) * 1e6));
    const MediaTime known = tracks_.times[seen_++];
    if (time > known + kRounding || known > time + kRounding) return not_this_clip();
    return {};
  }
  Result<void> check_all_seen() const {
    if (seen_ != tracks_.times.size()) return not_this_clip();
    return {};
  }

 private:
  const ClipTracks& tracks_;
  const TimeBase base_;
  std::size_t seen_ = 0;
};

class Rendering {
 public:
  Rendering(Demuxer& demuxer, int output, const ClipTracks& tracks, const ClipOptions& options,
            VideoCodec codec, Container container)
      : demuxer_(demuxer),
        output_(output),

        options_(options),
        codec_(codec),
        container_(container),
        planner_(tracks, options, demuxer.info().upright),
        known_(tracks, demuxer.info().time_base) {}

  Result<void> add(VideoFrame&& frame) {
    if (auto known = known_.check(frame); !known) return known;
    if (encoder_ == nullptr) {
      if (auto begun = begin(frame); !begun) return begun;
    }
    CpuStopwatch watch;
    const int number = static_cast<int>(report_.frames++);
    const auto regions = planner_.at(number);
    report_.regions += static_cast<std::int64_t>(regions.size());
    report_.covered_frames += regions.empty() ? 0 : 1;
    report_.damaged_frames += frame.damaged ? 1 : 0;
    if (!regions.empty() || frame.damaged) make_writable(frame);
    covers_.begin_frame(demuxer_.info().time_base.seconds(frame.time));
    const auto redacted = Redactor::redact(std::move(frame), regions, covers_, options_.redaction);
    watch.lap(report_.timings.redact);
    if (auto sent = encoder_->send(redacted); !sent) return sent;
    watch.lap(report_.timings.encode);
    return drain();
  }

  Result<void> add(Packet&& packet) {
    if (muxer_) return write(std::move(packet));
    waiting_bytes_ += packet.size_bytes();
    waiting_.push_back(std::move(packet));
    if (waiting_bytes_ <= kMaxWaitingBytes) return {};
    return fail(ErrorCode::kUnsupportedPhoto, "too much sound comes before the first frame");
  }

  Result<ClipReport> finish() {
    if (auto all = known_.check_all_seen(); !all) return fail(all);
    if (auto ended = encoder_->end(); !ended) return fail(ended);
    if (auto drained = drain(); !drained) return fail(drained);
    if (auto finished = muxer_->finish(); !finished) return fail(finished);
    report_.codec = name_of(codec_);
    report_.encoder = encoder_->name();
    return report_;
  }

  std::int64_t frames() const { return report_.frames; }

 private:
  Result<void> begin(const VideoFrame& first) {
    EncodePlan plan{codec_, container_, first.interlaced, first.top_field_first,
                    std::max(1, options_.threads)};
    auto encoder = make_encoder(demuxer_, first, plan);
    if (!encoder) return fail(encoder);
    encoder_ = std::move(*encoder);
    auto muxer =
        Muxer::open(output_, demuxer_, encoder_.get(), {container_, options_.audio, options_.keep_subtitles});
    if (!muxer) return fail(muxer);
    muxer_.emplace(std::move(*muxer));
    for (Packet& packet : waiting_) {
      if (auto written = write(std::move(packet)); !written) return written;
    }
    waiting_.clear();
    return {};
  }

  Result<void> drain() {
    for (;;) {
      CpuStopwatch watch;
      auto packet = encoder_->receive();
      watch.lap(report_.timings.encode);
      if (!packet) return fail(packet);
      if (!*packet) return {};
      if (auto written = write(std::move(**packet)); !written) return written;
    }
  }

  Result<void> write(Packet&& packet) {
    CpuStopwatch watch;
    auto written = muxer_->write(std::move(packet));
    watch.lap(report_.timings.write);
    return written;
  }

  Demuxer& demuxer_;
  const int output_;
  const ClipOptions& options_;
  const VideoCodec codec_;
  const Container container_;
  const FramePlanner planner_;
  KnownFrames known_;
  CoverMemory covers_;
  std::unique_ptr<Encoder> encoder_;
  std::optional<Muxer> muxer_;
  std::vector<Packet> waiting_;
  std::size_t waiting_bytes_ = 0;
  ClipReport report_;
};

Result<ClipReport> encode_again(Demuxer& demuxer, int output, const ClipTracks& tracks,
                                const ClipOptions& options, Container container, VideoCodec codec,
                                const StopCondition& stop, const ProgressReport& progress) {
  const auto thread = options.threads > 1 ? ClipFeed::Thread::kOwn : ClipFeed::Thread::kCallers;
  auto feed = ClipFeed::start(demuxer, thread);
  if (!feed) return fail(feed);
  Rendering rendering(demuxer, output, tracks, options, codec, container);
  for (;;) {
    if (auto go_on = stop.check(); !go_on) return fail(go_on);
    auto item = (*feed)->next();
    if (!item) return fail(item);
    if (!*item) break;
    auto added = std::visit([&](auto& one) { return rendering.add(std::move(one)); }, **item);
    if (!added) return fail(added);
    if (progress) progress({ClipStage::kRender, rendering.frames(), tracks.frame_count()});
  }
  auto report = rendering.finish();
  if (report) report->timings.decode = (*feed)->decode_time();
  return report;
}

// Whether nothing but sound frames comes out of the decoder, as many as there are tracks for.
class CopyCheck {
 public:
  CopyCheck(Decoder decoder, ParameterSets sets, KnownFrames known)
      : decoder_(std::move(decoder)), sets_(std::move(sets)), known_(known) {}

  // False where a frame was decoded with errors, as nobody knows what another decoder makes of it, where the
  // stream has pixels that are not shown, and so were not looked at, or parameter sets with more in them.
  Result<bool> add(const Packet* packet) {
    if (packet != nullptr) sets_.add(*packet);
    if (!sets_.are_plain()) return false;
    if (auto sent = decoder_.send(packet); !sent) return fail(sent);
    for (;;) {
      auto frame = decoder_.receive();
      if (!frame) return fail(frame);
      if (!*frame) break;
      if ((*frame)->damaged || decoder_.hides_pixels()) return false;
      if (auto fine = known_.check(**frame); !fine) return fail(fine);
    }
    if (packet == nullptr) {
      if (auto all = known_.check_all_seen(); !all) return fail(all);
    }
    return true;
  }

 private:
  Decoder decoder_;
  ParameterSets sets_;
  KnownFrames known_;
};

// Nothing is to be covered: the pictures stay what they are, bit for bit. None where pictures come up that
// nobody has looked at.
Result<std::optional<ClipReport>> copy_pictures(Demuxer& demuxer, int output, const ClipTracks& tracks,
                                                const ClipOptions& options, Container container,
                                                const StopCondition& stop) {
  auto decoder = Decoder::open(demuxer, 1);
  if (!decoder) return fail(decoder);
  CopyCheck check(std::move(*decoder), ParameterSets(demuxer), {tracks, demuxer.info().time_base});
  auto muxer = Muxer::open(output, demuxer, nullptr, {container, options.audio, options.keep_subtitles});
  if (!muxer) return fail(muxer);
  ClipReport report;
  report.copied = true;
  report.codec = demuxer.info().codec_name;
  report.frames = tracks.frame_count();
  CpuStopwatch watch;
  for (;;) {
    if (auto go_on = stop.check(); !go_on) return fail(go_on);
    auto packet = demuxer.read();
    if (!packet) return fail(packet);
    const bool is_video = *packet && (*packet)->kind() == StreamKind::kVideo;
    if (is_video || !*packet) {
      const auto is_sound = check.add(is_video ? &**packet : nullptr);
      if (!is_sound) return fail(is_sound);
      if (!*is_sound || demuxer.has_hidden_frames()) return std::optional<ClipReport>();
    }
    if (!*packet) break;
    if (auto written = muxer->write(std::move(**packet)); !written) return fail(written);
  }
  if (auto finished = muxer->finish(); !finished) return fail(finished);
  watch.lap(report.timings.write);
  return std::optional<ClipReport>(report);
}

}  // namespace

Result<void> validate(const ClipOptions& options) {
  if (options.detect_every < 1 || options.detect_every > 100) {
    return fail(ErrorCode::kInvalidOption, "detect_every: a whole number from 1 to 100 is needed");
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
  const Container container = options.container.value_or(info.container);
  const auto codec = codec_to_write(info, container, options.codec);
  if (!codec) return fail(codec);
  auto report = Result<ClipReport>(fail(ErrorCode::kCancelled, ""));
  const bool keeps_codec = *codec == info.codec;
  if (!covers_anything(tracks, options) && keeps_codec && can_copy_video(info, container)) {
    auto copied = copy_pictures(*demuxer, output, tracks, options, container, stop);
    if (!copied) return fail(copied);
    if (*copied) {
      report = std::move(**copied);
    } else {
      demuxer = Demuxer::open(descriptor, limits);
      if (!demuxer) return fail(demuxer);
      if (::ftruncate(output, 0) != 0) return fail(ErrorCode::kIo, "the result cannot be written");
    }
  }
  if (!report) report = encode_again(*demuxer, output, tracks, options, container, *codec, stop, progress);
  if (report) {
    report->info = info;
    report->container = container;
  }
  return report;
}

}  // namespace face_privacy
