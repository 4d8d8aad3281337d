#include "codec/webp/webp.h"

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>

#include "codec/shared/alpha.h"
#include "codec/shared/exif_orientation.h"
#include "codec/shared/icc_profile.h"
#include "codec/shared/orientation.h"
#include "codec/shared/size_check.h"

namespace face_privacy {
namespace {

// 90 keeps a photo's second generation visually equal; a lossless picture's number is effort.
constexpr float kDefaultQuality = 90;
constexpr float kLosslessEffort = 75;
constexpr int kMethod = 4;  // libwebp's own default; 6 takes 1.7 times as long for 1.4 % fewer bytes

template <auto kFunction>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const noexcept {
    kFunction(pointer);
  }
};
using DemuxerHandle = std::unique_ptr<WebPDemuxer, Deleter<WebPDemuxDelete>>;
using AnimDecoderHandle = std::unique_ptr<WebPAnimDecoder, Deleter<WebPAnimDecoderDelete>>;
using AnimEncoderHandle = std::unique_ptr<WebPAnimEncoder, Deleter<WebPAnimEncoderDelete>>;
using MuxHandle = std::unique_ptr<WebPMux, Deleter<WebPMuxDelete>>;

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::kDamagedPhoto, "The WebP photo is truncated or damaged.");
}

struct WebpFile {
  DemuxerHandle demuxer;
  WebPData data{};
  Size size;
  int frame_count = 0;
  bool animated = false;
  bool alpha = false;
  bool lossless = true;  // every frame
  int orientation = 1;
  std::vector<int> delays_ms;
};

// The first chunk of this name, within the file's bytes.
ByteView chunk_of(const WebpFile& webp, const char* name) {
  WebPChunkIterator iterator;
  if (WebPDemuxGetChunk(webp.demuxer.get(), name, 1, &iterator) == 0) return {};
  const ByteView chunk(iterator.chunk.bytes, iterator.chunk.size);
  WebPDemuxReleaseChunkIterator(&iterator);
  return chunk;
}

// False if a frame is broken.
bool read_frames(WebpFile& webp) {
  WebPIterator frame;
  if (WebPDemuxGetFrame(webp.demuxer.get(), 1, &frame) == 0) return false;
  bool complete = true;
  do {
    WebPBitstreamFeatures features;
    complete = complete && frame.complete != 0 &&
               WebPGetFeatures(frame.fragment.bytes, frame.fragment.size, &features) == VP8_STATUS_OK &&
               features.width == frame.width && features.height == frame.height;
    if (!complete) break;
    webp.lossless = webp.lossless && features.format == 2;  // 1: lossy, 2: lossless
    webp.alpha = webp.alpha || features.has_alpha != 0 || Size{frame.width, frame.height} != webp.size;
    webp.delays_ms.push_back(frame.duration);
  } while (WebPDemuxNextFrame(&frame) != 0);
  WebPDemuxReleaseIterator(&frame);
  return complete && webp.delays_ms.size() == static_cast<std::size_t>(webp.frame_count);
}

Result<WebpFile> open(ByteView file, const Limits& limits) {
  WebpFile webp;
  webp.data = {file.data(), file.size()};
  // Does not accept a file that ends before its chunks do.
  webp.demuxer.reset(WebPDemux(&webp.data));
  if (!webp.demuxer) return damaged();
  const auto value = [&](WebPFormatFeature feature) { return WebPDemuxGetI(webp.demuxer.get(), feature); };
  const std::uint32_t frame_count = value(WEBP_FF_FRAME_COUNT);
  const auto fits =
      check_size(value(WEBP_FF_CANVAS_WIDTH), value(WEBP_FF_CANVAS_HEIGHT), frame_count, limits);
  if (!fits) return fail(fits);
  webp.size = {static_cast<int>(value(WEBP_FF_CANVAS_WIDTH)), static_cast<int>(value(WEBP_FF_CANVAS_HEIGHT))};
  webp.frame_count = static_cast<int>(frame_count);
  webp.animated = (value(WEBP_FF_FORMAT_FLAGS) & ANIMATION_FLAG) != 0;
  if (!read_frames(webp)) return damaged();
  webp.orientation = exif_orientation(chunk_of(webp, "EXIF"));
  return webp;
}

bool decode_still(const WebpFile& webp, const MutableImageView& pixels) {
  const auto decode = pixels.layout.alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  const std::size_t bytes = pixels.stride_bytes * static_cast<std::size_t>(pixels.height);
  return decode(webp.data.bytes, webp.data.size, pixels.data, bytes, static_cast<int>(pixels.stride_bytes)) !=
         nullptr;
}

