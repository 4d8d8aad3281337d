#include "track/matching.h"

#include <algorithm>
#include <array>
#include <optional>

namespace face_privacy {
namespace {

// What a look at most says of a person: of one who is not the nearest no more than of the next.
float most_of(const FaceLook& look, int person) { return look.person == person ? look.score : look.other; }

// All looks at one track's face.
class TrackLooks {
 public:
  TrackLooks(const Track& track, const ClipTracks& clip, std::span<const FaceLook> looks) {
    for (const KeyBox& key : track.keys) {
      if (key.edited || !key.is_found()) continue;
      const auto look = static_cast<std::size_t>(key.look);
      const auto shot = std::upper_bound(clip.cuts.begin(), clip.cuts.end(), key.frame) - clip.cuts.begin();
      add({shot, clip.times[static_cast<std::size_t>(key.frame)]},
          look < looks.size() ? looks[look] : FaceLook{});
    }
  }

  std::size_t compared() const { return compared_.size(); }
  const FaceLook& surest() const {
    return *std::max_element(compared_.begin(), compared_.end(),
                             [](const FaceLook& a, const FaceLook& b) { return a.score < b.score; });
  }
  float mean_of(int person) const {
    return mean([&](const FaceLook& look) { return most_of(look, person); });
  }
  // By how much the nearest person is nearer than the next.
  float mean_lead() const {
    return mean([](const FaceLook& look) { return look.score - look.other; });
  }
  float most_of_any(int person) const {
    float most = -1;
    for (const FaceLook& look : compared_) most = std::max(most, most_of(look, person));
    return most;
  }
  bool all_show(int person, float least) const {
    return std::all_of(compared_.begin(), compared_.end(),
                       [&](const FaceLook& look) { return look.person == person && look.score >= least; });
  }
  // A cut may go to somebody else at the same place, so the near look is one of the same shot.
  bool was_unseen(MediaTime near) const {
    const auto are_near = [&](const Moment& one, const Moment& later) {
      return one.shot == later.shot && later.time - one.time <= near;
    };
    return std::any_of(unseen_.begin(), unseen_.end(), [&](const Moment& moment) {
      const auto next =
          std::lower_bound(seen_.begin(), seen_.end(), moment,
                           [](const Moment& one, const Moment& other) { return one.time < other.time; });
      const bool after = next != seen_.end() && are_near(moment, *next);
      const bool before = next != seen_.begin() && are_near(*std::prev(next), moment);
      return !after && !before;
    });
  }
  Doubt commonest_doubt() const {
    return static_cast<Doubt>(std::max_element(doubts_.begin(), doubts_.end()) - doubts_.begin());
  }

  // From the first to the last time that the face was found.
  MediaTime first() const { return first_.value_or(MediaTime(0)); }
  MediaTime last() const { return last_; }
  bool meets(const TrackLooks& other) const { return first() <= other.last() && other.first() <= last(); }

 private:
  struct Moment {
    std::ptrdiff_t shot = 0;
    MediaTime time{};
  };

  void add(const Moment& moment, const FaceLook& look) {
    if (!first_) first_ = moment.time;
    last_ = moment.time;
    if (look.doubt == Doubt::kNone) {
      compared_.push_back(look);
      seen_.push_back(moment);
    } else {
      ++doubts_[static_cast<std::size_t>(look.doubt)];
      unseen_.push_back(moment);
    }
  }

  template <class Value>
  float mean(Value value) const {
    double sum = 0;
    for (const FaceLook& look : compared_) sum += value(look);
    return static_cast<float>(sum / static_cast<double>(compared_.size()));
  }

  std::vector<FaceLook> compared_;
  std::vector<Moment> seen_;
  std::vector<Moment> unseen_;
  std::array<int, static_cast<std::size_t>(kLastDoubt) + 1> doubts_{};
  std::optional<MediaTime> first_;
  MediaTime last_{};
};

// What speaks against keeping a track for `person`, without the other tracks.
Doubt doubt_of(const TrackLooks& track, int person, const TrackMatchRules& rules) {
  const bool has_double = rules.have_doubles[static_cast<std::size_t>(person)];
  if (has_double || track.mean_lead() < kTwoPeopleWithin) return Doubt::kTwoPeople;
  if (!track.all_show(person, rules.bands.ask)) return Doubt::kChanges;
  if (track.compared() < rules.least_looks) return Doubt::kFew;
  if (track.was_unseen(rules.near)) return Doubt::kUnseen;
  return Doubt::kNone;
}

FaceMatch match_alone(const TrackLooks& track, const TrackMatchRules& rules) {
  FaceMatch match;
  if (track.compared() == 0) {
    match.why = track.commonest_doubt();
    return match;
  }
  const FaceLook& surest = track.surest();
  match.score = track.mean_of(surest.person);
  // A track that went from somebody else to that person is worth a question.
  const bool is_near = match.score >= rules.bands.ask || surest.score >= rules.bands.keep;
  if (surest.person == kNobody || !is_near) return match;
  match.person = surest.person;
  match.verdict = Verdict::kAsk;
  match.why = doubt_of(track, match.person, rules);
  if (match.why == Doubt::kNone && match.score >= rules.bands.keep) match.verdict = Verdict::kKeep;
  return match;
}

// Nobody is in two places of a picture.
bool is_there_twice(std::size_t track, const FaceMatch& match, std::span<const TrackLooks> all) {
  for (std::size_t other = 0; other < all.size(); ++other) {
    if (other == track || all[other].compared() == 0 || !all[other].meets(all[track])) continue;
    if (all[other].most_of_any(match.person) > match.score - kTwiceWithin) return true;
  }
  return false;
}

}  // namespace

std::vector<FaceMatch> match_tracks(const ClipTracks& clip, std::span<const FaceLook> looks,
                                    const TrackMatchRules& rules) {
  std::vector<TrackLooks> tracks;
  std::vector<FaceMatch> matches;
  matches.reserve(clip.tracks.size());
  for (const Track& track : clip.tracks) {
    matches.push_back(match_alone(tracks.emplace_back(track, clip, looks), rules));
  }
  for (std::size_t i = 0; i < matches.size(); ++i) {
    FaceMatch& match = matches[i];
    if (match.verdict == Verdict::kCover || match.why != Doubt::kNone) continue;
    if (!is_there_twice(i, match, tracks)) continue;
    match.verdict = Verdict::kAsk;
    match.why = Doubt::kTwice;
  }
  return matches;
}

}  // namespace face_privacy
