// A VideoFrame holds libav's.
#pragma once

#include "image/video_frame.h"
#include "media/libav.h"

namespace face_privacy {

inline AVFrame* handle_of(const VideoFrame& frame) { return static_cast<AVFrame*>(frame.memory.get()); }

// Planes, size and depth as the handle has them. False for a kind of picture that is not handled.
bool describe_planes(VideoFrame& frame);

}  // namespace face_privacy
