#include "match/references.h"

#include <vector>

namespace face_privacy {
namespace {

// Bytes that follow the first of a UTF-8 sequence; nothing for what is none.
std::optional<int> continuation_bytes(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xC2 && first <= 0xDF) return 1;
  if (first >= 0xE0 && first <= 0xEF) return 2;
  if (first >= 0xF0 && first <= 0xF4) return 3;
  return std::nullopt;
}

bool is_utf8_without_controls(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i++]);
    const auto more = continuation_bytes(first);
    if (!more || first < 0x20 || first == 0x7F) return false;
    unsigned value = *more == 0 ? first : first & (0x3FU >> *more);
    for (int k = 0; k < *more; ++k) {
      if (i == text.size() || (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return false;
      value = value << 6U | (static_cast<unsigned char>(text[i++]) & 0x3FU);
    }
    const bool overlong = (*more == 2 && value < 0x800) || (*more == 3 && value < 0x10000);
    const bool is_control = value >= 0x80 && value < 0xA0;
    if (overlong || is_control || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
  }
  return true;
}

std::vector<Embedding> embeddings_of(std::span<const ReferenceLook> photos) {
  std::vector<Embedding> embeddings;
  for (const ReferenceLook& photo : photos) embeddings.push_back(photo.embedding);
  return embeddings;
}

}  // namespace

std::string_view name_of(ReferenceFault fault) {
  switch (fault) {
    case ReferenceFault::kUnreadable: return "unreadable";
    case ReferenceFault::kNoFace: return "no_face";
    case ReferenceFault::kSeveralFaces: return "several_faces";
    case ReferenceFault::kTooSmall: return "too_small";
    case ReferenceFault::kTurned: return "turned";
    case ReferenceFault::kBlurred: return "blurred";
    case ReferenceFault::kTwoPeople: return "two_people";
  }
  return "";
}

std::string_view sentence_of(ReferenceFault fault) {
  switch (fault) {
    case ReferenceFault::kUnreadable: return "it cannot be read as a photo";
    case ReferenceFault::kNoFace: return "no face was found in it";
    case ReferenceFault::kSeveralFaces: return "it shows more than one face; cut it down to one";
    case ReferenceFault::kTooSmall: return "the face has fewer than 64 pixels in height";
    case ReferenceFault::kTurned: return "the face is turned away; one that looks at the camera is needed";
    case ReferenceFault::kBlurred: return "the face is out of focus";
    case ReferenceFault::kTwoPeople: return "it does not show the person of the other photos";
  }
  return "";
}

std::optional<BadReference> first_bad(std::span<const ReferenceLook> photos) {
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (photos[i].fault) return BadReference{i, *photos[i].fault};
  }
  for (std::size_t i = 0; photos.size() > 1 && i < photos.size(); ++i) {
    std::vector<Embedding> others = embeddings_of(photos);
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    const Embedding mean = mean_of(others);
    const bool fits = !mean.empty() && similarity(photos[i].embedding, mean) >= kSamePersonFrom;
    if (!fits) return BadReference{i, ReferenceFault::kTwoPeople};
  }
  return std::nullopt;
}

Embedding face_of(std::span<const ReferenceLook> photos) { return mean_of(embeddings_of(photos)); }

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && is_utf8_without_controls(name);
}

std::vector<Embedding> faces_of(std::span<const Person> people) {
  std::vector<Embedding> faces;
  for (const Person& person : people) faces.push_back(person.face);
  return faces;
}

}  // namespace face_privacy
