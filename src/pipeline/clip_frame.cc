#include "pipeline/clip_frame.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "media/decoder.h"
#include "media/small_picture.h"

namespace face_privacy {
namespace {

constexpr MediaTime kRounding(10);
constexpr int kJpegQuality = 85;

MediaTime time_of(const VideoFrame& frame, const TimeBase& base) {
  return MediaTime(std::llround(base.seconds(frame.time) * 1e6));
}

// The frame that is shown at `wanted`, or none where the decoder never gives one. Stops at the first later
// one.
Result<std::optional<VideoFrame>> find_frame(Demuxer& demuxer, MediaTime wanted, const StopCondition& stop) {
  auto decoder = Decoder::open(demuxer, 1);
  if (!decoder) return fail(decoder);
  for (bool ended = false; !ended;) {
    if (auto running = stop.check(); !running) return fail(running);
    auto packet = demuxer.read();
    if (!packet) return fail(packet);
    if (*packet && (*packet)->kind() != StreamKind::kVideo) continue;
    ended = !packet->has_value();
    if (auto sent = decoder->send(ended ? nullptr : &**packet); !sent) return fail(sent);
    for (;;) {
      auto frame = decoder->receive();
      if (!frame) return fail(frame);
      if (!*frame) break;
      const MediaTime time = time_of(**frame, demuxer.info().time_base);
      if (time > wanted + kRounding) return std::optional<VideoFrame>();
      if (time >= wanted - kRounding) return frame;
    }
  }
  return std::optional<VideoFrame>();
}

// A little before the frame, so that rounding does not leave it out.
std::int64_t ticks_before(MediaTime time, const TimeBase& base) {
  const double seconds = static_cast<double>((time - kRounding).count()) / 1e6;
  return static_cast<std::int64_t>(std::floor(seconds * base.denominator / base.numerator));
}

Result<VideoFrame> frame_at(std::optional<Demuxer>& demuxer, int descriptor, MediaTime wanted,
                            const ClipLimits& limits, const StopCondition& stop) {
  for (const bool seeks : {true, false}) {
    auto opened = Demuxer::open(descriptor, limits);
    if (!opened) return fail(opened);
    demuxer.emplace(std::move(*opened));
    if (seeks && !demuxer->seek_before(ticks_before(wanted, demuxer->info().time_base))) continue;
    auto found = find_frame(*demuxer, wanted, stop);
    // After a leap a decoder may lack what the frame refers to; from the start it does not.
    const bool is_sound = found && *found && !(*found)->damaged;
    if (seeks && !is_sound) continue;
    if (!found) return fail(found);
    if (*found) return std::move(**found);
  }
  return fail(ErrorCode::kInvalidOption, "the tracks are not of this clip: it has no frame at that time");
}

Photo photo_of(const ImageView& view) {
  Photo photo;
  photo.pixels = Image(view.size(), view.layout);
  for (int y = 0; y < view.height; ++y) {
    std::memcpy(photo.pixels.mutable_view().row(y), view.row(y), photo.pixels.stride_bytes());
  }
  return photo;
}

BoxF scaled(const BoxF& box, float x, float y) {
  return {box.x * x, box.y * y, box.width * x, box.height * y};
}

std::vector<Region> regions_of(const ClipTracks& tracks, const ClipFrameOptions& options, Size shown,
                               Size picture) {
  const float x = static_cast<float>(picture.width) / static_cast<float>(shown.width);
  const float y = static_cast<float>(picture.height) / static_cast<float>(shown.height);
  const RegionIndex index(tracks, cover_options(shown));
  std::vector<RequestedRegion> wanted;
  for (const FrameRegion& found : index.at(options.frame)) {
    if (!is_kept(found.box, options.keep)) wanted.push_back({.box = found.box});
  }
  wanted.insert(wanted.end(), options.regions.begin(), options.regions.end());
  for (RequestedRegion& region : wanted) region.box = scaled(region.box, x, y);
  std::vector<BoxF> kept = index.kept_at(options.frame);
  for (BoxF& box : kept) box = scaled(box, x, y);
  return plan_regions({}, wanted, kept, options.redaction);
}

// Nobody knows what a damaged frame shows.
RedactedPhoto covered_whole(Photo&& photo) {
  RedactOptions black;
  black.style = Style::kFill;
  const Size size = photo.frame_size();
  const BoxF all{0, 0, static_cast<float>(size.width), static_cast<float>(size.height)};
  const RequestedRegion region{all, Shape::kBox, 0.1F};
  const std::vector<std::vector<Region>> regions{plan_regions({}, {&region, 1}, {}, black)};
  return Redactor::redact(std::move(photo), regions, black);
}

RedactedPhoto redacted(Photo&& photo, const VideoFrame& frame, const ClipTracks& tracks,
                       const ClipFrameOptions& options, Size shown) {
  if (!options.redacted) {
    return Redactor::redact(std::move(photo), std::vector<std::vector<Region>>(1), options.redaction);
  }
  if (frame.damaged) return covered_whole(std::move(photo));
  const std::vector<std::vector<Region>> regions{regions_of(tracks, options, shown, photo.frame_size())};
  return Redactor::redact(std::move(photo), regions, options.redaction);
}

}  // namespace

Result<Bytes> clip_frame_to_jpeg(int descriptor, const ClipTracks& tracks, const ClipFrameOptions& options,
                                 const ClipLimits& limits, const StopCondition& stop) {
  if (options.frame < 0 || options.frame >= tracks.frame_count()) {
    return fail(ErrorCode::kInvalidOption,
                "the clip has " + std::to_string(tracks.frame_count()) + " frames, counted from 0");
  }
  std::optional<Demuxer> demuxer;
  const MediaTime wanted = tracks.times[static_cast<std::size_t>(options.frame)];
  const auto frame = frame_at(demuxer, descriptor, wanted, limits, stop);
  if (!frame) return fail(frame);
  const Upright& upright = demuxer->info().upright;
  SmallPicture small(upright, options.long_side_px);
  Photo photo = photo_of(small.of(*frame));
  return encode(redacted(std::move(photo), *frame, tracks, options, upright.shown()),
                {Format::kJpeg, kJpegQuality});
}

}  // namespace face_privacy
