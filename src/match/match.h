// Which faces of a photo may be seen: decided from embeddings alone.
//
// To show a stranger cannot be taken back, and to cover somebody who agreed is mended by one click. So the
// bar for keeping is high, one person is seen at most once in a photo, and every doubt covers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "match/embedding.h"
#include "match/gates.h"

namespace face_privacy {

// What similarities mean, for one recognizer's weights. docs/people.md says how those of the weights that
// come along were chosen.
struct MatchBands {
  float keep = 0.60F;  // from here on a face is kept without anybody looking
  float ask = 0.40F;   // from here on a person decides
};

inline constexpr float kTwiceWithin = 0.10F;      // a second face so near to the best of a person
inline constexpr float kTwoPeopleWithin = 0.06F;  // a second person so near to the best for a face
inline constexpr float kPeopleAlike = 0.55F;      // two people whose templates are so near

enum class Verdict : std::uint8_t {
  kCover,
  kAsk,  // covered until a person says otherwise
  kKeep,
};
std::string_view name_of(Verdict verdict);  // "cover", "ask", "keep"
std::optional<Verdict> verdict_from_name(std::string_view name);

inline constexpr int kNobody = -1;

struct FaceMatch {
  Verdict verdict = Verdict::kCover;
  Doubt why = Doubt::kNone;  // what speaks against keeping, beside the score
  int person = kNobody;      // index of the nearest, where the verdict is kAsk or kKeep
  float score = 0;           // similarity to the nearest; 0 where the face was not compared
};
bool was_compared(const FaceMatch& match);

// A face of a photo: compared where there is no doubt.
struct Probe {
  Embedding embedding;
  Doubt doubt = Doubt::kNone;
};

// One answer for each face of one photo. `people` are their templates (mean_of), all of one recognizer.
std::vector<FaceMatch> match_faces(std::span<const Probe> faces, std::span<const Embedding> people,
                                   const MatchBands& bands);

// Whether each person looks like another one of `people`.
std::vector<bool> have_doubles(std::span<const Embedding> people);

// What one look at a face tells of it: enough to decide on all looks at a face together (track/matching.h).
struct FaceLook {
  Doubt doubt = Doubt::kFailed;  // kNone: it was compared
  int person = kNobody;          // the nearest
  float score = -1;              // similarity to that one
  float other = -1;              // to the next nearest
};
FaceLook look_at(const Probe& face, std::span<const Embedding> people);

}  // namespace face_privacy
