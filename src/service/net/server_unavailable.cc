// Stands in for server.cc where the compiler knows no coroutines (clang before 17), so that everything
// else can be fuzzed and analysed with it.
#include "service/net/server.h"

namespace face_privacy {

Result<ServeEnd> serve(const ServeOptions&, Detector, const std::function<void(const Listening&)>&) {
  return fail(ErrorCode::kIo, "this build has no HTTP service: its compiler knows no coroutines");
}

}  // namespace face_privacy
