#include "media/encoder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <vector>

#include "media/demuxer_impl.h"
#include "media/encoder_impl.h"
#include "media/frame_handle.h"

namespace face_privacy {
namespace {

constexpr std::int64_t kLeastRate = 300'000;  // bits per second: below it a cap only makes mush
constexpr double kRateAboveSource = 1.5;
constexpr double kShortestGroup_s = 0.5;

struct Choice {
  VideoCodec codec;
  const char* library;
};
// Of each codec the first that is there and takes the pixels.
constexpr std::array kLibraries = {
    Choice{VideoCodec::kH264, "libx264"},   Choice{VideoCodec::kHevc, "libx265"},
    Choice{VideoCodec::kAv1, "libsvtav1"},  Choice{VideoCodec::kAv1, "libaom-av1"},
    Choice{VideoCodec::kVp9, "libvpx-vp9"},
};

bool takes(Container container, VideoCodec codec) {
  switch (container) {
    case Container::kMp4:
    case Container::kMatroska: return true;
    case Container::kMov:
    case Container::kMpegTs: return codec == VideoCodec::kH264 || codec == VideoCodec::kHevc;
    case Container::kWebm: return codec == VideoCodec::kVp9 || codec == VideoCodec::kAv1;
    case Container::kAvi: return codec == VideoCodec::kH264;
  }
  return false;
}

// Whose pictures may end amid a pixel of chroma.
bool can_cut_chroma(VideoCodec codec) { return codec == VideoCodec::kVp9 || codec == VideoCodec::kAv1; }

// Settings of each library: fast, at a quality that hardly shows.
void set_options(Dictionary& options, std::string_view library, const ClipInfo& source,
                 std::int64_t cap_bits) {
  const std::string cap_kilobits = std::to_string(cap_bits / 1000);
  if (library == "libx264") {
    options.set("preset", "superfast");
    options.set("crf", "19");
    options.set("forced-idr", 1);
    options.set("a53cc", 0);
  } else if (library == "libx265") {
    options.set("preset", "ultrafast");
    options.set("crf", "20");
    options.set("forced-idr", 1);
    // In one thread: with its pool x265 3.5 now and then waits for ever for a row that nobody has taken
    // (github.com/Multicorewareinc/x265/issues/540), seen in one of some two thousand clips.
    std::string parameters =
        "info=0:log-level=none:pools=none:frame-threads=1:wpp=0:bframes=0:vbv-maxrate=" + cap_kilobits +
        ":vbv-bufsize=" + cap_kilobits;
    if (source.bit_depth > 8) parameters += ":hdr10-opt=0";
    options.set("x265-params", parameters);
  } else if (library == "libsvtav1") {
    options.set("preset", "10");
    options.set("crf", "28");
  } else if (library == "libaom-av1") {
    options.set("cpu-used", "8");  // what FFmpeg 5.1 takes at most
    options.set("lag-in-frames", 0);
    options.set("usage", "realtime");
    options.set("crf", "28");
  } else if (library == "libvpx-vp9") {
    options.set("deadline", "realtime");
    options.set("cpu-used", "7");
    options.set("crf", "24");
    options.set("lag-in-frames", 0);
    options.set("auto-alt-ref", 0);
    options.set("row-mt", 1);
  }
}

// Everything that came with a frame but tells nothing of how to show it: captions, telemetry.
void drop_side_data(AVFrame& frame) {
  while (frame.nb_side_data > 0) av_frame_remove_side_data(&frame, frame.side_data[0]->type);
  av_dict_free(&frame.metadata);
}

bool takes_pixels(const AVCodec& codec, int pixels) {
  if (codec.pix_fmts == nullptr) return true;
  for (const AVPixelFormat* known = codec.pix_fmts; *known != AV_PIX_FMT_NONE; ++known) {
    if (*known == pixels) return true;
  }
  return false;
}

// The J kinds of pixels are the plain ones with full range, which has a field of its own.
int plain_pixels(int pixels) {
  switch (pixels) {
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
    default: return pixels;
  }
}

bool has_encoder(VideoCodec codec, int pixels) {
  if (codec == VideoCodec::kH264 && plain_pixels(pixels) == AV_PIX_FMT_YUV420P) return true;  // OpenH264
  return std::any_of(kLibraries.begin(), kLibraries.end(), [&](const Choice& choice) {
    const AVCodec* library = choice.codec == codec ? avcodec_find_encoder_by_name(choice.library) : nullptr;
    return library != nullptr && takes_pixels(*library, plain_pixels(pixels));
  });
}

class LibavEncoder final : public Encoder {
 public:
  static Result<std::unique_ptr<Encoder>> open(const AVCodec& codec, const Demuxer& source,
                                               const VideoFrame& first, const EncodePlan& plan) {
    auto encoder = std::unique_ptr<LibavEncoder>(new LibavEncoder(source.info(), plan));
    encoder->library_ = codec.name;
    encoder->context_.reset(or_bad_alloc(avcodec_alloc_context3(&codec)));
    encoder->configure(source, *handle_of(first), plan);
    Dictionary options;
    set_options(options, codec.name, source.info(), rate_cap(source.info()));
    if (plan.set_number > 0) {
      // No picture waits for others: not in threads, not for a look ahead, not for the next one's time.
      std::string parameters = "sliced-threads=1:sync-lookahead=0:rc-lookahead=0:force-cfr=1:sps-id=";
      parameters += std::to_string(plan.set_number);
      options.set("x264-params", parameters);
    }
    if (const int opened = avcodec_open2(encoder->context_.get(), &codec, options.address()); opened < 0) {
      return fail(ErrorCode::kUnsupportedPhoto, std::string(codec.name) + " does not take this clip");
    }
    encoder->describe();
    return std::unique_ptr<Encoder>(std::move(encoder));
  }

