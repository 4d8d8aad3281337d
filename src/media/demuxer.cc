#include "media/demuxer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "media/demuxer_impl.h"

namespace face_privacy {
namespace {

// Decoders that may be tried on a stranger's bytes. What is not here is not even probed.
constexpr const char* kDecoders =
    "h264,hevc,libdav1d,av1,libaom-av1,vp9,vp8,mpeg4,mpeg2video,mpeg1video,mjpeg,h263,prores,dnxhd,"
    "aac,aac_latm,mp3,mp3float,mp2,mp2float,ac3,eac3,opus,vorbis,flac,alac,amrnb,amrwb,dca,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_u8,pcm_mulaw,pcm_alaw";

constexpr std::array kVideoCodecs = {AV_CODEC_ID_H264,       AV_CODEC_ID_HEVC,       AV_CODEC_ID_AV1,
                                     AV_CODEC_ID_VP9,        AV_CODEC_ID_VP8,        AV_CODEC_ID_MPEG4,
                                     AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MJPEG,
                                     AV_CODEC_ID_H263,       AV_CODEC_ID_PRORES,     AV_CODEC_ID_DNXHD};

constexpr int kProbeBytes = 8 << 20;
constexpr int kProbeMicroseconds = 5'000'000;

const char* demuxer_name(Container container) {
  switch (container) {
    case Container::kMp4:
    case Container::kMov: return "mov";
    case Container::kMatroska:
    case Container::kWebm: return "matroska";
    case Container::kMpegTs: return "mpegts";
    case Container::kAvi: return "avi";
  }
  return "";
}

VideoCodec codec_of(AVCodecID id) {
  switch (id) {
    case AV_CODEC_ID_H264: return VideoCodec::kH264;
    case AV_CODEC_ID_HEVC: return VideoCodec::kHevc;
    case AV_CODEC_ID_AV1: return VideoCodec::kAv1;
    case AV_CODEC_ID_VP9: return VideoCodec::kVp9;
    default: return VideoCodec::kOther;
  }
}

std::optional<Container> sniff(FileIo& io) {
  std::array<std::uint8_t, 512> head{};
  const int count = avio_read(io.context(), head.data(), static_cast<int>(head.size()));
  avio_seek(io.context(), 0, SEEK_SET);
  if (count <= 0) return std::nullopt;
  return sniff_clip(ByteView(head).first(static_cast<std::size_t>(count)));
}

template <class T>
const T* side_data(const AVStream& stream, AVPacketSideDataType type) {
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, type, &size);
  return size >= sizeof(T) ? reinterpret_cast<const T*>(data) : nullptr;
}

bool is_encrypted(const AVStream& stream) {
  const std::uint32_t tag = stream.codecpar->codec_tag;
  return tag == MKTAG('e', 'n', 'c', 'v') || tag == MKTAG('e', 'n', 'c', 'a') ||
         av_stream_get_side_data(&stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO, nullptr) != nullptr;
}

Upright upright_of(AVFormatContext* input, AVStream& stream) {
  const AVRational aspect = av_guess_sample_aspect_ratio(input, &stream, nullptr);
  const double pixel_aspect = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1;
  const Size size{stream.codecpar->width, stream.codecpar->height};
  std::size_t bytes = 0;
  const auto* matrix = reinterpret_cast<const std::int32_t*>(
      av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes));
  if (matrix == nullptr || bytes < 9 * sizeof(std::int32_t)) return {size, pixel_aspect, false, false, false};
  // u = m[0] x + m[3] y, v = m[1] x + m[4] y; whatever is no quarter turn is taken for the nearest.
  const auto weight = [&](int i) { return std::abs(static_cast<double>(matrix[i])); };
  const bool transpose = weight(1) + weight(3) > weight(0) + weight(4);
  const std::int32_t to_u = transpose ? matrix[3] : matrix[0];
  const std::int32_t to_v = transpose ? matrix[1] : matrix[4];
  return {size, pixel_aspect, transpose, to_u < 0, to_v < 0};
}

int bit_depth_of(const AVPixFmtDescriptor* format) { return format != nullptr ? format->comp[0].depth : 8; }