// libwebp composes the frames to RGBA; `pixels` holds them stacked.
bool decode_animation(const WebpFile& webp, const MutableImageView& pixels) {
  WebPAnimDecoderOptions options;
  if (WebPAnimDecoderOptionsInit(&options) == 0) throw std::runtime_error("libwebp is of another version");
  options.color_mode = MODE_RGBA;
  options.use_threads = 0;
  const AnimDecoderHandle decoder(WebPAnimDecoderNew(&webp.data, &options));
  if (!decoder) return false;
  const std::size_t frame_bytes = pixels.stride_bytes * static_cast<std::size_t>(webp.size.height);
  for (int i = 0; i < webp.frame_count; ++i) {
    std::uint8_t* rgba = nullptr;
    int timestamp_ms = 0;
    if (WebPAnimDecoderGetNext(decoder.get(), &rgba, &timestamp_ms) == 0) return false;
    std::memcpy(pixels.row(i * webp.size.height), rgba, frame_bytes);
  }
  return true;
}

Result<Image> decode_pixels(const WebpFile& webp) {
  const PixelLayout layout{ColorModel::kRgb, webp.animated || webp.alpha, 1};
  Image pixels({webp.size.width, webp.size.height * webp.frame_count}, layout);
  const bool decoded = webp.animated ? decode_animation(webp, pixels.mutable_view())
                                     : decode_still(webp, pixels.mutable_view());
  if (!decoded) return damaged();
  return webp.animated ? without_opaque_alpha(std::move(pixels)) : std::move(pixels);
}

Image turn_frames(const Image& stored, Size size, int frame_count, int orientation) {
  const Size upright = upright_size(size, orientation);
  Image turned({upright.width, upright.height * frame_count}, stored.layout());
  for (int i = 0; i < frame_count; ++i) {
    place_upright(stored.view().crop({0, i * size.height, size.width, size.height}), 0, size, orientation,
                  turned.mutable_view().crop({0, i * upright.height, upright.width, upright.height}));
  }
  return turned;
}

// --- writing

struct Picture {
  Picture() {
    if (WebPPictureInit(&value) == 0) throw std::runtime_error("libwebp is of another version");
  }
  ~Picture() { WebPPictureFree(&value); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  WebPPicture value{};
};

WebPConfig make_config(bool lossless, std::optional<int> quality) {
  WebPConfig config;
  const float value = quality ? static_cast<float>(*quality) : lossless ? kLosslessEffort : kDefaultQuality;
  if (WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, value) == 0) {
    throw std::runtime_error("libwebp is of another version");
  }
  config.lossless = lossless ? 1 : 0;
  config.exact = 1;  // colors stay where the picture is fully transparent
  config.method = kMethod;
  return config;
}

void import_frame(const ImageView& frame, bool lossless, WebPPicture& picture) {
  picture.use_argb = lossless ? 1 : 0;
  picture.width = frame.width;
  picture.height = frame.height;
  const auto import = frame.layout.alpha ? WebPPictureImportRGBA : WebPPictureImportRGB;
  if (import(&picture, frame.data, static_cast<int>(frame.stride_bytes)) == 0) throw std::bad_alloc();
}

