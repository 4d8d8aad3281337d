#include <algorithm>
#include <deque>
#include <utility>

#include "media/hidden_pictures.h"
#include "media/parameter_sets.h"
#include "media/splice.h"
#include "pipeline/copy_clip.h"
#include "pipeline/cpu_stopwatch.h"

namespace face_privacy {
namespace {

// Coded, of one group: what is waited for before it is known whether the group is copied.
constexpr std::size_t kMaxGroupBytes = 256 << 20;

// Pictures that need nothing from others, by their order in the file.
struct Group {
  std::vector<Packet> packets;
  std::vector<std::int64_t> times;                        // sorted once the group is whole
  std::vector<std::optional<std::int64_t>> decode_times;  // as they come: ascending
  std::size_t bytes = 0;
  bool is_copied = false;
  std::size_t frames_done = 0;

  std::size_t size() const { return times.size(); }
};

// Matroska's reader does not tell the turns of the first pictures. False where none is known behind them.
bool fill_in(std::vector<std::optional<std::int64_t>>& decode_times) {
  for (std::size_t i = decode_times.size() - 1; i-- > 0;) {
    if (!decode_times[i] && decode_times[i + 1]) decode_times[i] = *decode_times[i + 1] - 1;
  }
  return decode_times.front() && decode_times.back();
}

// False or none in what these functions return: this clip's groups cannot be copied one by one.
class GroupCopier {
 public:
  GroupCopier(const ClipRendering& clip, Splice splice, Decoder decoder)
      : clip_(clip),
        splice_(splice),
        decoder_(std::move(decoder)),
        sets_(clip.demuxer),
        hidden_(clip.demuxer),
        known_(clip.tracks, clip.demuxer.info().time_base),
        redactor_(clip),
        writer_(clip) {}

  Result<bool> add_other(Packet&& packet);
  Result<bool> add_picture(Packet&& packet);
  Result<std::optional<ClipReport>> finish();

 private:
  Result<bool> close_group();
  bool touches_any(int first, std::size_t count) const;
  Result<bool> receive_frames();
  Result<bool> add_frame(VideoFrame&& frame);
  Result<bool> encode(VideoFrame&& frame, int number, std::int64_t decode_time);
  Result<bool> begin(const VideoFrame& first);
  Result<bool> write_finished_groups();
  Result<bool> end_pictures();
  Result<void> write(Packet&& packet) { return writer_.write(std::move(packet), report_); }

