#include "registry/fault.h"

namespace face_privacy {

std::string_view name_of(RegistryFault fault) {
  switch (fault) {
    case RegistryFault::kUnreachable: return "unreachable";
    case RegistryFault::kTooSlow: return "too_slow";
    case RegistryFault::kRefused: return "refused";
    case RegistryFault::kMalformed: return "malformed";
    case RegistryFault::kTooLarge: return "too_large";
    case RegistryFault::kUnsigned: return "unsigned";
    case RegistryFault::kBadSignature: return "bad_signature";
    case RegistryFault::kWrongHash: return "wrong_hash";
  }
  return "";
}

}  // namespace face_privacy