bool cuts_chroma(const AVPixFmtDescriptor* format, Size size) {
  const bool halves_width = format == nullptr || format->log2_chroma_w > 0;
  const bool halves_height = format == nullptr || format->log2_chroma_h > 0;
  return (halves_width && size.width % 2 != 0) || (halves_height && size.height % 2 != 0);
}

Result<void> check_size(const ClipInfo& info, const ClipLimits& limits) {
  const Size size = info.size;
  if (size.width <= 0 || size.height <= 0) {
    return fail(ErrorCode::kDamagedPhoto, "the clip does not tell its picture's size");
  }
  if (static_cast<std::uint64_t>(size.width) * size.height > limits.max_pixels ||
      std::max(size.width, size.height) > limits.max_side ||
      std::max(info.upright.shown().width, info.upright.shown().height) > limits.max_side) {
    return fail(ErrorCode::kTooManyPixels, "the clip's picture has too many pixels");
  }
  if (info.frame_count > limits.max_frames || info.duration_s > limits.max_duration_s) {
    return fail(ErrorCode::kTooManyFrames, "the clip is too long");
  }
  return {};
}

// Picks the streams that are worked on; tells the file's reader to skip all others.
void choose_streams(Demuxer::Impl& file) {
  AVFormatContext& input = *file.input;
  file.video = av_find_best_stream(&input, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  for (int i = 0; i < static_cast<int>(input.nb_streams); ++i) {
    AVStream& stream = *input.streams[i];
    const AVMediaType type = stream.codecpar->codec_type;
    const bool is_picture = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (i == file.video && is_picture) file.video = -1;
    if (i == file.video) continue;
    if (type == AVMEDIA_TYPE_AUDIO) {
      file.audio.push_back(i);
    } else if (type == AVMEDIA_TYPE_SUBTITLE) {
      file.subtitles.push_back(i);
    } else {
      ++file.info.other_tracks;
      stream.discard = AVDISCARD_ALL;
    }
  }
}

Result<void> describe(Demuxer::Impl& file, Container container) {
  AVStream& stream = *file.input->streams[file.video];
  const AVCodecParameters& coded = *stream.codecpar;
  if (std::find(kVideoCodecs.begin(), kVideoCodecs.end(), coded.codec_id) == kVideoCodecs.end()) {
    return fail(ErrorCode::kUnsupportedPhoto,
                std::string("video of the kind ") + avcodec_get_name(coded.codec_id) + " is not handled");
  }
  if (is_encrypted(stream)) return fail(ErrorCode::kUnsupportedPhoto, "the clip is encrypted");
  // Profile 5 shows its colors only through metadata that libav's decoders do not apply.
  const auto* dolby = side_data<AVDOVIDecoderConfigurationRecord>(stream, AV_PKT_DATA_DOVI_CONF);
  if (dolby != nullptr && dolby->dv_profile == 5) {
    return fail(ErrorCode::kUnsupportedPhoto, "Dolby Vision profile 5 is not handled");
  }
  ClipInfo& info = file.info;
  info.container = container;
  info.codec = codec_of(coded.codec_id);
  info.codec_name = avcodec_get_name(coded.codec_id);
  info.size = {coded.width, coded.height};
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(coded.format));
  info.bit_depth = bit_depth_of(format);
  info.cuts_chroma = cuts_chroma(format, info.size);
  info.upright = upright_of(file.input.get(), stream);
  info.color = {coded.color_primaries, coded.color_trc, coded.color_space,
                coded.color_range == AVCOL_RANGE_JPEG};
  info.time_base = {stream.time_base.num, stream.time_base.den};
  const AVRational rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
  if (rate.num > 0 && rate.den > 0) info.frames_per_second = av_q2d(rate);
  if (file.input->duration > 0) info.duration_s = static_cast<double>(file.input->duration) / AV_TIME_BASE;
  info.frame_count = std::max<std::int64_t>(stream.nb_frames, 0);
  info.bits_per_second = coded.bit_rate;
  if (info.bits_per_second <= 0 && info.duration_s > 0 && file.io->size() > 0) {
    info.bits_per_second =
        static_cast<std::int64_t>(static_cast<double>(file.io->size()) * 8 / info.duration_s);
  }
  info.audio_tracks = static_cast<int>(file.audio.size());
  info.subtitle_tracks = static_cast<int>(file.subtitles.size());
  return check_size(info, file.limits);
}