  const ClipRendering& clip_;
  const Splice splice_;
  Decoder decoder_;
  ParameterSets sets_;
  HiddenPictures hidden_;
  KnownFrames known_;
  FrameRedactor redactor_;
  ClipWriter writer_;
  std::unique_ptr<Encoder> encoder_;
  std::optional<Group> open_;  // its end has not been seen
  std::deque<Group> groups_;   // in the decoder
  int first_of_next_ = 0;      // frame
  ClipReport report_;
};

Result<bool> GroupCopier::add_other(Packet&& packet) {
  if (auto written = write(std::move(packet)); !written) return fail(written);
  return true;
}

Result<bool> GroupCopier::add_picture(Packet&& packet) {
  sets_.add(packet);
  hidden_.add(packet);
  const auto time = packet.time();
  if (!sets_.are_plain() || !hidden_.are_none() || !splice_.leaves_number(packet) || !time) return false;
  if (splice_.begins_group(packet)) {
    if (auto closed = close_group(); !closed || !*closed) return closed;
    open_.emplace();
  }
  if (!open_) return false;  // it begins amid a group
  open_->times.push_back(*time);
  open_->decode_times.push_back(packet.decode_time());
  open_->bytes += packet.size_bytes();
  open_->packets.push_back(std::move(packet));
  return open_->bytes <= kMaxGroupBytes && !clip_.demuxer.has_hidden_frames();
}

bool GroupCopier::touches_any(int first, std::size_t count) const {
  for (int frame = first; frame < first + static_cast<int>(count); ++frame) {
    if (!redactor_.planner().at(frame).empty()) return true;
  }
  return false;
}

// The group is whole: decides what becomes of it, and decodes it.
Result<bool> GroupCopier::close_group() {
  if (!open_) return true;
  Group& group = groups_.emplace_back(std::move(*open_));
  open_.reset();
  group.is_copied = !touches_any(first_of_next_, group.size());
  first_of_next_ += static_cast<int>(group.size());
  if (!fill_in(group.decode_times)) return false;
  std::sort(group.times.begin(), group.times.end());
  for (const Packet& packet : group.packets) {
    if (auto sent = decoder_.send(&packet); !sent) return fail(sent);
    if (auto received = receive_frames(); !received || !*received) return received;
  }
  if (!group.is_copied) group.packets.clear();
  return write_finished_groups();
}

Result<bool> GroupCopier::receive_frames() {
  for (;;) {
    auto frame = decoder_.receive();
    if (!frame) return fail(frame);
    if (!*frame) return true;
    if (auto added = add_frame(std::move(**frame)); !added || !*added) return added;
  }
}

Result<bool> GroupCopier::add_frame(VideoFrame&& frame) {
  if (auto known = known_.check(frame); !known) return fail(known);
  // The frame may be the first of its group. The one before it was decoded earlier, and goes first.
  if (auto written = write_finished_groups(); !written) return written;
  if (groups_.empty() || decoder_.hides_pixels() || frame.interlaced) return false;
  Group& group = groups_.front();
  const std::size_t place = group.frames_done++;
  if (frame.time != group.times[place]) return false;
  if (!writer_.has_begun()) {
    if (auto begun = begin(frame); !begun || !*begun) return begun;
  }
  const auto number = report_.frames++;
  if (clip_.progress) clip_.progress({ClipStage::kRender, report_.frames, clip_.tracks.frame_count()});
  if (!group.is_copied) return encode(std::move(frame), static_cast<int>(number), *group.decode_times[place]);
  ++report_.copied_frames;
  return !frame.damaged;
}

// Encoders here do not change the order of pictures: each takes the next turn in the decoder that its group
// had.
Result<bool> GroupCopier::encode(VideoFrame&& frame, int number, std::int64_t decode_time) {
  const auto redacted = redactor_.redact(std::move(frame), number, report_);
  CpuStopwatch watch;
  if (auto sent = encoder_->send(redacted); !sent) return fail(sent);
  auto packet = encoder_->receive();
  watch.lap(report_.timings.encode);
  if (!packet) return fail(packet);
  if (!*packet) return false;
  (*packet)->set_decode_time(decode_time);
  if (auto written = write(std::move(**packet)); !written) return fail(written);
  return true;
}

Result<bool> GroupCopier::begin(const VideoFrame& first) {
  EncodePlan plan{clip_.codec, clip_.container};
  plan.threads = std::max(1, clip_.options.threads);
  plan.set_number = splice_.set_number();
  auto encoder = make_encoder(clip_.demuxer, first, plan);
  if (!encoder) return false;
  encoder_ = std::move(*encoder);
  MuxPlan mux_plan = clip_.mux_plan();
  mux_plan.splices = true;
  if (auto begun = writer_.begin(encoder_.get(), mux_plan, report_); !begun) return fail(begun);
  return true;
}

// A group is copied once all its frames have been seen to be sound.
Result<bool> GroupCopier::write_finished_groups() {
  while (!groups_.empty() && groups_.front().frames_done == groups_.front().size()) {
    for (Packet& packet : groups_.front().packets) {
      if (auto written = write(std::move(packet)); !written) return fail(written);
    }
    groups_.pop_front();
  }
  return true;
}

Result<bool> GroupCopier::end_pictures() {
  if (auto closed = close_group(); !closed || !*closed) return closed;
  if (auto sent = decoder_.send(nullptr); !sent) return fail(sent);
  if (auto received = receive_frames(); !received || !*received) return received;
  if (auto written = write_finished_groups(); !written) return written;
  return writer_.has_begun() && groups_.empty();
}

Result<std::optional<ClipReport>> GroupCopier::finish() {
  const auto ended = end_pictures();
  if (!ended) return fail(ended);
  if (!*ended) return std::optional<ClipReport>();
  if (auto all = known_.check_all_seen(); !all) return fail(all);
  if (auto finished = writer_.finish(); !finished) return fail(finished);
  report_.codec = name_of(clip_.codec);
  if (!report_.is_copied()) report_.encoder = encoder_->name();
  return std::optional<ClipReport>(report_);
}

}  // namespace

Result<std::optional<ClipReport>> copy_untouched_groups(const ClipRendering& clip) {
  const auto splice = Splice::plan(clip.demuxer);
  if (!splice || clip.codec != VideoCodec::kH264) return std::optional<ClipReport>();
  auto decoder = Decoder::open(clip.demuxer, 1);
  if (!decoder) return fail(decoder);
  GroupCopier copier(clip, *splice, std::move(*decoder));
  for (;;) {
    if (auto running = clip.stop.check(); !running) return fail(running);
    auto packet = clip.demuxer.read();
    if (!packet) return fail(packet);
    if (!*packet) return copier.finish();
    const bool is_video = (*packet)->kind() == StreamKind::kVideo;
    auto added = is_video ? copier.add_picture(std::move(**packet)) : copier.add_other(std::move(**packet));
    if (!added) return fail(added);
    if (!*added) return std::optional<ClipReport>();
  }
}

}  // namespace face_privacy
