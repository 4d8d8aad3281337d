#include "pipeline/copy_clip.h"

#include <utility>

#include "media/hidden_pictures.h"
#include "media/parameter_sets.h"
#include "pipeline/cpu_stopwatch.h"

namespace face_privacy {
namespace {

// Whether nothing but sound frames comes out of the decoder, as many as there are tracks for.
class CopyCheck {
 public:
  CopyCheck(Decoder decoder, const Demuxer& demuxer, KnownFrames known)
      : decoder_(std::move(decoder)), sets_(demuxer), hidden_(demuxer), known_(known) {}

  // False where a frame was decoded with errors, as nobody knows what another decoder makes of it, where the
  // stream has pixels or pictures that are not shown, and so were not looked at, or parameter sets with more
  // in them.
  Result<bool> add(const Packet* packet) {
    if (packet != nullptr) {
      sets_.add(*packet);
      hidden_.add(*packet);
      ++packets_;
    }
    if (!sets_.are_plain() || !hidden_.are_none()) return false;
    if (auto sent = decoder_.send(packet); !sent) return fail(sent);
    for (;;) {
      auto frame = decoder_.receive();
      if (!frame) return fail(frame);
      if (!*frame) break;
      if ((*frame)->damaged || decoder_.hides_pixels()) return false;
      if (auto fine = known_.check(**frame); !fine) return fail(fine);
      ++frames_;
    }
    if (packet != nullptr) return true;
    if (auto all = known_.check_all_seen(); !all) return fail(all);
    // Pictures before the first key frame need others that were cut off: this decoder leaves them out,
    // players may show them.
    return frames_ == packets_ && !hidden_.may_come();
  }

 private:
  Decoder decoder_;
  ParameterSets sets_;
  HiddenPictures hidden_;
  KnownFrames known_;
  std::int64_t packets_ = 0;
  std::int64_t frames_ = 0;
};

}  // namespace

Result<std::optional<ClipReport>> copy_pictures(const ClipRendering& clip) {
  Demuxer& demuxer = clip.demuxer;
  auto decoder = Decoder::open(demuxer, 1);
  if (!decoder) return fail(decoder);
  CopyCheck check(std::move(*decoder), demuxer, {clip.tracks, demuxer.info().time_base});
  auto muxer = Muxer::open(clip.output, demuxer, nullptr, clip.mux_plan());
  if (!muxer) return fail(muxer);
  ClipReport report;
  report.codec = demuxer.info().codec_name;
  report.frames = report.copied_frames = clip.tracks.frame_count();
  CpuStopwatch watch;
  for (;;) {
    if (auto running = clip.stop.check(); !running) return fail(running);
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

}  // namespace face_privacy
