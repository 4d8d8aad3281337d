// What people look like, sealed, so that a client can send it with a hundred photos and nobody can read it.
// The key lives in this process alone and is never written anywhere: with the process every token is gone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "match/references.h"

namespace face_privacy {

inline constexpr std::chrono::minutes kTokenLife{15};

// Thread-safe.
class ReferenceTokens {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kKeyBytes = 32;

  ReferenceTokens();  // with a fresh key; throws std::runtime_error where the system gives no random bytes
  explicit ReferenceTokens(const std::array<std::uint8_t, kKeyBytes>& key) : key_(key) {}
  ~ReferenceTokens();
  ReferenceTokens(const ReferenceTokens&) = delete;
  ReferenceTokens& operator=(const ReferenceTokens&) = delete;

  // Text of letters, digits, '-' and '_'. `holder` is the name of the API key it was asked for with, and
  // opens it alone.
  std::string seal(const std::vector<Person>& people, std::string_view holder, Clock::time_point now) const;

  // Nothing for what this process has not sealed, for another holder, and for what is older than kTokenLife.
  std::optional<std::vector<Person>> open(std::string_view token, std::string_view holder,
                                          Clock::time_point now) const;

 private:
  std::array<std::uint8_t, kKeyBytes> key_{};
};

}  // namespace face_privacy