Result<void> open_input(Demuxer::Impl& file, Container container) {
  AVFormatContext* context = or_bad_alloc(avformat_alloc_context());
  context->pb = file.io->context();
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->io_open = refuse_to_open;
  context->max_streams = file.limits.max_streams;
  context->probesize = kProbeBytes;
  context->max_analyze_duration = kProbeMicroseconds;
  Dictionary options;
  options.set("format_whitelist", demuxer_name(container));
  options.set("protocol_whitelist", "none");
  options.set("codec_whitelist", kDecoders);
  const int opened =
      avformat_open_input(&context, "", av_find_input_format(demuxer_name(container)), options.address());
  if (opened < 0) return fail(ErrorCode::kDamagedPhoto, "the clip cannot be read: " + text_of(opened));
  file.input.reset(context);
  if (static_cast<int>(context->nb_streams) > file.limits.max_streams) {
    return fail(ErrorCode::kUnsupportedPhoto, "the clip has too many tracks");
  }
  const int probed = avformat_find_stream_info(context, nullptr);
  if (probed < 0) return fail(ErrorCode::kDamagedPhoto, "the clip cannot be read: " + text_of(probed));
  return {};
}

// Where a packet lies in the file.
struct PacketBytes {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

void append_ranges(AVStream& stream, std::vector<PacketBytes>& ranges) {
  const int count = avformat_index_get_entries_count(&stream);
  for (int i = 0; i < count; ++i) {
    const AVIndexEntry& entry = *avformat_index_get_entry(&stream, i);
    if (entry.size > 0) ranges.push_back({entry.pos, entry.pos + entry.size});
  }
}

bool overlap(std::vector<PacketBytes>& some, std::vector<PacketBytes>& others) {
  const auto earlier = [](const PacketBytes& a, const PacketBytes& b) { return a.begin < b.begin; };
  std::sort(some.begin(), some.end(), earlier);
  std::sort(others.begin(), others.end(), earlier);
  std::int64_t some_end = 0;
  std::int64_t others_end = 0;
  for (auto a = some.begin(), b = others.begin(); a != some.end() || b != others.end();) {
    if (b == others.end() || (a != some.end() && a->begin < b->begin)) {
      if (a->begin < others_end) return true;
      some_end = std::max(some_end, (a++)->end);
    } else {
      if (b->begin < some_end) return true;
      others_end = std::max(others_end, (b++)->end);
    }
  }
  return false;
}

// Where a table says where each packet lies, one of sound may point to bytes of pictures, or of what is left
// out: they would be copied as sound.
bool shares_bytes(const Demuxer::Impl& file) {
  std::vector<PacketBytes> copied;
  std::vector<PacketBytes> others;
  const auto is_in = [](const std::vector<int>& streams, int index) {
    return std::find(streams.begin(), streams.end(), index) != streams.end();
  };
  for (int i = 0; i < static_cast<int>(file.input->nb_streams); ++i) {
    const bool is_copied = is_in(file.audio, i) || is_in(file.subtitles, i);
    append_ranges(*file.input->streams[i], is_copied ? copied : others);
  }
  return overlap(copied, others);
}

// All packets have come: are they those that the file promised, and as it may hold them.
Result<void> check_end(const Demuxer::Impl& file) {
  const bool is_mov = file.info.container == Container::kMp4 || file.info.container == Container::kMov;
  if (file.has_sought || !(is_mov || file.info.container == Container::kAvi)) return {};
  // Where a header lists the frames, all of them must have come.
  if (is_mov && file.video_packets < avformat_index_get_entries_count(&file.video_stream())) {
    return fail(ErrorCode::kDamagedPhoto, "the clip breaks off before its end");
  }
  if (shares_bytes(file)) {
    return fail(ErrorCode::kDamagedPhoto, "tracks of the clip share their bytes with the pictures");
  }
  return {};
}

std::optional<std::int64_t> told(std::int64_t ticks) {
  return ticks == AV_NOPTS_VALUE ? std::nullopt : std::optional(ticks);
}

}  // namespace

