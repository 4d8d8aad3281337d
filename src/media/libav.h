// All of libav that this folder uses, and its handles as values. Not for other folders.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/error.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/on_demand_library.h"

namespace face_privacy {

// libav and OpenH264. Loaded by Demuxer::open, before anything else here.
OnDemandLibrary& media_library();

// libav frees by a pointer to the pointer, by the pointer, or not alike at all.
template <class T, void (*kFree)(T**)>
struct FreeByAddress {
  void operator()(T* handle) const noexcept { kFree(&handle); }
};

struct CloseInput {
  void operator()(AVFormatContext* context) const noexcept { avformat_close_input(&context); }
};
struct FreeOutput {
  void operator()(AVFormatContext* context) const noexcept { avformat_free_context(context); }
};
struct FreeIo {
  void operator()(AVIOContext* io) const noexcept {
    av_freep(static_cast<void*>(&io->buffer));
    avio_context_free(&io);
  }
};
struct FreeScaler {
  void operator()(SwsContext* scaler) const noexcept { sws_freeContext(scaler); }
};

using UniqueInput = std::unique_ptr<AVFormatContext, CloseInput>;
using UniqueOutput = std::unique_ptr<AVFormatContext, FreeOutput>;
using UniqueIo = std::unique_ptr<AVIOContext, FreeIo>;
using UniqueCodec = std::unique_ptr<AVCodecContext, FreeByAddress<AVCodecContext, avcodec_free_context>>;
using UniqueParameters =
    std::unique_ptr<AVCodecParameters, FreeByAddress<AVCodecParameters, avcodec_parameters_free>>;
using UniqueFrame = std::unique_ptr<AVFrame, FreeByAddress<AVFrame, av_frame_free>>;
using UniquePacket = std::unique_ptr<AVPacket, FreeByAddress<AVPacket, av_packet_free>>;
using UniqueScaler = std::unique_ptr<SwsContext, FreeScaler>;

template <class T>
T* or_bad_alloc(T* handle) {
  if (handle == nullptr) throw std::bad_alloc();
  return handle;
}

inline UniqueFrame make_frame() { return UniqueFrame(or_bad_alloc(av_frame_alloc())); }
inline UniquePacket make_packet() { return UniquePacket(or_bad_alloc(av_packet_alloc())); }

// Options for libav, by name.
class Dictionary {
 public:
  Dictionary() = default;
  ~Dictionary() { av_dict_free(&entries_); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  void set(const char* name, const std::string& value) { av_dict_set(&entries_, name, value.c_str(), 0); }
  void set(const char* name, std::int64_t value) { av_dict_set_int(&entries_, name, value, 0); }
  AVDictionary** address() { return &entries_; }

 private:
  AVDictionary* entries_ = nullptr;
};

inline std::string text_of(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

// A stream's description as its codec writes it (AVCodecParameters::extradata), or nothing.
inline ByteView extradata_of(const AVCodecParameters& parameters) {
  return {parameters.extradata, static_cast<std::size_t>(std::max(0, parameters.extradata_size))};
}

}  // namespace face_privacy
