// How a face goes on before a track's first box and after its last: as it moved there, for a moment, then it
// rests.
#pragma once

#include <cstddef>
#include <span>

#include "track/track.h"

namespace face_privacy {

// The box that tells, with the one at `end`, how the face moves there: one a while before it, or after it
// where the track begins. `step` leads from that end into the track, 1 or -1. None where none is near enough.
const KeyBox* motion_from(std::span<const KeyBox> keys, std::ptrdiff_t end, std::ptrdiff_t step,
                          std::span<const MediaTime> times);

// Where `last` goes on to in the time `ahead` if it came from `from` in the time `apart`.
BoxF gone_on(const BoxF& from, const BoxF& last, MediaTime apart, MediaTime ahead);

}  // namespace face_privacy
