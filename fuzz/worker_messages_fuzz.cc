// What a worker that was taken over may send, and what a worker reads: never more than was sent is read, and
// what is understood comes back the same when it is written again.
#include <cstring>

#include "worker/clip_messages.h"
#include "worker/messages.h"
#include "worker/photo_messages.h"

namespace face_privacy {
namespace {

template <class Message>
void read_and_write_again(ByteView bytes) {
  const auto message = from_wire<Message>(bytes);
  if (!message) return;
  const Bytes written = to_wire(*message);
  const auto again = from_wire<Message>(written);
  if (!again || to_wire(*again) != written) __builtin_trap();
}

}  // namespace
}  // namespace face_privacy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace face_privacy;
  const ByteView bytes(data, size);
  read_and_write_again<PhotoReport>(bytes);
  read_and_write_again<DetectReport>(bytes);
  read_and_write_again<PhotoOptions>(bytes);
  read_and_write_again<DetectOptions>(bytes);
  read_and_write_again<Answer>(bytes);
  read_and_write_again<Failure>(bytes);
  read_and_write_again<JobHead>(bytes);
  read_and_write_again<HostSettings>(bytes);
  read_and_write_again<PhotoWorkerGreeting>(bytes);
  read_and_write_again<PhotoWorkerSettings>(bytes);
  read_and_write_again<ReferenceAnswer>(bytes);
  read_and_write_again<ReferenceJob>(bytes);
  read_and_write_again<WorkerExit>(bytes);
  read_and_write_again<ClipSummary>(bytes);
  read_and_write_again<RenderSummary>(bytes);
  read_and_write_again<TracksSummary>(bytes);
  read_and_write_again<ClipProgress>(bytes);
  read_and_write_again<ClipOptions>(bytes);
  read_and_write_again<RenderRequest>(bytes);
  read_and_write_again<ClipFrameRequest>(bytes);
  return 0;
}
