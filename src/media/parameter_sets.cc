// A set is taken apart and put together again by libav. One that comes out as it went in holds no more than
// what its syntax asks for.
#include "media/parameter_sets.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <string>

#include "media/demuxer_impl.h"
#include "media/nal_filter.h"

namespace face_privacy {
namespace {

// Encoders write sets of 10 to 100 bytes, and the same few again and again. An extension of unknown kind,
// which is read as it is, ends at these bounds too.
constexpr std::size_t kMaxSetBytes = 256;
constexpr std::size_t kMaxSets = 16;

constexpr std::array<std::uint8_t, 4> kStartCode = {0, 0, 0, 1};

ByteView without_zeros_behind(ByteView unit) {
  while (!unit.empty() && unit.back() == 0) unit = unit.first(unit.size() - 1);
  return unit;
}

ByteView without_start_code(ByteView unit) {
  const auto one = std::find_if(unit.begin(), unit.end(), [](std::uint8_t byte) { return byte != 0; });
  return one == unit.end() ? ByteView() : unit.subspan(static_cast<std::size_t>(one - unit.begin()) + 1);
}

}  // namespace

struct ParameterSets::Impl {
  std::optional<NalCodec> codec;
  int length_bytes = kStartCodes;
  struct FreeFilter {
    void operator()(AVBSFContext* filter) const noexcept { av_bsf_free(&filter); }
  };
  std::unique_ptr<AVBSFContext, FreeFilter> writer;
  std::set<std::string> seen;  // their bytes
  bool are_plain = true;

  void open_writer(AVCodecID id) {
    const AVBitStreamFilter* kind =
        av_bsf_get_by_name(id == AV_CODEC_ID_H264 ? "h264_metadata" : "hevc_metadata");
    AVBSFContext* filter = nullptr;
    if (kind == nullptr) return;
    if (av_bsf_alloc(kind, &filter) < 0) throw std::bad_alloc();
    writer.reset(filter);
    filter->par_in->codec_type = AVMEDIA_TYPE_VIDEO;
    filter->par_in->codec_id = id;
    if (av_bsf_init(filter) < 0) writer.reset();
  }

  bool comes_out_the_same(ByteView set) {
    if (writer == nullptr) return false;
    const UniquePacket packet = make_packet();
    if (av_new_packet(packet.get(), static_cast<int>(kStartCode.size() + set.size())) < 0)
      throw std::bad_alloc();
    std::copy(kStartCode.begin(), kStartCode.end(), packet->data);
    std::copy(set.begin(), set.end(), packet->data + kStartCode.size());
    if (av_bsf_send_packet(writer.get(), packet.get()) < 0) return false;
    if (av_bsf_receive_packet(writer.get(), packet.get()) < 0) return false;
    const ByteView written = without_start_code({packet->data, static_cast<std::size_t>(packet->size)});
    return std::equal(set.begin(), set.end(), written.begin(), written.end());
  }

  void add(const std::vector<ByteView>& sets) {
    for (const ByteView raw : sets) {
      if (!are_plain) return;
      const ByteView set = without_zeros_behind(raw);
      if (!seen.emplace(set.begin(), set.end()).second) continue;
      are_plain = seen.size() <= kMaxSets && set.size() <= kMaxSetBytes && comes_out_the_same(set);
    }
  }
};

ParameterSets::ParameterSets(const Demuxer& demuxer) : impl_(std::make_unique<Impl>()) {
  const AVCodecParameters& parameters = *demuxer.impl().video_stream().codecpar;
  if (parameters.codec_id == AV_CODEC_ID_H264) impl_->codec = NalCodec::kH264;
  if (parameters.codec_id == AV_CODEC_ID_HEVC) impl_->codec = NalCodec::kHevc;
  if (!impl_->codec) return;
  impl_->open_writer(parameters.codec_id);
  const ByteView header{parameters.extradata,
                        static_cast<std::size_t>(std::max(0, parameters.extradata_size))};
  if (const auto clean = clean_header(header, *impl_->codec)) impl_->length_bytes = clean->length_bytes;
  impl_->add(parameter_sets_of(header, *impl_->codec));
}

ParameterSets::ParameterSets(ParameterSets&&) noexcept = default;
ParameterSets& ParameterSets::operator=(ParameterSets&&) noexcept = default;
ParameterSets::~ParameterSets() = default;

void ParameterSets::add(const Packet& packet) {
  const AVPacket& coded = *packet.impl().packet;
  // From here on another of the track's descriptions holds; a copy has one.
  if (av_packet_get_side_data(&coded, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr)
    impl_->are_plain = false;
  if (!impl_->codec) return;
  impl_->add(parameter_sets_in({coded.data, static_cast<std::size_t>(coded.size)}, *impl_->codec,
                               impl_->length_bytes));
}

bool ParameterSets::are_plain() const { return impl_->are_plain; }

}  // namespace face_privacy
