// Whether the parameter sets of H.264 and HEVC hold more than they say: bytes behind their end, where a
// copied clip would carry anything. And whether a clip has one description all along, as a copy of it has.
#pragma once

#include <memory>

#include "media/demuxer.h"

namespace face_privacy {

class ParameterSets {
 public:
  // Of a clip, with those that its container keeps apart.
  explicit ParameterSets(const Demuxer& demuxer);
  ParameterSets(ParameterSets&&) noexcept;
  ParameterSets& operator=(ParameterSets&&) noexcept;
  ~ParameterSets();

  // With those of a packet of the video.
  void add(const Packet& packet);
  // Whether each that has come is short, can be read to its end, and ends there, and they are few; always so
  // for other codecs. False after a packet that has another description than those before.
  bool are_plain() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace face_privacy
