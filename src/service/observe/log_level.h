#pragma once

namespace face_privacy {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

}  // namespace face_privacy
