// The program without clips (FACE_PRIVACY_VIDEO off): no file can be opened as one, so that nothing after
// that is ever reached.
#include <stdexcept>

#include "media/decoder.h"
#include "media/hidden_pictures.h"
#include "media/muxer.h"
#include "media/parameter_sets.h"
#include "media/small_picture.h"
#include "media/splice.h"

namespace face_privacy {
namespace {

[[noreturn]] void unreachable() { throw std::logic_error("clips are not part of this build"); }

}  // namespace

struct Packet::Impl {};
Packet::Packet(Packet&&) noexcept = default;
Packet& Packet::operator=(Packet&&) noexcept = default;
Packet::~Packet() = default;
StreamKind Packet::kind() const { unreachable(); }
std::size_t Packet::size_bytes() const { unreachable(); }
std::optional<std::int64_t> Packet::time() const { unreachable(); }
std::optional<std::int64_t> Packet::decode_time() const { unreachable(); }
void Packet::set_decode_time(std::int64_t /*ticks*/) { unreachable(); }

void start_media() {}

struct Demuxer::Impl {};
Demuxer::Demuxer(Demuxer&&) noexcept = default;
Demuxer& Demuxer::operator=(Demuxer&&) noexcept = default;
Demuxer::~Demuxer() = default;
const ClipInfo& Demuxer::info() const { unreachable(); }
bool Demuxer::seek_before(std::int64_t /*ticks*/) { unreachable(); }
bool Demuxer::has_hidden_frames() const { unreachable(); }
Result<std::optional<Packet>> Demuxer::read() { unreachable(); }
Result<Demuxer> Demuxer::open(int /*descriptor*/, const ClipLimits& /*limits*/) {
  return fail(ErrorCode::kUnsupportedPhoto, "this program was built without video");
}

struct Decoder::Impl {};
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;
Result<Decoder> Decoder::open(const Demuxer& /*demuxer*/, int /*threads*/) { unreachable(); }
Result<void> Decoder::send(const Packet* /*packet*/) { unreachable(); }
Result<std::optional<VideoFrame>> Decoder::receive() { unreachable(); }
bool Decoder::hides_pixels() const { unreachable(); }
void make_writable(VideoFrame& /*frame*/) { unreachable(); }

struct HiddenPictures::Impl {};
HiddenPictures::HiddenPictures(const Demuxer& /*demuxer*/) { unreachable(); }
HiddenPictures::HiddenPictures(HiddenPictures&&) noexcept = default;
HiddenPictures& HiddenPictures::operator=(HiddenPictures&&) noexcept = default;
HiddenPictures::~HiddenPictures() = default;
void HiddenPictures::add(const Packet& /*packet*/) { unreachable(); }
bool HiddenPictures::are_none() const { unreachable(); }
bool HiddenPictures::may_come() const { unreachable(); }

struct ParameterSets::Impl {};
ParameterSets::ParameterSets(const Demuxer& /*demuxer*/) { unreachable(); }
ParameterSets::ParameterSets(ParameterSets&&) noexcept = default;
ParameterSets& ParameterSets::operator=(ParameterSets&&) noexcept = default;
ParameterSets::~ParameterSets() = default;
void ParameterSets::add(const Packet& /*packet*/) { unreachable(); }
bool ParameterSets::are_plain() const { unreachable(); }

std::optional<Splice> Splice::plan(const Demuxer& /*source*/) { unreachable(); }
bool Splice::begins_group(const Packet& /*packet*/) const { unreachable(); }
bool Splice::leaves_number(const Packet& /*packet*/) const { unreachable(); }

struct SmallPicture::Impl {};
SmallPicture::SmallPicture(const Upright& /*upright*/, int /*long_side_px*/) { unreachable(); }
SmallPicture::~SmallPicture() = default;
SmallPicture::SmallPicture(SmallPicture&&) noexcept = default;
SmallPicture& SmallPicture::operator=(SmallPicture&&) noexcept = default;
ImageView SmallPicture::of(const VideoFrame& /*frame*/) { unreachable(); }
float LumaChange::to(const VideoFrame& /*frame*/) { unreachable(); }

Result<VideoCodec> codec_to_write(const Demuxer& /*source*/, Container /*container*/,
                                  std::optional<VideoCodec> /*wanted*/) {
  unreachable();
}
Result<std::unique_ptr<Encoder>> make_encoder(const Demuxer& /*source*/, const VideoFrame& /*first*/,
                                              const EncodePlan& /*plan*/) {
  unreachable();
}

struct Muxer::Impl {};
Muxer::Muxer(Muxer&&) noexcept = default;
Muxer& Muxer::operator=(Muxer&&) noexcept = default;
Muxer::~Muxer() = default;
Result<Muxer> Muxer::open(int /*descriptor*/, const Demuxer& /*source*/, const Encoder* /*encoder*/,
                          const MuxPlan& /*plan*/) {
  unreachable();
}
Result<void> Muxer::write(Packet&& /*packet*/) { unreachable(); }
Result<void> Muxer::finish() { unreachable(); }

bool can_copy_video(const ClipInfo& /*source*/, Container /*container*/) { unreachable(); }

}  // namespace face_privacy
