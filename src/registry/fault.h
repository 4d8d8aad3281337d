// What goes wrong with a registry, and with what it hands out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace face_privacy {

enum class RegistryFault : std::uint8_t {
  kUnreachable,   // no connection, none that can be trusted, or it broke
  kTooSlow,       // the time is over
  kRefused,       // it answered with another status than 200
  kMalformed,     // its answer is not what MLflow answers
  kTooLarge,      // an answer or weights beyond the limit
  kUnsigned,      // weights without a signature
  kBadSignature,  // signed by none of the given keys, or for other weights
  kWrongHash,     // other bytes than those that are signed for
};
inline constexpr std::array kRegistryFaults{RegistryFault::kUnreachable,  RegistryFault::kTooSlow,
                                            RegistryFault::kRefused,      RegistryFault::kMalformed,
                                            RegistryFault::kTooLarge,     RegistryFault::kUnsigned,
                                            RegistryFault::kBadSignature, RegistryFault::kWrongHash};

// A label of metrics: "unreachable", "bad_signature" ...
std::string_view name_of(RegistryFault fault);

struct RegistryError {
  RegistryFault fault{};
  std::string message;  // one sentence for the operator; holds no password
  int status = 0;       // of kRefused
};

template <class T>
using Registered = tl::expected<T, RegistryError>;

inline tl::unexpected<RegistryError> registry_fault(RegistryFault fault, std::string message) {
  return tl::unexpected<RegistryError>(RegistryError{fault, std::move(message)});
}

template <class T>
tl::unexpected<RegistryError> registry_fault(const Registered<T>& failed) {
  return tl::unexpected<RegistryError>(failed.error());
}

}  // namespace face_privacy