int append_to_bytes(const std::uint8_t* data, std::size_t size, const WebPPicture* picture) {
  try {
    Bytes& file = *static_cast<Bytes*>(picture->custom_ptr);
    file.insert(file.end(), data, data + size);
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return 1;
}

Bytes encode_still(const ImageView& pixels, const WebPConfig& config) {
  Picture picture;
  import_frame(pixels, config.lossless != 0, picture.value);
  Bytes file;
  picture.value.writer = append_to_bytes;
  picture.value.custom_ptr = &file;
  if (WebPEncode(&config, &picture.value) == 0) throw std::runtime_error("libwebp cannot write the photo");
  return file;
}

Bytes take(WebPData& data) {
  Bytes bytes(data.bytes, data.bytes + data.size);
  WebPDataClear(&data);
  return bytes;
}

Bytes encode_animation(const ImageView& pixels, const Photo& photo, const WebPConfig& config) {
  const Size size{pixels.width, pixels.height / photo.frame_count};
  WebPAnimEncoderOptions options;
  if (WebPAnimEncoderOptionsInit(&options) == 0) throw std::runtime_error("libwebp is of another version");
  options.anim_params.loop_count = photo.loop_count;
  const AnimEncoderHandle encoder(WebPAnimEncoderNew(size.width, size.height, &options));
  if (!encoder) throw std::bad_alloc();
  int timestamp_ms = 0;
  for (int i = 0; i < photo.frame_count; ++i) {
    Picture picture;
    import_frame(pixels.crop({0, i * size.height, size.width, size.height}), true, picture.value);
    if (WebPAnimEncoderAdd(encoder.get(), &picture.value, timestamp_ms, &config) == 0) {
      throw std::runtime_error("libwebp cannot write a frame");
    }
    const auto index = static_cast<std::size_t>(i);
    timestamp_ms += index < photo.frame_delays_ms.size() ? photo.frame_delays_ms[index] : 100;
  }
  WebPData data{};
  if (WebPAnimEncoderAdd(encoder.get(), nullptr, timestamp_ms, nullptr) == 0 ||
      WebPAnimEncoderAssemble(encoder.get(), &data) == 0) {
    throw std::runtime_error("libwebp cannot write the animation");
  }
  return take(data);
}

struct MuxChunk {
  const char* type;
  ByteView data;  // empty: left out
};

Bytes with_chunks(const Bytes& file, std::initializer_list<MuxChunk> chunks) {
  const WebPData source{file.data(), file.size()};
  const MuxHandle mux(WebPMuxCreate(&source, 0));
  bool good = mux != nullptr;
  for (const MuxChunk& chunk : chunks) {
    const WebPData data{chunk.data.data(), chunk.data.size()};
    good = good && (chunk.data.empty() || WebPMuxSetChunk(mux.get(), chunk.type, &data, 0) == WEBP_MUX_OK);
  }
  WebPData whole{};
  if (!good || WebPMuxAssemble(mux.get(), &whole) != WEBP_MUX_OK) {
    throw std::runtime_error("libwebp cannot write what belongs to the photo");
  }
  return take(whole);
}

}  // namespace

Result<PhotoHeader> read_webp_header(ByteView file, const Limits& limits) {
  const auto webp = open(file, limits);
  if (!webp) return fail(webp);
  PhotoHeader header;
  header.format = Format::kWebp;
  header.size = upright_size(webp->size, webp->orientation);
  header.frame_count = webp->frame_count;
  header.orientation = webp->orientation;
  return header;
}

Result<Photo> decode_webp(ByteView file, const Limits& limits) {
  auto webp = open(file, limits);
  if (!webp) return fail(webp);
  auto pixels = decode_pixels(*webp);
  if (!pixels) return fail(pixels);

  Photo photo;
  photo.pixels = webp->orientation == 1
                     ? std::move(*pixels)
                     : turn_frames(*pixels, webp->size, webp->frame_count, webp->orientation);
  photo.frame_count = webp->frame_count;
  if (webp->frame_count > 1) {
    photo.frame_delays_ms = std::move(webp->delays_ms);
    photo.loop_count = static_cast<int>(WebPDemuxGetI(webp->demuxer.get(), WEBP_FF_LOOP_COUNT));
  }
  photo.icc_profile = usable_icc_profile(chunk_of(*webp, "ICCP"), ColorModel::kRgb);
  photo.source.format = Format::kWebp;
  photo.source.lossless = webp->lossless;
  photo.source.orientation = webp->orientation;
  return photo;
}

Result<Bytes> encode_webp(const ImageView& pixels, const Photo& photo, ByteView icc_profile,
                          std::optional<int> quality) {
  if (pixels.width > WEBP_MAX_DIMENSION || pixels.height / photo.frame_count > WEBP_MAX_DIMENSION) {
    return fail(ErrorCode::kUnsupportedPhoto,
                "The photo is too large for WebP, which ends at 16,383 pixels.");
  }
  // A quality asks for loss: without it a lossless WebP stays one.
  const bool lossless = photo.source.format == Format::kWebp && photo.source.lossless && !quality;
  WebPConfig config = make_config(lossless, quality);
  // Of a large picture libwebp would keep every token of a pass.
  constexpr std::int64_t kLargePixels = 24'000'000;
  config.low_memory = std::int64_t{pixels.width} * pixels.height > kLargePixels ? 1 : 0;
  const Bytes file =
      photo.frame_count > 1 ? encode_animation(pixels, photo, config) : encode_still(pixels, config);
  return icc_profile.empty() ? file : with_chunks(file, {{"ICCP", icc_profile}});
}

Bytes with_webp_metadata(const Bytes& file, ByteView exif, ByteView xmp) {
  return with_chunks(file, {{"EXIF", exif}, {"XMP ", xmp}});
}

}  // namespace face_privacy
