#include "media/silence.h"

#include <algorithm>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
}

namespace face_privacy {
namespace {

constexpr int kRate = 48'000;  // what all of these take
constexpr int kSamplesWhereFree = 1024;
constexpr std::int64_t kBitsPerSecond = 32'000;

const AVCodec* coder_for(Container container) {
  switch (container) {
    case Container::kWebm: return avcodec_find_encoder_by_name("libopus");
    case Container::kAvi: return avcodec_find_encoder(AV_CODEC_ID_AC3);
    case Container::kMp4:
    case Container::kMov:
    case Container::kMatroska:
    case Container::kMpegTs: return avcodec_find_encoder(AV_CODEC_ID_AAC);
  }
  return nullptr;
}

}  // namespace

Result<Silence> Silence::open(Container container, bool global_header) {
  const AVCodec* codec = coder_for(container);
  if (codec == nullptr) return fail(ErrorCode::kUnsupportedPhoto, "there is no encoder for silence here");
  UniqueCodec coder(or_bad_alloc(avcodec_alloc_context3(codec)));
  coder->sample_rate = kRate;
  coder->sample_fmt = codec->sample_fmts[0];
  coder->time_base = {1, kRate};
  coder->bit_rate = kBitsPerSecond;
  coder->flags |= AV_CODEC_FLAG_BITEXACT | (global_header ? AV_CODEC_FLAG_GLOBAL_HEADER : 0);
  av_channel_layout_default(&coder->ch_layout, 1);
  if (const int opened = avcodec_open2(coder.get(), codec, nullptr); opened < 0) {
    return fail(ErrorCode::kUnsupportedPhoto, "silence cannot be encoded: " + text_of(opened));
  }
  return Silence(std::move(coder));
}

Result<void> Silence::cover(std::int64_t pts, std::int64_t duration, AVRational time_base,
                            const Write& write) {
  if (pts == AV_NOPTS_VALUE) return {};
  if (!next_) next_ = av_rescale_q(pts, time_base, coder_->time_base);
  end_ =
      std::max(end_, av_rescale_q(pts + std::max<std::int64_t>(duration, 0), time_base, coder_->time_base));
  const int step = coder_->frame_size > 0 ? coder_->frame_size : kSamplesWhereFree;
  while (end_ - *next_ >= step) {
    if (auto encoded = encode(step, write); !encoded) return encoded;
  }
  return {};
}

Result<void> Silence::finish(const Write& write) {
  if (!next_) return {};
  if (end_ > *next_) {
    if (auto encoded = encode(static_cast<int>(end_ - *next_), write); !encoded) return encoded;
  }
  return drain(nullptr, write);
}

Result<void> Silence::encode(int samples, const Write& write) {
  UniqueFrame frame = make_frame();
  frame->nb_samples = samples;
  frame->format = coder_->sample_fmt;
  frame->sample_rate = kRate;
  if (av_channel_layout_copy(&frame->ch_layout, &coder_->ch_layout) < 0) throw std::bad_alloc();
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  av_samples_set_silence(frame->data, 0, samples, 1, coder_->sample_fmt);
  frame->pts = *next_;
  *next_ += samples;
  return drain(frame.get(), write);
}

Result<void> Silence::drain(const AVFrame* frame, const Write& write) {
  if (const int sent = avcodec_send_frame(coder_.get(), frame); sent < 0) {
    return fail(ErrorCode::kUnsupportedPhoto, "silence cannot be encoded: " + text_of(sent));
  }
  UniquePacket packet = make_packet();
  for (;;) {
    const int got = avcodec_receive_packet(coder_.get(), packet.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return {};
    if (got < 0) return fail(ErrorCode::kUnsupportedPhoto, "silence cannot be encoded: " + text_of(got));
    if (auto written = write(*packet); !written) return written;
    av_packet_unref(packet.get());
  }
}

}  // namespace face_privacy
