#include "media/muxer.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "media/demuxer_impl.h"
#include "media/encoder_impl.h"
#include "media/nal_filter.h"
#include "media/silence.h"
#include "media/sound_description.h"
#include "media/splice.h"

namespace face_privacy {
namespace {

// Sound that is copied: kinds whose packets hold sound and nothing else.
constexpr std::array kAudioCodecs = {
    AV_CODEC_ID_AAC,       AV_CODEC_ID_MP3,       AV_CODEC_ID_MP2,       AV_CODEC_ID_AC3,
    AV_CODEC_ID_EAC3,      AV_CODEC_ID_OPUS,      AV_CODEC_ID_VORBIS,    AV_CODEC_ID_FLAC,
    AV_CODEC_ID_ALAC,      AV_CODEC_ID_AMR_NB,    AV_CODEC_ID_AMR_WB,    AV_CODEC_ID_DTS,
    AV_CODEC_ID_PCM_S16LE, AV_CODEC_ID_PCM_S16BE, AV_CODEC_ID_PCM_S24LE, AV_CODEC_ID_PCM_S24BE,
    AV_CODEC_ID_PCM_S32LE, AV_CODEC_ID_PCM_F32LE, AV_CODEC_ID_PCM_U8,    AV_CODEC_ID_PCM_MULAW,
    AV_CODEC_ID_PCM_ALAW,  AV_CODEC_ID_AAC_LATM};

// Of what a stream says of itself beside its coding, what tells how to show it.
constexpr std::array kKeptSideData = {AV_PKT_DATA_DISPLAYMATRIX, AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
                                      AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_PKT_DATA_SPHERICAL,
                                      AV_PKT_DATA_STEREO3D};

const char* muxer_name(Container container) {
  switch (container) {
    case Container::kMp4: return "mp4";
    case Container::kMov: return "mov";
    case Container::kMatroska: return "matroska";
    case Container::kWebm: return "webm";
    case Container::kMpegTs: return "mpegts";
    case Container::kAvi: return "avi";
  }
  return "";
}

std::optional<NalCodec> nal_codec(AVCodecID id) {
  if (id == AV_CODEC_ID_H264) return NalCodec::kH264;
  if (id == AV_CODEC_ID_HEVC) return NalCodec::kHevc;
  return std::nullopt;
}

void set_extradata(AVCodecParameters& parameters, ByteView bytes) {
  av_freep(static_cast<void*>(&parameters.extradata));
  parameters.extradata_size = 0;
  if (bytes.empty()) return;
  parameters.extradata =
      static_cast<std::uint8_t*>(or_bad_alloc(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE)));
  std::memcpy(parameters.extradata, bytes.data(), bytes.size());
  parameters.extradata_size = static_cast<int>(bytes.size());
}

// Vorbis keeps three headers, the second for comments: artist, place, what not. In Xiph lacing.
bool drop_vorbis_comments(AVCodecParameters& parameters) {
  const ByteView all = extradata_of(parameters);
  if (all.size() < 3 || all[0] != 2) return false;
  std::size_t at = 1;
  std::array<std::size_t, 2> sizes{};
  for (std::size_t& size : sizes) {
    while (at < all.size() && all[at] == 255) size += all[at++];
    if (at >= all.size()) return false;
    size += all[at++];
  }
  if (at + sizes[0] + sizes[1] > all.size()) return false;
  static constexpr std::array<std::uint8_t, 16> kNoComments = {3, 'v', 'o', 'r', 'b', 'i', 's', 0,
                                                               0, 0,   0,   0,   0,   0,   0,   1};
  Bytes result = {2};
  for (std::size_t rest = sizes[0];; rest -= 255) {
    result.push_back(static_cast<std::uint8_t>(std::min<std::size_t>(rest, 255)));
    if (rest < 255) break;
  }
  result.push_back(kNoComments.size());
  const auto identification = all.subspan(at, sizes[0]);
  const auto setup = all.subspan(at + sizes[0] + sizes[1]);
  result.insert(result.end(), identification.begin(), identification.end());
  result.insert(result.end(), kNoComments.begin(), kNoComments.end());
  result.insert(result.end(), setup.begin(), setup.end());
  set_extradata(parameters, result);
  return true;
}

void keep_part(AVCodecParameters& parameters, std::size_t begin, std::size_t size) {
  const ByteView part = extradata_of(parameters).subspan(begin, size);
  set_extradata(parameters, Bytes(part.begin(), part.end()));
}

constexpr std::size_t kFlacStreamInfoBytes = 34;
constexpr std::size_t kAlacCookieBytes = 36;

// RFC 7845, 5.1: 19 bytes, and where channels are mapped two and one for each.
std::size_t opus_header_bytes(ByteView header) {
  constexpr std::size_t kChannelsAt = 9;
  constexpr std::size_t kMappingAt = 18;
  if (header.size() <= kMappingAt || header[kMappingAt] == 0) return kMappingAt + 1;
  return kMappingAt + 3 + header[kChannelsAt];
}

// What describes the coding, without what people wrote into it or behind it.
bool clean_description(AVCodecParameters& parameters) {
  const ByteView all = extradata_of(parameters);
  switch (parameters.codec_id) {
    case AV_CODEC_ID_VORBIS: return drop_vorbis_comments(parameters);
    case AV_CODEC_ID_FLAC: {
      if (all.size() <= kFlacStreamInfoBytes) return true;
      const std::size_t skip = all[0] == 'f' ? 8 : 0;
      if (all.size() < skip + kFlacStreamInfoBytes) return false;
      keep_part(parameters, skip, kFlacStreamInfoBytes);
      return true;
    }
    case AV_CODEC_ID_OPUS:
      keep_part(parameters, 0, std::min(all.size(), opus_header_bytes(all)));
      return true;
    case AV_CODEC_ID_ALAC: keep_part(parameters, 0, std::min(all.size(), kAlacCookieBytes)); return true;
    case AV_CODEC_ID_AAC: {
      if (all.empty()) return true;
      const auto clean = clean_aac_description(all);
      if (clean) set_extradata(parameters, *clean);
      return clean.has_value();
    }
    default: set_extradata(parameters, {}); return true;  // packets tell all there is to tell
  }
}

void move(AVPacket& packet, std::int64_t ticks) {
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += ticks;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += ticks;
}

bool is_language(const char* text) {
  return text != nullptr && std::strlen(text) == 3 &&
         std::all_of(text, text + 3, [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

bool can_copy_video(const ClipInfo& source, Container container) {
  const bool has_units = source.codec == VideoCodec::kH264 || source.codec == VideoCodec::kHevc;
  const bool is_plain = source.codec == VideoCodec::kVp9 || source.codec == VideoCodec::kAv1;
  return container == source.container && (has_units || is_plain);
}

struct Muxer::Impl {
  int descriptor = -1;
  std::unique_ptr<FileIo> io;
  std::list<FileIo> readers;  // the beginning of a file moves while its end is written
  UniqueOutput output;
  std::map<int, int> stream_of;  // by the source's; -1: the video
  std::map<int, AVRational> time_base_of;
  std::map<int, AVRational> source_time_base_of;  // of sound
  std::map<int, std::int64_t>
      delay_of;                     // by the source's stream, in its ticks: Matroska's reader takes it off
  std::int64_t late_start_us = 0;   // of a source of other kind than AVI, which begins at 0
  std::int64_t late_frames = 0;     // as AVI tells no times, only turns: those that go by before the first
  std::map<int, Silence> silences;  // by the source's stream
  std::set<int> silent;             // the source's streams of which nothing is expected
  struct Pace {
    std::int64_t time = AV_NOPTS_VALUE;
    std::int64_t step = 0;
  };
  std::map<int, Pace> pace_of;  // of sound, by the source's stream
  std::optional<std::int64_t> turns_early;
  std::optional<NalCodec> nal;
  int nal_length_bytes = kStartCodes;
  bool splices = false;
  struct FreeFilter {
    void operator()(AVBSFContext* filter) const noexcept { av_bsf_free(&filter); }
  };
  std::unique_ptr<AVBSFContext, FreeFilter> obu_filter;  // AV1

  static int open_reader(AVFormatContext* context, AVIOContext** io, const char* /*url*/, int flags,
                         AVDictionary** /*options*/) {
    if ((flags & AVIO_FLAG_WRITE) != 0) return AVERROR(EACCES);
    auto& self = *static_cast<Impl*>(context->opaque);
    self.readers.emplace_back(self.descriptor, FileIo::Direction::kRead);
    *io = self.readers.back().context();
    return 0;
  }
  static int close_reader(AVFormatContext* context, AVIOContext* io) {
    auto& self = *static_cast<Impl*>(context->opaque);
    self.readers.remove_if([&](FileIo& reader) { return reader.context() == io; });
    return 0;
  }

  AVStream& add_stream(int source_index, AVRational time_base) {
    AVStream* stream = or_bad_alloc(avformat_new_stream(output.get(), nullptr));
    stream->time_base = time_base;
    stream_of[source_index] = stream->index;
    time_base_of[source_index] = time_base;
    return *stream;
  }

  bool is_matroska() const {
    return std::strcmp(output->oformat->name, "matroska") == 0 ||
           std::strcmp(output->oformat->name, "webm") == 0;
  }

  // A container's own name for a codec, where the source has it and it fits.
  void keep_tag(AVStream& target, std::uint32_t source_tag) const {
    target.codecpar->codec_tag = 0;
    const auto* tags = output->oformat->codec_tag;
    if (tags != nullptr && av_codec_get_id(tags, source_tag) == target.codecpar->codec_id) {
      target.codecpar->codec_tag = source_tag;
    }
    const bool is_mov =
        std::strcmp(output->oformat->name, "mp4") == 0 || std::strcmp(output->oformat->name, "mov") == 0;
    if (is_mov && target.codecpar->codec_id == AV_CODEC_ID_HEVC &&
        target.codecpar->codec_tag != MKTAG('h', 'e', 'v', '1')) {
      target.codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');
    }
  }

  Result<void> add_video(const Demuxer& source, const Encoder* encoder);
  Result<void> add_copied(const Demuxer& source, int index, bool is_audio);
  Result<void> add_silence(const Demuxer& source, int index, Container container);
  Result<void> write_silence(int index, const AVPacket* covered);
  void begin_at_zero(int source, AVPacket& packet) const;
  bool is_in_vain(int source, const AVPacket& packet) const;
  void tell_duration(int source, AVPacket& packet);
  void take_turns(AVPacket& packet);
  Result<void> clean_video_description(AVCodecParameters& parameters);
  Result<void> start(Container container);
  Result<void> write(AVPacket& packet);
  Result<void> join_descriptions(const Encoder& encoder, AVCodecParameters& parameters);
  Result<void> clean_and_write_video(AVPacket& packet, bool is_encoders);
};

Result<void> Muxer::Impl::clean_video_description(AVCodecParameters& parameters) {
  nal = nal_codec(parameters.codec_id);
  if (nal) {
    auto header = clean_header(extradata_of(parameters), *nal);
    if (!header) return fail(ErrorCode::kDamagedPhoto, "the video's description is damaged");
    set_extradata(parameters, header->bytes);
    nal_length_bytes = header->length_bytes;
  }
  if (parameters.codec_id == AV_CODEC_ID_AV1) {
    AVBSFContext* filter = nullptr;
    if (av_bsf_alloc(av_bsf_get_by_name("filter_units"), &filter) < 0) throw std::bad_alloc();
    obu_filter.reset(filter);
    // Metadata, tile lists, padding.
    av_opt_set(filter->priv_data, "remove_types", "5|8|15", 0);
    if (avcodec_parameters_copy(filter->par_in, &parameters) < 0) throw std::bad_alloc();
    if (av_bsf_init(filter) < 0) return fail(ErrorCode::kDamagedPhoto, "the video's description is damaged");
    if (avcodec_parameters_copy(&parameters, filter->par_out) < 0) throw std::bad_alloc();
  }
  return {};
}

Result<void> Muxer::Impl::add_video(const Demuxer& source, const Encoder* encoder) {
  const AVStream& from = source.impl().video_stream();
  AVStream& to = add_stream(-1, encoder != nullptr ? encoder->description().time_base : from.time_base);
  const AVCodecParameters& coded = encoder != nullptr ? *encoder->description().parameters : *from.codecpar;
  if (avcodec_parameters_copy(to.codecpar, &coded) < 0) throw std::bad_alloc();
  to.sample_aspect_ratio =
      encoder != nullptr
          ? encoder->description().pixel_aspect
          : (from.sample_aspect_ratio.num > 0 ? from.sample_aspect_ratio : coded.sample_aspect_ratio);
  to.codecpar->sample_aspect_ratio = to.sample_aspect_ratio;
  to.avg_frame_rate = from.avg_frame_rate;
  to.r_frame_rate = from.r_frame_rate;
  to.disposition = from.disposition & AV_DISPOSITION_DEFAULT;
  keep_tag(to,
           encoder != nullptr && coded.codec_id != from.codecpar->codec_id ? 0 : from.codecpar->codec_tag);
  for (const AVPacketSideDataType type : kKeptSideData) {
    std::size_t size = 0;
    const std::uint8_t* data = av_stream_get_side_data(&from, type, &size);
    if (data == nullptr) continue;
    std::memcpy(or_bad_alloc(av_stream_new_side_data(&to, type, size)), data, size);
  }
  return clean_video_description(*to.codecpar);
}

Result<void> Muxer::Impl::add_copied(const Demuxer& source, int index, bool is_audio) {
  const AVStream& from = source.impl().stream(index);
  const AVCodecID id = from.codecpar->codec_id;
  if (is_audio && std::find(kAudioCodecs.begin(), kAudioCodecs.end(), id) == kAudioCodecs.end()) {
    return fail(ErrorCode::kUnsupportedPhoto, std::string("sound of the kind ") + avcodec_get_name(id) +
                                                  " is not copied; --audio drop leaves it out");
  }
  if (avformat_query_codec(output->oformat, id, FF_COMPLIANCE_EXPERIMENTAL) == 0) {
    return fail(ErrorCode::kUnsupportedPhoto,
                std::string(is_audio ? "sound" : "subtitles") + " of the kind " + avcodec_get_name(id) +
                    " cannot be put into this container" + (is_audio ? "; --audio drop leaves it out" : ""));
  }
  // A track that is announced, and of which nothing came while the file was probed.
  if (is_audio && from.codecpar->sample_rate <= 0) {
    silent.insert(index);
    return {};
  }
  AVStream& to = add_stream(index, from.time_base);
  if (avcodec_parameters_copy(to.codecpar, from.codecpar) < 0) throw std::bad_alloc();
  if (is_audio && !clean_description(*to.codecpar)) {
    return fail(ErrorCode::kDamagedPhoto, "the sound's description is damaged; --audio drop leaves it out");
  }
  keep_tag(to, from.codecpar->codec_tag);
  if (is_matroska() && from.codecpar->initial_padding > 0 && from.codecpar->sample_rate > 0) {
    delay_of[index] =
        av_rescale_q(from.codecpar->initial_padding, {1, from.codecpar->sample_rate}, from.time_base);
  }
  to.disposition = from.disposition & AV_DISPOSITION_DEFAULT;
  const AVDictionaryEntry* language = av_dict_get(from.metadata, "language", nullptr, 0);
  if (language != nullptr && is_language(language->value))
    av_dict_set(&to.metadata, "language", language->value, 0);
  return {};
}

Result<void> Muxer::Impl::add_silence(const Demuxer& source, int index, Container container) {
  auto silence = Silence::open(container, (output->oformat->flags & AVFMT_GLOBALHEADER) != 0);
  if (!silence) return fail(silence);
  AVStream& to = add_stream(index, silence->coder().time_base);
  if (avcodec_parameters_from_context(to.codecpar, &silence->coder()) < 0) throw std::bad_alloc();
  to.disposition = source.impl().stream(index).disposition & AV_DISPOSITION_DEFAULT;
  silences.emplace(index, std::move(*silence));
  return {};
}

// As long as `covered`, whose times are those of the source; null: the end.
Result<void> Muxer::Impl::write_silence(int index, const AVPacket* covered) {
  Silence& silence = silences.at(index);
  const int target = stream_of.at(index);
  const auto write_one = [&](AVPacket& packet) {
    packet.stream_index = target;
    av_packet_rescale_ts(&packet, silence.coder().time_base, output->streams[target]->time_base);
    return write(packet);
  };
  if (covered == nullptr) return silence.finish(write_one);
  return silence.cover(covered->pts, covered->duration, source_time_base_of.at(index), write_one);
}

Result<void> Muxer::Impl::start(Container container) {
  Dictionary options;
  if (container == Container::kMp4 || container == Container::kMov) {
    options.set("movflags", "+faststart");
    // Edits are told in these units: fine enough for each track's own.
    std::int64_t scale = 1;
    for (const auto& [stream, time_base] : time_base_of) {
      const std::int64_t common = std::lcm<std::int64_t>(scale, time_base.den);
      if (common <= 0x7FFF'FFFF) scale = common;
    }
    while (scale < 1000) scale *= 10;
    options.set("movie_timescale", scale);
  }
  if (container == Container::kMpegTs) options.set("mpegts_copyts", 1);
  if (const int written = avformat_write_header(output.get(), options.address()); written < 0) {
    return fail(ErrorCode::kUnsupportedPhoto,
                "the clip's tracks cannot be put into " + std::string(name_of(container)) +
                    (source_time_base_of.empty() ? "" : "; --audio drop leaves the sound out"));
  }
  return {};
}

// A full disk has room again when other files are gone.
tl::unexpected<Error> cannot_write(int error) {
  return fail(error == AVERROR(ENOSPC) ? ErrorCode::kTooManyBytes : ErrorCode::kIo,
              "the result cannot be written: " + text_of(error));
}

Result<void> Muxer::Impl::write(AVPacket& packet) {
  const int written = av_interleaved_write_frame(output.get(), &packet);
  if (written == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (written == AVERROR(EINVAL))
    return fail(ErrorCode::kDamagedPhoto, "the times of the clip's packets contradict each other");
  if (written < 0) return cannot_write(written);
  return {};
}

Result<void> Muxer::Impl::join_descriptions(const Encoder& encoder, AVCodecParameters& parameters) {
  const auto joined = join_headers(extradata_of(parameters), extradata_of(*encoder.description().parameters));
  if (!joined)
    return fail(ErrorCode::kUnsupportedPhoto, "the encoder's pictures do not go beside the source's");
  set_extradata(parameters, *joined);
  splices = true;
  return {};
}

// All tracks as much earlier, so that sound and pictures stay together.
void Muxer::Impl::begin_at_zero(int source, AVPacket& packet) const {
  const auto of_sound = source_time_base_of.find(source);
  const AVRational base = of_sound != source_time_base_of.end() ? of_sound->second : time_base_of.at(source);
  move(packet, -av_rescale_q(late_start_us, {1, AV_TIME_BASE}, base));
}

// Fragments may overlap in time: what they bring for a moment that is over is not to be played, and no
// container takes it.
bool Muxer::Impl::is_in_vain(int source, const AVPacket& packet) const {
  const auto pace = pace_of.find(source);
  return (packet.flags & AV_PKT_FLAG_DISCARD) != 0 && packet.dts != AV_NOPTS_VALUE && pace != pace_of.end() &&
         packet.dts <= pace->second.time;
}

// Where the source does not tell it, the step from the packet before: MP4's readers hide a last packet that
// takes no time.
void Muxer::Impl::tell_duration(int source, AVPacket& packet) {
  Pace& pace = pace_of[source];
  if (packet.dts != AV_NOPTS_VALUE) {
    if (pace.time != AV_NOPTS_VALUE) pace.step = packet.dts - pace.time;
    pace.time = packet.dts;
  }
  if (packet.duration <= 0) packet.duration = std::max<std::int64_t>(pace.step, 0);
}

// A frame of an AVI whose frames change their order comes out with the turn of a later packet. What is
// written keeps the order, and the first frame would stand still for as long: all take their turns as much
// earlier.
void Muxer::Impl::take_turns(AVPacket& packet) {
  if (!turns_early) turns_early = std::clamp<std::int64_t>(packet.pts, 0, late_frames);
  packet.pts -= *turns_early;
  packet.dts -= *turns_early;
}

Result<void> Muxer::Impl::clean_and_write_video(AVPacket& packet, bool is_encoders) {
  if (nal) {
    const bool is_other = splices && is_encoders;
    auto clean = clean_packet({packet.data, static_cast<std::size_t>(packet.size)}, *nal,
                              is_other ? kStartCodes : nal_length_bytes);
    if (clean && is_other) clean = with_lengths(*clean, nal_length_bytes);
    if (!clean) return fail(ErrorCode::kDamagedPhoto, "the video's packets are damaged");
    UniquePacket fresh = make_packet();
    if (av_new_packet(fresh.get(), static_cast<int>(clean->size())) < 0) throw std::bad_alloc();
    std::memcpy(fresh->data, clean->data(), clean->size());
    fresh->pts = packet.pts;
    fresh->dts = packet.dts;
    fresh->duration = packet.duration;
    fresh->flags = packet.flags & AV_PKT_FLAG_KEY;
    fresh->stream_index = packet.stream_index;
    return write(*fresh);
  }
  // An encoder of AV1 tells its description with the first packet, and Matroska asks for it.
  if (!is_encoders) av_packet_free_side_data(&packet);
  if (obu_filter == nullptr) return write(packet);
  if (av_bsf_send_packet(obu_filter.get(), &packet) < 0) {
    return fail(ErrorCode::kDamagedPhoto, "the video's packets are damaged");
  }
  UniquePacket filtered = make_packet();
  for (;;) {
    const int got = av_bsf_receive_packet(obu_filter.get(), filtered.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return {};
    if (got < 0) return fail(ErrorCode::kDamagedPhoto, "the video's packets are damaged");
    if (auto written = write(*filtered); !written) return written;
  }
}

Muxer::Muxer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Muxer::Muxer(Muxer&&) noexcept = default;
Muxer& Muxer::operator=(Muxer&&) noexcept = default;
Muxer::~Muxer() = default;

Result<Muxer> Muxer::open(int descriptor, const Demuxer& source, const Encoder* encoder,
                          const MuxPlan& plan) {
  auto impl = std::make_unique<Impl>();
  impl->descriptor = descriptor;
  impl->io = std::make_unique<FileIo>(descriptor, FileIo::Direction::kWrite);
  AVFormatContext* output = nullptr;
  if (avformat_alloc_output_context2(&output, nullptr, muxer_name(plan.container), "") < 0) {
    return fail(ErrorCode::kUnsupportedPhoto, "this container cannot be written here");
  }
  impl->output.reset(output);
  output->pb = impl->io->context();
  output->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  output->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;  // FLAC in MP4
  output->opaque = impl.get();
  output->io_open = Impl::open_reader;
  output->io_close2 = Impl::close_reader;
  output->max_delay = 0;
  // Times stay; a start below zero is what a coder's delay makes of zero.
  output->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  if (auto added = impl->add_video(source, plan.splices ? nullptr : encoder); !added) return fail(added);
  if (plan.splices) {
    auto joined = impl->join_descriptions(*encoder, *impl->output->streams[0]->codecpar);
    if (!joined) return fail(joined);
  }
  const bool is_avi = plan.container == Container::kAvi && source.info().container == Container::kAvi;
  const std::int64_t start_us = source.impl().input->start_time;
  if (plan.container == Container::kAvi && !is_avi && start_us != AV_NOPTS_VALUE)
    impl->late_start_us = start_us;
  if (is_avi && encoder != nullptr) impl->late_frames = source.impl().video_stream().codecpar->video_delay;
  for (const int index : source.impl().audio) {
    if (plan.audio == AudioMode::kDrop) break;
    const auto added = plan.audio == AudioMode::kMute ? impl->add_silence(source, index, plan.container)
                                                      : impl->add_copied(source, index, true);
    if (!added) return fail(added);
    impl->source_time_base_of[index] = source.impl().stream(index).time_base;
  }
  if (plan.subtitles) {
    for (const int index : source.impl().subtitles) {
      if (auto added = impl->add_copied(source, index, false); !added) return fail(added);
    }
  }
  if (auto started = impl->start(plan.container); !started) return fail(started);
  return Muxer(std::move(impl));
}

Result<void> Muxer::write(Packet&& packet) {
  const Packet::Impl& given = packet.impl();
  const int source = given.kind == StreamKind::kVideo ? -1 : given.source_stream;
  const auto target = impl_->stream_of.find(source);
  if (target == impl_->stream_of.end()) {
    if (!impl_->silent.contains(source)) return {};
    return fail(ErrorCode::kUnsupportedPhoto,
                "a track of sound begins too late to be copied; --audio drop leaves it out");
  }
  AVPacket& coded = *given.packet;
  if (impl_->late_start_us > 0) impl_->begin_at_zero(source, coded);
  if (impl_->silences.contains(source)) return impl_->write_silence(source, &coded);
  coded.stream_index = target->second;
  coded.pos = -1;
  if (impl_->late_frames > 0 && given.kind == StreamKind::kVideo) impl_->take_turns(coded);
  if (const auto delay = impl_->delay_of.find(source); delay != impl_->delay_of.end())
    move(coded, delay->second);
  av_packet_rescale_ts(&coded, impl_->time_base_of[source],
                       impl_->output->streams[target->second]->time_base);
  if (given.kind == StreamKind::kAudio) {
    if (impl_->is_in_vain(source, coded)) return {};
    impl_->tell_duration(source, coded);
  }
  if (given.kind != StreamKind::kVideo) return impl_->write(coded);
  return impl_->clean_and_write_video(coded, given.source_stream < 0);
}

Result<void> Muxer::finish() {
  for (const auto& silence : impl_->silences) {
    if (auto written = impl_->write_silence(silence.first, nullptr); !written) return written;
  }
  const int written = av_write_trailer(impl_->output.get());
  if (written < 0) return cannot_write(written);
  avio_flush(impl_->output->pb);
  if (impl_->output->pb->error < 0) return cannot_write(impl_->output->pb->error);
  return {};
}

}  // namespace face_privacy
