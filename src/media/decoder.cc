#include "media/decoder.h"

#include "media/demuxer_impl.h"
#include "media/frame_handle.h"

namespace face_privacy {
namespace {

constexpr int kMaxErrorsInARow = 64;

// Planar YCbCr of 8 to 12 bits, as its decoders give it.
bool is_handled(const AVPixFmtDescriptor& format) {
  constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                                   AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_ALPHA |
                                   AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
  return format.nb_components == 3 && (format.flags & kOther) == 0 &&
         (format.flags & AV_PIX_FMT_FLAG_PLANAR) != 0 && format.comp[1].plane == 1 &&
         format.comp[2].plane == 2 && format.comp[0].depth >= 8 && format.comp[0].depth <= 12 &&
         format.comp[0].shift == 0;
}

Size plane_size(const AVFrame& frame, const AVPixFmtDescriptor& format, int plane) {
  if (plane == 0) return {frame.width, frame.height};
  return {AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w),
          AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h)};
}

}  // namespace

bool describe_planes(VideoFrame& frame) {
  const AVFrame& handle = *handle_of(frame);
  const auto pixels = static_cast<AVPixelFormat>(handle.format);
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(pixels);
  if (format == nullptr || !is_handled(*format)) return false;
  frame.size = {handle.width, handle.height};
  frame.bit_depth = format->comp[0].depth;
  for (int i = 0; i < 3; ++i) {
    const bool is_chroma = i > 0;
    frame.planes[i] = {handle.data[i], handle.linesize[i], plane_size(handle, *format, i),
                       is_chroma ? 1 << format->log2_chroma_w : 1,
                       is_chroma ? 1 << format->log2_chroma_h : 1};
  }
  const bool is_jpeg_kind = pixels == AV_PIX_FMT_YUVJ420P || pixels == AV_PIX_FMT_YUVJ422P ||
                            pixels == AV_PIX_FMT_YUVJ444P || pixels == AV_PIX_FMT_YUVJ440P;
  frame.color = {handle.color_primaries, handle.color_trc, handle.colorspace,
                 is_jpeg_kind || handle.color_range == AVCOL_RANGE_JPEG};
  frame.interlaced = handle.interlaced_frame != 0;
  frame.top_field_first = handle.top_field_first != 0;
  return true;
}

void make_writable(VideoFrame& frame) {
  if (frame.is_writable) return;
  if (av_frame_make_writable(handle_of(frame)) < 0) throw std::bad_alloc();
  describe_planes(frame);
  frame.is_writable = true;
}

struct Decoder::Impl {
  UniqueCodec codec;
  ClipInfo info;
  std::int64_t default_duration = 0;  // ticks
  std::optional<int> pixels;          // AVPixelFormat of the first frame
  std::optional<std::int64_t> last_time;
  std::int64_t last_duration = 0;
  bool is_broken = false;  // from an error to the next key frame
  bool is_ended = false;
};

Decoder::Decoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

Result<Decoder> Decoder::open(const Demuxer& demuxer, int threads) {
  const AVStream& stream = demuxer.impl().video_stream();
  const AVCodecParameters& coded = *stream.codecpar;
  // libav's own AV1 decoder needs hardware.
  const AVCodec* codec = coded.codec_id == AV_CODEC_ID_AV1 ? avcodec_find_decoder_by_name("libdav1d")
                                                           : avcodec_find_decoder(coded.codec_id);
  if (codec == nullptr) {
    return fail(ErrorCode::kUnsupportedPhoto,
                "there is no decoder for " + demuxer.info().codec_name + " on this machine");
  }
  auto impl = std::make_unique<Impl>();
  impl->info = demuxer.info();
  impl->codec.reset(or_bad_alloc(avcodec_alloc_context3(codec)));
  AVCodecContext& context = *impl->codec;
  if (avcodec_parameters_to_context(&context, &coded) < 0) throw std::bad_alloc();
  context.pkt_timebase = stream.time_base;
  context.thread_count = threads;
  context.max_pixels = static_cast<std::int64_t>(demuxer.impl().limits.max_pixels);
  context.err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER;
  if (const int opened = avcodec_open2(&context, codec, nullptr); opened < 0) {
    return fail(ErrorCode::kDamagedPhoto, "the video cannot be decoded: " + text_of(opened));
  }
  const AVRational rate = stream.avg_frame_rate;
  if (rate.num > 0 && rate.den > 0)
    impl->default_duration = av_rescale_q(1, av_inv_q(rate), stream.time_base);
  impl->default_duration = std::max<std::int64_t>(1, impl->default_duration);
  return Decoder(std::move(impl));
}

Result<void> Decoder::send(const Packet* packet) {
  if (packet == nullptr) impl_->is_ended = true;
  const AVPacket* coded = packet != nullptr ? packet->impl().packet.get() : nullptr;
  if (coded != nullptr && (coded->flags & AV_PKT_FLAG_CORRUPT) != 0) impl_->is_broken = true;
  const int sent = avcodec_send_packet(impl_->codec.get(), coded);
  if (sent == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (sent < 0 && sent != AVERROR_EOF) impl_->is_broken = true;
  return {};
}

bool Decoder::hides_pixels() const {
  constexpr int kBlockPx = 16;  // pictures of H.264 are whole macroblocks
  const AVCodecContext& context = *impl_->codec;
  return context.coded_width - context.width >= kBlockPx || context.coded_height - context.height >= kBlockPx;
}

Result<std::optional<VideoFrame>> Decoder::receive() {
  for (int errors = 0; errors < kMaxErrorsInARow; ++errors) {
    UniqueFrame decoded = make_frame();
    const int got = avcodec_receive_frame(impl_->codec.get(), decoded.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return std::optional<VideoFrame>();
    if (got == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (got < 0) {
      impl_->is_broken = true;
      continue;
    }
    VideoFrame frame;
    frame.memory = {decoded.release(), [](void* handle) {
                      auto* frame_handle = static_cast<AVFrame*>(handle);
                      av_frame_free(&frame_handle);
                    }};
    const AVFrame& handle = *handle_of(frame);
    const bool is_first = !impl_->pixels;
    if (is_first) impl_->pixels = handle.format;
    if (Size{handle.width, handle.height} != impl_->info.size || handle.format != *impl_->pixels) {
      return fail(ErrorCode::kUnsupportedPhoto, "the picture changes its size or kind on the way");
    }
    if (!describe_planes(frame)) {
      return fail(ErrorCode::kUnsupportedPhoto,
                  "this kind of pixels is not handled: planar YCbCr of 8 to 12 bits is");
    }
    const bool has_error = handle.decode_error_flags != 0 || (handle.flags & AV_FRAME_FLAG_CORRUPT) != 0;
    if (handle.key_frame != 0 && !has_error) impl_->is_broken = false;
    if (has_error) impl_->is_broken = true;
    frame.damaged = impl_->is_broken;
    frame.duration = handle.pkt_duration > 0 ? handle.pkt_duration : impl_->default_duration;
    const std::int64_t stamped = handle.best_effort_timestamp;
    frame.time = stamped != AV_NOPTS_VALUE ? stamped
                 : impl_->last_time        ? *impl_->last_time + impl_->last_duration
                                           : 0;
    if (impl_->last_time && frame.time <= *impl_->last_time) {
      return fail(ErrorCode::kUnsupportedPhoto, "the times of the clip's frames do not ascend");
    }
    impl_->last_time = frame.time;
    impl_->last_duration = frame.duration;
    return std::optional<VideoFrame>(std::move(frame));
  }
  return fail(ErrorCode::kDamagedPhoto, "the video cannot be decoded");
}

}  // namespace face_privacy