  Result<void> send(const Redacted<VideoFrame>& frame) override {
    // A reference of its own, whose fields may be changed.
    UniqueFrame picture(or_bad_alloc(av_frame_clone(handle_of(*frame))));
    const bool begins_group = pacer_.begins_group(*picture, frame->time);
    drop_side_data(*picture);
    picture->format = plain_pixels(picture->format);
    picture->pts = frame->time;
    picture->pict_type = begins_group ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    picture->key_frame = begins_group ? 1 : 0;
    durations_[frame->time] = frame->duration;
    return check(avcodec_send_frame(context_.get(), picture.get()));
  }

  Result<void> end() override { return check(avcodec_send_frame(context_.get(), nullptr)); }

  Result<std::optional<Packet>> receive() override {
    auto packet = std::make_unique<Packet::Impl>();
    packet->packet = make_packet();
    packet->kind = StreamKind::kVideo;
    const int got = avcodec_receive_packet(context_.get(), packet->packet.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return std::optional<Packet>();
    if (auto fine = check(got); !fine) return fail(fine);
    if (const auto known = durations_.find(packet->packet->pts); known != durations_.end()) {
      packet->packet->duration = known->second;
      durations_.erase(known);
    }
    return std::optional<Packet>(Packet(std::move(packet)));
  }

  std::string_view name() const override { return library_; }
  const Description& description() const override { return description_; }

 private:
  LibavEncoder(const ClipInfo& source, const EncodePlan& plan)
      : pacer_(source,
               plan.set_number > 0 ? KeyFramePacer::Groups::kAsSource : KeyFramePacer::Groups::kAsLong) {}

  static Result<void> check(int code) {
    if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (code < 0) return fail(ErrorCode::kUnsupportedPhoto, "a frame cannot be encoded: " + text_of(code));
    return {};
  }

  void configure(const Demuxer& source, const AVFrame& first, const EncodePlan& plan) {
    AVCodecContext& context = *context_;
    const ClipInfo& info = source.info();
    const AVStream& stream = source.impl().video_stream();
    context.width = first.width;
    context.height = first.height;
    context.pix_fmt = static_cast<AVPixelFormat>(plain_pixels(first.format));
    context.time_base = stream.time_base;
    context.framerate = stream.avg_frame_rate;
    context.sample_aspect_ratio =
        stream.sample_aspect_ratio.num > 0 ? stream.sample_aspect_ratio : first.sample_aspect_ratio;
    context.color_primaries = static_cast<AVColorPrimaries>(first.color_primaries);
    context.color_trc = static_cast<AVColorTransferCharacteristic>(first.color_trc);
    context.colorspace = static_cast<AVColorSpace>(first.colorspace);
    context.color_range = first.color_range;
    if (plain_pixels(first.format) != first.format) context.color_range = AVCOL_RANGE_JPEG;
    context.chroma_sample_location = first.chroma_location;
    const double rate = info.frames_per_second > 0 ? info.frames_per_second : 30;
    context.gop_size = std::max(1, static_cast<int>(std::lround(kLongestGroup_s * rate)));
    context.max_b_frames = 0;
    context.thread_count = plan.threads;
    context.flags |= AV_CODEC_FLAG_BITEXACT;
    const bool has_header = plan.container != Container::kMpegTs && plan.container != Container::kAvi;
    if (has_header) context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    context.rc_max_rate = rate_cap(info);
    context.rc_buffer_size = static_cast<int>(std::min<std::int64_t>(2 * context.rc_max_rate, INT32_MAX));
    if (library_ == "libsvtav1") context.rc_max_rate = context.rc_buffer_size = 0;
    if (library_ == "libaom-av1" || library_ == "libvpx-vp9") {
      context.bit_rate = context.rc_max_rate;
      context.rc_max_rate = context.rc_buffer_size = 0;
    }
    if (plan.interlaced) {
      context.flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
      context.field_order = plan.top_field_first ? AV_FIELD_TT : AV_FIELD_BB;
    }
  }

  void describe() {
    description_.parameters.reset(or_bad_alloc(avcodec_parameters_alloc()));
    if (avcodec_parameters_from_context(description_.parameters.get(), context_.get()) < 0)
      throw std::bad_alloc();
    description_.time_base = context_->time_base;
    description_.frame_rate = context_->framerate;
    description_.pixel_aspect = context_->sample_aspect_ratio;
  }

  std::string library_;
  UniqueCodec context_;
  Description description_;
  KeyFramePacer pacer_;
  std::map<std::int64_t, std::int64_t> durations_;  // by time, of what is in the encoder
};

}  // namespace

std::int64_t rate_cap(const ClipInfo& source) {
  const auto allowed =
      static_cast<std::int64_t>(kRateAboveSource * static_cast<double>(source.bits_per_second));
  return std::clamp<std::int64_t>(allowed, kLeastRate, 1'000'000'000);
}

KeyFramePacer::KeyFramePacer(const ClipInfo& source, Groups groups)
    : time_base_(source.time_base), shortest_s_(groups == Groups::kAsSource ? 0 : kShortestGroup_s) {}

bool KeyFramePacer::begins_group(const AVFrame& source, std::int64_t time) {
  if (last_ && (source.key_frame == 0 || time_base_.seconds(time - *last_) < shortest_s_)) return false;
  last_ = time;
  return true;
}

Result<VideoCodec> codec_to_write(const Demuxer& source, Container container,
                                  std::optional<VideoCodec> wanted) {
  const ClipInfo& info = source.info();
  const auto fits = [&](VideoCodec codec) {
    return codec != VideoCodec::kOther && takes(container, codec) &&
           (!info.cuts_chroma || can_cut_chroma(codec));
  };
  if (wanted) {
    if (fits(*wanted)) return *wanted;
    return fail(ErrorCode::kInvalidOption, std::string(name_of(*wanted)) + " does not go into " +
                                               std::string(name_of(container)) +
                                               " with a picture of this size");
  }
  constexpr std::array kInTurn = {VideoCodec::kH264, VideoCodec::kHevc, VideoCodec::kVp9};
  if (fits(info.codec)) return info.codec;
  const int pixels = source.impl().video_stream().codecpar->format;
  for (const VideoCodec codec : kInTurn) {
    if (fits(codec) && has_encoder(codec, pixels)) return codec;
  }
  // That no encoder takes these pixels is told with the first frame.
  const auto first = std::find_if(kInTurn.begin(), kInTurn.end(), fits);
  if (first != kInTurn.end()) return *first;
  return fail(ErrorCode::kUnsupportedPhoto, "a picture with an odd side cannot be written to " +
                                                std::string(name_of(container)) +
                                                "; mp4, mkv and webm take it");
}

Result<std::unique_ptr<Encoder>> make_encoder(const Demuxer& source, const VideoFrame& first,
                                              const EncodePlan& plan) {
  if (plan.interlaced && plan.codec != VideoCodec::kH264) {
    return fail(ErrorCode::kUnsupportedPhoto,
                "interlaced video is written as H.264 only; ask for --video-codec h264");
  }
  // OpenH264 numbers its sets from 0, as nearly every source does.
  const bool may_be_openh264 = plan.codec == VideoCodec::kH264 && plan.set_number == 0;
  if (may_be_openh264) {
    if (auto encoder = make_openh264_encoder(source, first, plan, ChromaPlace::kAsSource)) return encoder;
  }
  const int pixels = plain_pixels(handle_of(first)->format);
  for (const Choice& choice : kLibraries) {
    const AVCodec* codec =
        choice.codec == plan.codec ? avcodec_find_encoder_by_name(choice.library) : nullptr;
    if (codec == nullptr || !takes_pixels(*codec, pixels)) continue;
    if (plan.set_number > 0 && std::string_view(choice.library) != "libx264") continue;
    if (auto encoder = LibavEncoder::open(*codec, source, first, plan)) return encoder;
  }
  // Half a pixel of color is less than a clip that nobody gets.
  if (may_be_openh264) {
    if (auto encoder = make_openh264_encoder(source, first, plan, ChromaPlace::kTakenForLeft)) return encoder;
  }
  return fail(ErrorCode::kUnsupportedPhoto, "there is no encoder here for " +
                                                std::string(name_of(plan.codec)) +
                                                " with this clip's kind of pixels");
}

}  // namespace face_privacy