Packet::Packet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Packet::Packet(Packet&&) noexcept = default;
Packet& Packet::operator=(Packet&&) noexcept = default;
Packet::~Packet() = default;
StreamKind Packet::kind() const { return impl_->kind; }
std::size_t Packet::size_bytes() const { return static_cast<std::size_t>(impl_->packet->size); }
std::optional<std::int64_t> Packet::time() const { return told(impl_->packet->pts); }
std::optional<std::int64_t> Packet::decode_time() const { return told(impl_->packet->dts); }
void Packet::set_decode_time(std::int64_t ticks) { impl_->packet->dts = ticks; }

Demuxer::Demuxer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Demuxer::Demuxer(Demuxer&&) noexcept = default;
Demuxer& Demuxer::operator=(Demuxer&&) noexcept = default;
Demuxer::~Demuxer() = default;
const ClipInfo& Demuxer::info() const { return impl_->info; }
bool Demuxer::has_hidden_frames() const { return impl_->has_hidden_frames; }

void start_media() {
  // SVT-AV1 tells of itself on the terminal, but for what ends it.
  ::setenv("SVT_LOG", "0", 0);
  media_library().load();
}

Result<Demuxer> Demuxer::open(int descriptor, const ClipLimits& limits) {
  start_media();
  // What libav has to say about a file may hold what the file says.
  av_log_set_level(AV_LOG_QUIET);
  auto file = std::make_unique<Impl>();
  file->limits = limits;
  file->io = std::make_unique<FileIo>(descriptor, FileIo::Direction::kRead);
  const auto container = sniff(*file->io);
  if (!container) return fail(ErrorCode::kNotAPhoto, "not a clip: MP4, MOV, MKV, WebM, TS and AVI are read");
  if (auto opened = open_input(*file, *container); !opened) return fail(opened);
  choose_streams(*file);
  if (file->video < 0) return fail(ErrorCode::kNotAPhoto, "there is no video in this file");
  if (auto described = describe(*file, *container); !described) return fail(described);
  return Demuxer(std::move(file));
}

bool Demuxer::seek_before(std::int64_t ticks) {
  impl_->has_sought = true;
  return av_seek_frame(impl_->input.get(), impl_->video, ticks, AVSEEK_FLAG_BACKWARD) >= 0;
}

Result<std::optional<Packet>> Demuxer::read() {
  for (;;) {
    auto packet = std::make_unique<Packet::Impl>();
    packet->packet = make_packet();
    const int got = av_read_frame(impl_->input.get(), packet->packet.get());
    if (got == AVERROR_EOF) {
      if (auto fine = check_end(*impl_); !fine) return fail(fine);
      return std::optional<Packet>();
    }
    if (got < 0) return fail(ErrorCode::kDamagedPhoto, "the clip is damaged: " + text_of(got));
    const int index = packet->packet->stream_index;
    if (av_packet_get_side_data(packet->packet.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr) {
      return fail(ErrorCode::kUnsupportedPhoto, "the clip is encrypted");
    }
    packet->source_stream = index;
    if (index == impl_->video) {
      packet->kind = StreamKind::kVideo;
      if (++impl_->video_packets > impl_->limits.max_frames) {
        return fail(ErrorCode::kTooManyFrames, "the clip has too many frames");
      }
      if ((packet->packet->flags & AV_PKT_FLAG_DISCARD) != 0) impl_->has_hidden_frames = true;
    } else if (std::find(impl_->audio.begin(), impl_->audio.end(), index) != impl_->audio.end()) {
      packet->kind = StreamKind::kAudio;
    } else if (std::find(impl_->subtitles.begin(), impl_->subtitles.end(), index) != impl_->subtitles.end()) {
      packet->kind = StreamKind::kSubtitle;
    } else {
      continue;  // a stream that came up while reading, or one that is not copied
    }
    return std::optional<Packet>(Packet(std::move(packet)));
  }
}

}  // namespace face_privacy
