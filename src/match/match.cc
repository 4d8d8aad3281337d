#include "match/match.h"

#include <algorithm>

namespace face_privacy {
namespace {

// Similarities of every face to every person.
class Scores {
 public:
  Scores(std::span<const Probe> faces, std::span<const Embedding> people)
      : faces_(faces.size()), people_(people.size()), values_(faces.size() * people.size(), -1.F) {
    for (std::size_t f = 0; f < faces_; ++f) {
      if (!is_compared(faces[f])) continue;
      for (std::size_t p = 0; p < people_; ++p) {
        values_[f * people_ + p] = similarity(faces[f].embedding, people[p]);
      }
    }
  }
  static bool is_compared(const Probe& face) { return face.doubt == Doubt::kNone && !face.embedding.empty(); }

  float at(std::size_t face, std::size_t person) const { return values_[face * people_ + person]; }

  std::size_t nearest_person(std::size_t face) const {
    std::size_t best = 0;
    for (std::size_t p = 1; p < people_; ++p) {
      if (at(face, p) > at(face, best)) best = p;
    }
    return best;
  }
  // Of the others.
  float best_other_person(std::size_t face, std::size_t person) const {
    float best = -1;
    for (std::size_t p = 0; p < people_; ++p) {
      if (p != person) best = std::max(best, at(face, p));
    }
    return best;
  }
  float best_other_face(std::size_t face, std::size_t person) const {
    float best = -1;
    for (std::size_t f = 0; f < faces_; ++f) {
      if (f != face) best = std::max(best, at(f, person));
    }
    return best;
  }

 private:
  std::size_t faces_;
  std::size_t people_;
  std::vector<float> values_;
};

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCover: return "cover";
    case Verdict::kAsk: return "ask";
    case Verdict::kKeep: return "keep";
  }
  return "";
}

bool was_compared(const FaceMatch& match) {
  switch (match.why) {
    case Doubt::kSmall:
    case Doubt::kLandmarks:
    case Doubt::kTurned:
    case Doubt::kBlurred:
    case Doubt::kFailed: return false;
    case Doubt::kNone:
    case Doubt::kTwice:
    case Doubt::kTwoPeople:
    case Doubt::kFew:
    case Doubt::kUnseen:
    case Doubt::kChanges: return true;
  }
  return false;
}

std::optional<Verdict> verdict_from_name(std::string_view name) {
  for (const Verdict verdict : {Verdict::kCover, Verdict::kAsk, Verdict::kKeep}) {
    if (name_of(verdict) == name) return verdict;
  }
  return std::nullopt;
}

std::vector<bool> have_doubles(std::span<const Embedding> people) {
  std::vector<bool> doubles(people.size(), false);
  for (std::size_t a = 0; a < people.size(); ++a) {
    for (std::size_t b = a + 1; b < people.size(); ++b) {
      if (similarity(people[a], people[b]) > kPeopleAlike) doubles[a] = doubles[b] = true;
    }
  }
  return doubles;
}

FaceLook look_at(const Probe& face, std::span<const Embedding> people) {
  FaceLook look;
  look.doubt = face.doubt;
  if (face.doubt != Doubt::kNone) return look;
  if (face.embedding.empty()) return {};
  for (std::size_t p = 0; p < people.size(); ++p) {
    const float score = similarity(face.embedding, people[p]);
    if (look.person == kNobody || score > look.score) {
      look.other = look.person == kNobody ? -1 : look.score;
      look.score = score;
      look.person = static_cast<int>(p);
    } else {
      look.other = std::max(look.other, score);
    }
  }
  return look;
}

std::vector<FaceMatch> match_faces(std::span<const Probe> faces, std::span<const Embedding> people,
                                   const MatchBands& bands) {
  std::vector<FaceMatch> matches(faces.size());
  if (people.empty()) return matches;
  const Scores scores(faces, people);
  const std::vector<bool> doubles = have_doubles(people);
  for (std::size_t f = 0; f < faces.size(); ++f) {
    FaceMatch& match = matches[f];
    if (!Scores::is_compared(faces[f])) {
      match.why = faces[f].doubt == Doubt::kNone ? Doubt::kFailed : faces[f].doubt;
      continue;
    }
    const std::size_t person = scores.nearest_person(f);
    match.score = scores.at(f, person);
    if (!(match.score >= bands.ask)) continue;
    match.person = static_cast<int>(person);
    match.verdict = Verdict::kAsk;
    if (doubles[person] || scores.best_other_person(f, person) > match.score - kTwoPeopleWithin) {
      match.why = Doubt::kTwoPeople;
    } else if (scores.best_other_face(f, person) > match.score - kTwiceWithin) {
      match.why = Doubt::kTwice;
    } else if (match.score >= bands.keep) {
      match.verdict = Verdict::kKeep;
    }
  }
  return matches;
}

}  // namespace face_privacy
