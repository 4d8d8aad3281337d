// A clip from anybody: taken apart and decoded it gives an error or frames within the limits, and what is
// put together again of its packets is clean of user data.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "media/coded_pictures.h"
#include "media/decoder.h"
#include "media/hidden_pictures.h"
#include "media/nal_filter.h"
#include "media/sound_description.h"
#include "media/splice.h"

namespace {

using namespace face_privacy;  // NOLINT(google-build-using-namespace)

void decode(int descriptor) {
  ClipLimits limits;
  limits.max_pixels = 1 << 20;
  limits.max_frames = 64;
  auto demuxer = Demuxer::open(descriptor, limits);
  if (!demuxer) return;
  const auto splice = Splice::plan(*demuxer);
  HiddenPictures hidden(*demuxer);
  auto decoder = Decoder::open(*demuxer, 1);
  if (!decoder) return;
  for (bool is_last = false; !is_last;) {
    auto packet = demuxer->read();
    if (!packet) return;
    is_last = !*packet;
    if (splice && !is_last && (*packet)->kind() == StreamKind::kVideo) {
      (void)splice->begins_group(**packet);
      (void)splice->leaves_number(**packet);
    }
    if (!is_last && (*packet)->kind() != StreamKind::kVideo) continue;
    if (!is_last) hidden.add(**packet);
    if (!decoder->send(is_last ? nullptr : &**packet)) return;
    for (;;) {
      const auto frame = decoder->receive();
      if (!frame) return;
      if (!*frame) break;
      if (static_cast<std::uint64_t>((*frame)->size.width) * (*frame)->size.height > limits.max_pixels) {
        __builtin_trap();
      }
    }
  }
}

// A description that was joined is one that can be joined again, as long as there is room in it.
void join(ByteView bytes) {
  static constexpr std::array<std::uint8_t, 15> kSets = {0,    0, 0, 1, 0x67, 100,  0, 40,
                                                         0x48, 0, 0, 1, 0x68, 0x4A, 2};
  const auto joined = join_headers(bytes, kSets);
  if (joined && parameter_sets_of(*joined, NalCodec::kH264).size() < 2) __builtin_trap();
  (void)join_headers(kSets, bytes);
  for (const int length_bytes : {1, 2, 4}) (void)with_lengths(bytes, length_bytes);
}

// What is clean stays so, and a description of sound never grows.
void describe(ByteView bytes) {
  (void)vp9_pictures(bytes);
  (void)Av1Headers().pictures(bytes);
  const auto clean = clean_aac_description(bytes);
  if (clean && (clean->size() > bytes.size() || clean_aac_description(*clean) != clean)) __builtin_trap();
}

// Cleaning what is clean changes nothing.
void clean(ByteView bytes) {
  for (const NalCodec codec : {NalCodec::kH264, NalCodec::kHevc}) {
    for (const int length_bytes : {kStartCodes, 1, 2, 4}) {
      const auto once = clean_packet(bytes, codec, length_bytes);
      if (once && length_bytes != 1 && clean_packet(*once, codec, length_bytes) != once) __builtin_trap();
    }
    (void)holds_one_picture(bytes, codec, kStartCodes);
    (void)clean_header(bytes, codec);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  clean({data, size});
  join({data, size});
  describe({data, size});
  const int descriptor = ::memfd_create("clip", MFD_CLOEXEC);
  if (descriptor < 0) return 0;
  if (::write(descriptor, data, size) == static_cast<ssize_t>(size)) decode(descriptor);
  ::close(descriptor);
  return 0;
}
