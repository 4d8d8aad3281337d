// The tracks file: what was found in a clip, as JSON that a person or a program may edit before the
// clip is rendered. docs/tracks-file.md describes it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "image/geometry.h"
#include "track/track.h"

namespace face_privacy {

inline constexpr int kTracksFileVersion = 1;

// How the boxes were found; only told, it changes nothing.
struct TracksOrigin {
  std::string profile;
  std::string model_name;
  std::string model_sha256;
  float min_score = 0;
  int every = 1;  // the detector looked at every so many frames
};

struct TracksFile {
  Size size;  // of the picture that the boxes refer to: upright, in square pixels
  ClipTracks clip;
  TracksOrigin origin;
};

struct TracksFileLimits {
  std::size_t max_bytes = std::size_t{64} << 20;
  std::size_t max_frames = 4'000'000;
  std::size_t max_tracks = 200'000;
  std::size_t max_covered = 20'000'000;  // frames of all tracks together
};

// One line a track. Coordinates are rounded to a hundredth of a pixel, scores to four digits.
std::string tracks_to_json(const TracksFile& file);

// kTooManyBytes, kTooManyFrames for the limits; else kInvalidOption, and the message says where:
// "tracks[3].boxes[5]: frame 812 is not in the track's span". Unknown members are errors.
Result<TracksFile> tracks_from_json(std::string_view json, const TracksFileLimits& limits = {});

// kInvalidOption unless `edited` is of the same clip: the same size, number and times of frames.
Result<void> check_same_clip(const TracksFile& edited, const TracksFile& clip);

}  // namespace face_privacy
