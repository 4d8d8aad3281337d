// What the other files of this folder see of packets and of an open file.
#pragma once

#include <vector>

#include "media/demuxer.h"
#include "media/file_io.h"
#include "media/libav.h"

namespace face_privacy {

struct Packet::Impl {
  UniquePacket packet;
  StreamKind kind{};
  int source_stream = -1;  // of the demuxer
};

struct Demuxer::Impl {
  std::unique_ptr<FileIo> io;
  UniqueInput input;
  ClipInfo info;
  ClipLimits limits;
  int video = -1;              // index of the stream
  std::vector<int> audio;      // likewise
  std::vector<int> subtitles;  // likewise
  bool has_hidden_frames = false;
  std::int64_t video_packets = 0;
  bool has_sought = false;

  const AVStream& stream(int index) const { return *input->streams[index]; }
  const AVStream& video_stream() const { return stream(video); }
};

}  // namespace face_privacy
