#include "media/clip.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace face_privacy {
namespace {

struct ContainerNames {
  Container container;
  std::string_view name;
  std::string_view extension;
};
constexpr std::array kContainers = {
    ContainerNames{Container::kMp4, "mp4", ".mp4"},      ContainerNames{Container::kMov, "mov", ".mov"},
    ContainerNames{Container::kMatroska, "mkv", ".mkv"}, ContainerNames{Container::kWebm, "webm", ".webm"},
    ContainerNames{Container::kMpegTs, "ts", ".ts"},     ContainerNames{Container::kAvi, "avi", ".avi"}};
constexpr std::array<std::pair<std::string_view, Container>, 7> kOtherExtensions = {
    {{".m4v", Container::kMp4},
     {".qt", Container::kMov},
     {".3gp", Container::kMp4},
     {".3g2", Container::kMp4},
     {".m2ts", Container::kMpegTs},
     {".mts", Container::kMpegTs},
     {".mk3d", Container::kMatroska}}};

constexpr std::array<std::pair<VideoCodec, std::string_view>, 5> kCodecs = {{{VideoCodec::kH264, "h264"},
                                                                             {VideoCodec::kHevc, "hevc"},
                                                                             {VideoCodec::kAv1, "av1"},
                                                                             {VideoCodec::kVp9, "vp9"},
                                                                             {VideoCodec::kOther, "other"}}};

bool has_at(ByteView bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

bool contains(ByteView bytes, std::string_view text) {
  for (std::size_t at = 0; at + text.size() <= bytes.size(); ++at) {
    if (has_at(bytes, at, text)) return true;
  }
  return false;
}

// A photo's brands (HEIC, AVIF) are not a clip's.
bool is_photo_brand(ByteView head) {
  static constexpr std::array kBrands = {"heic", "heix", "hevc", "heim", "heis",
                                         "avif", "avis", "mif1", "msf1"};
  return std::any_of(kBrands.begin(), kBrands.end(),
                     [&](const char* brand) { return has_at(head, 8, brand); });
}

// Packets of 188 bytes; of 192 where each has a time stamp before it.
bool is_transport_stream(ByteView head) {
  const auto syncs = [&](std::size_t first, std::size_t step) {
    return head.size() > first + step && head[first] == 0x47 && head[first + step] == 0x47;
  };
  return syncs(0, 188) || syncs(4, 192);
}

}  // namespace

std::string_view name_of(Container container) {
  return kContainers[static_cast<std::size_t>(container)].name;
}

std::string_view name_of(VideoCodec codec) { return kCodecs[static_cast<std::size_t>(codec)].second; }

std::string_view name_of(AudioMode mode) {
  switch (mode) {
    case AudioMode::kKeep: return "keep";
    case AudioMode::kDrop: return "drop";
    case AudioMode::kMute: return "mute";
  }
  return "keep";
}

std::string_view extension_of(Container container) {
  return kContainers[static_cast<std::size_t>(container)].extension;
}

std::string_view media_type_of(Container container) {
  switch (container) {
    case Container::kMp4: return "video/mp4";
    case Container::kMov: return "video/quicktime";
    case Container::kMatroska: return "video/x-matroska";
    case Container::kWebm: return "video/webm";
    case Container::kMpegTs: return "video/mp2t";
    case Container::kAvi: return "video/x-msvideo";
  }
  return "application/octet-stream";
}

std::optional<Container> container_from_extension(std::string_view extension) {
  std::string lower(extension);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const ContainerNames& names : kContainers) {
    if (lower == names.extension) return names.container;
  }
  for (const auto& [other, container] : kOtherExtensions) {
    if (lower == other) return container;
  }
  return std::nullopt;
}

std::optional<AudioMode> audio_mode_from_name(std::string_view name) {
  for (const AudioMode mode : {AudioMode::kKeep, AudioMode::kDrop, AudioMode::kMute}) {
    if (name == name_of(mode)) return mode;
  }
  return std::nullopt;
}

std::optional<VideoCodec> video_codec_from_name(std::string_view name) {
  for (const auto& [codec, known] : kCodecs) {
    if (name == known && codec != VideoCodec::kOther) return codec;
  }
  return std::nullopt;
}

std::optional<Container> sniff_clip(ByteView head) {
  if (has_at(head, 4, "ftyp")) {
    if (is_photo_brand(head)) return std::nullopt;
    return has_at(head, 8, "qt  ") ? Container::kMov : Container::kMp4;
  }
  for (const char* box : {"moov", "mdat", "wide", "free", "skip", "pnot"}) {
    if (has_at(head, 4, box)) return Container::kMov;
  }
  if (has_at(head, 0, "\x1A\x45\xDF\xA3")) {
    return contains(head.first(std::min<std::size_t>(head.size(), 64)), "webm") ? Container::kWebm
                                                                                : Container::kMatroska;
  }
  if (has_at(head, 0, "RIFF") && has_at(head, 8, "AVI ")) return Container::kAvi;
  if (is_transport_stream(head)) return Container::kMpegTs;
  return std::nullopt;
}

}  // namespace face_privacy
