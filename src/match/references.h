// Photos that show what a person looks like, and what is made of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "match/embedding.h"

namespace face_privacy {

inline constexpr std::size_t kMaxPeople = 64;
inline constexpr std::size_t kMaxReferences = 10;  // of one person; more photos are surer
inline constexpr std::size_t kMaxNameBytes = 64;

// References of one person that are less alike are of two.
inline constexpr float kSamePersonFrom = 0.30F;

// Why a photo is no reference.
enum class ReferenceFault : std::uint8_t {
  kUnreadable,  // no photo, or a damaged or too large one
  kNoFace,
  kSeveralFaces,
  kTooSmall,
  kTurned,
  kBlurred,
  kTwoPeople,  // it does not show whom that person's other photos show
};
inline constexpr auto kLastReferenceFault = ReferenceFault::kTwoPeople;
std::string_view name_of(ReferenceFault fault);      // "no_face", "several_faces", ...
std::string_view sentence_of(ReferenceFault fault);  // what is wrong and what helps, for whoever sent it

// A photo that was looked at: an embedding, or a fault.
struct ReferenceLook {
  Embedding embedding;
  std::optional<ReferenceFault> fault;
};

struct Person {
  std::string name;  // as the user gave it
  Embedding face;    // the mean of the references
};

std::vector<Embedding> faces_of(std::span<const Person> people);

// Which photo of a person cannot be used, counted from 0.
struct BadReference {
  std::size_t index = 0;
  ReferenceFault why{};
};
std::optional<BadReference> first_bad(std::span<const ReferenceLook> photos);

// Of good references, at least one.
Embedding face_of(std::span<const ReferenceLook> photos);

// 1 to kMaxNameBytes bytes of UTF-8 without control characters.
bool is_name(std::string_view name);

}  // namespace face_privacy
