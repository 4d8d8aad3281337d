#include "media/hidden_pictures.h"

#include <algorithm>

#include "media/coded_pictures.h"
#include "media/demuxer_impl.h"
#include "media/nal_filter.h"

namespace face_privacy {
namespace {

constexpr std::size_t kAv1HeadBytes = 4;  // of av1C, before its units

}  // namespace

struct HiddenPictures::Impl {
  AVCodecID codec = AV_CODEC_ID_NONE;
  int length_bytes = kStartCodes;
  Av1Headers av1;
  PictureSlots slots;
  bool are_none = true;

  void describe(ByteView header) {
    if (codec == AV_CODEC_ID_AV1 && header.size() > kAv1HeadBytes) {
      are_none = av1.pictures(header.subspan(kAv1HeadBytes)).has_value();
    }
    if (codec != AV_CODEC_ID_H264 && codec != AV_CODEC_ID_HEVC) return;
    const auto clean = clean_header(header, nal_codec());
    if (clean) length_bytes = clean->length_bytes;
  }

  NalCodec nal_codec() const { return codec == AV_CODEC_ID_H264 ? NalCodec::kH264 : NalCodec::kHevc; }

  void follow(const std::optional<std::vector<CodedPicture>>& pictures) {
    if (!pictures) are_none = false;
    if (!are_none) return;
    for (const CodedPicture& picture : *pictures) slots.add(picture);
    are_none = !slots.has_lost();
  }

  void add(ByteView packet) {
    switch (codec) {
      case AV_CODEC_ID_VP9: return follow(vp9_pictures(packet));
      case AV_CODEC_ID_AV1: return follow(av1.pictures(packet));
      case AV_CODEC_ID_H264:
      case AV_CODEC_ID_HEVC:
        are_none = are_none && holds_one_picture(packet, nal_codec(), length_bytes);
        return;
      default: are_none = false;
    }
  }
};

HiddenPictures::HiddenPictures(const Demuxer& demuxer) : impl_(std::make_unique<Impl>()) {
  const AVCodecParameters& parameters = *demuxer.impl().video_stream().codecpar;
  impl_->codec = parameters.codec_id;
  impl_->describe(extradata_of(parameters));
}

HiddenPictures::HiddenPictures(HiddenPictures&&) noexcept = default;
HiddenPictures& HiddenPictures::operator=(HiddenPictures&&) noexcept = default;
HiddenPictures::~HiddenPictures() = default;

void HiddenPictures::add(const Packet& packet) {
  const AVPacket& coded = *packet.impl().packet;
  impl_->add({coded.data, static_cast<std::size_t>(coded.size)});
}

bool HiddenPictures::are_none() const { return impl_->are_none; }
bool HiddenPictures::may_come() const { return impl_->slots.has_waiting(); }

}  // namespace face_privacy
