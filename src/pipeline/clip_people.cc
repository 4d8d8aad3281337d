#include "pipeline/clip_people.h"

#include <algorithm>

namespace face_privacy {
namespace {

TrackMatch named(const FaceMatch& match, const std::vector<std::string>& names) {
  TrackMatch track{{}, match.verdict, match.why, {}};
  if (match.person != kNobody) track.person = names[static_cast<std::size_t>(match.person)];
  if (was_compared(match)) track.score = match.score;
  return track;
}

}  // namespace

ClipPeople::ClipPeople(const Upright& upright, const ClipOptions& options, const Recognizer& recognizer)
    : upright_(upright), options_(options), recognizer_(recognizer), picture_(upright, kRecognitionPx) {}

Result<void> ClipPeople::look(const VideoFrame& frame, std::span<const Face> faces,
                              std::span<ScoredBox> boxes, const StopCondition& stop) {
  const auto may_be_compared = [](const Face& face) { return face.score >= kMinProbeScore; };
  if (std::none_of(faces.begin(), faces.end(), may_be_compared)) return {};
  const ImageView picture = picture_.of(frame);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (auto running = stop.check(); !running) return running;
    const Probe probe = probe_of(faces[i], picture, upright_.shown(), recognizer_);
    boxes[i].look = static_cast<int>(looks_.size());
    looks_.push_back(look_at(probe, options_.detection.people));
  }
  return {};
}

void ClipPeople::decide(ClipTracks& clip) const {
  const TrackMatchRules rules{recognizer_.info().bands, have_doubles(options_.detection.people)};
  const std::vector<FaceMatch> matches = match_tracks(clip, looks_, rules);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    clip.tracks[i].match = named(matches[i], options_.names);
    clip.tracks[i].keep = matches[i].verdict == Verdict::kKeep;
  }
}

}  // namespace face_privacy
