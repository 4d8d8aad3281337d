// Faces of many photos that look like one person: decided from embeddings alone, for somebody who then says
// which of these people may be seen.
//
// Whoever is shown with a group is shown in all its photos, so a face is in a group only where it would be
// kept for the group's other faces (match.h), and every doubt is a question.
#pragma once

#include <span>
#include <vector>

#include "match/match.h"

namespace face_privacy {

inline constexpr std::size_t kMaxGroupedFaces = 512;
inline constexpr std::size_t kMaxLikenesses = 1000;  // the surest are told

struct FaceOfPhoto {
  Probe probe;
  int photo = 0;  // faces of the same photo are two people
};

// What somebody said of two faces, by their indices.
struct FacePair {
  int one = 0;
  int other = 0;
};
struct SaidPairs {
  std::vector<FacePair> same;
  std::vector<FacePair> different;
};

// Two groups that may be one person.
struct Likeness {
  int one = 0;
  int other = 0;
  float score = 0;  // of one group's faces to the middle of the other's, in the mean
};

struct Grouping {
  std::vector<std::vector<int>> groups;  // each face that could be compared is in one; the largest first
  std::vector<Likeness> alike;           // the most alike first
};

// Embeddings are of one recognizer; indices in `said` are of `faces`.
Grouping group_faces(std::span<const FaceOfPhoto> faces, const SaidPairs& said, const MatchBands& bands);

}  // namespace face_privacy
