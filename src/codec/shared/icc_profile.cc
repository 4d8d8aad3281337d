// A profile is rebuilt from the tags that say how to read colours where it holds anything else. Private
// tags hold what their makers like, of displays the serial number; "meta" and "targ" of the standard hold
// the like.
#include "codec/shared/icc_profile.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

#include "codec/shared/big_endian.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;

// ICC.1:2022, 7.2 and 7.3.
constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kTagCountBytes = 4;
constexpr std::size_t kTagBytes = 12;
constexpr std::size_t kProfileIdAt = 84;
constexpr std::size_t kProfileIdBytes = 16;
constexpr std::size_t kAlignment = 4;
// What the 255 APP2 segments of a JPEG can hold; real profiles end at about 4 MB.
constexpr std::size_t kMaxBytes = std::size_t{255} * 65519;
// More than littleCMS reads.
constexpr std::size_t kMaxTags = 128;

// ICC.1:2022, table 19 and 9.2, and ICC.1:2001-04, 6.4, less those that hold texts of any kind.
constexpr std::array kColorTags{
    "A2B0"sv, "A2B1"sv, "A2B2"sv, "A2M0"sv, "B2A0"sv, "B2A1"sv, "B2A2"sv, "B2D0"sv, "B2D1"sv, "B2D2"sv,
    "B2D3"sv, "D2B0"sv, "D2B1"sv, "D2B2"sv, "D2B3"sv, "M2A0"sv, "bTRC"sv, "bXYZ"sv, "bkpt"sv, "calt"sv,
    "chad"sv, "chrm"sv, "cicp"sv, "ciis"sv, "clot"sv, "clro"sv, "clrt"sv, "cprt"sv, "desc"sv, "dmdd"sv,
    "dmnd"sv, "gTRC"sv, "gXYZ"sv, "gamt"sv, "kTRC"sv, "lumi"sv, "meas"sv, "ncl2"sv, "pre0"sv, "pre1"sv,
    "pre2"sv, "rTRC"sv, "rXYZ"sv, "resp"sv, "rig0"sv, "rig2"sv, "tech"sv, "view"sv, "vued"sv, "wtpt"sv};

std::string_view color_space_signature(ColorModel model) {
  switch (model) {
    case ColorModel::kGray: return "GRAY";
    case ColorModel::kRgb: return "RGB ";
    case ColorModel::kCmyk: return "CMYK";
    case ColorModel::kYcc:
    case ColorModel::kChroma: break;  // profiles are for the colours a file's are converted to
  }
  return {};
}

struct Tag {
  std::string_view name;
  std::size_t offset = 0;
  std::size_t size = 0;
};

// The tags worth keeping, each name once, in the profile's order.
std::vector<Tag> color_tags(ByteView profile, std::size_t tag_count) {
  std::vector<Tag> tags;
  for (std::size_t i = 0; i < tag_count; ++i) {
    const std::size_t at = kHeaderBytes + kTagCountBytes + i * kTagBytes;
    const Tag tag{{reinterpret_cast<const char*>(profile.data()) + at, 4},
                  big_endian_u32(profile, at + 4),
                  big_endian_u32(profile, at + 8)};
    const bool is_inside =
        tag.offset >= kHeaderBytes && tag.offset <= profile.size() && tag.size <= profile.size() - tag.offset;
    const bool is_known = std::find(kColorTags.begin(), kColorTags.end(), tag.name) != kColorTags.end();
    const bool is_new =
        std::none_of(tags.begin(), tags.end(), [&](const Tag& other) { return other.name == tag.name; });
    if (is_inside && is_known && is_new) tags.push_back(tag);
  }
  return tags;
}

// Whether the tags lie one behind the other, with no more than zeros between them and after the last.
bool is_covered_by(ByteView profile, std::vector<Tag> tags) {
  std::sort(tags.begin(), tags.end(), [](const Tag& a, const Tag& b) { return a.offset < b.offset; });
  tags.push_back({{}, profile.size(), 0});
  std::size_t end = kHeaderBytes + kTagCountBytes + (tags.size() - 1) * kTagBytes;
  for (const Tag& tag : tags) {
    if (tag.offset > end) {
      const ByteView gap = profile.subspan(end, tag.offset - end);
      if (std::any_of(gap.begin(), gap.end(), [](std::uint8_t byte) { return byte != 0; })) return false;
    }
    end = std::max(end, tag.offset + tag.size);
  }
  return true;
}

void set_big_endian_u32(Bytes& bytes, std::size_t at, std::size_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// Tags that share their bytes go on sharing them.
Bytes rebuilt(ByteView profile, const std::vector<Tag>& tags) {
  Bytes result(profile.begin(), profile.begin() + kHeaderBytes);
  std::fill_n(result.begin() + kProfileIdAt, kProfileIdBytes, std::uint8_t{0});  // a hash of what was
  result.resize(kHeaderBytes + kTagCountBytes + tags.size() * kTagBytes);
  set_big_endian_u32(result, kHeaderBytes, tags.size());
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const Tag& tag = tags[i];
    std::size_t same = 0;
    while (tags[same].offset != tag.offset || tags[same].size != tag.size) ++same;
    if (same == i) {
      places.push_back(result.size());
      const ByteView data = profile.subspan(tag.offset, tag.size);
      result.insert(result.end(), data.begin(), data.end());
      result.resize((result.size() + kAlignment - 1) / kAlignment * kAlignment);
    } else {
      places.push_back(places[same]);
    }
    const std::size_t at = kHeaderBytes + kTagCountBytes + i * kTagBytes;
    std::copy(tag.name.begin(), tag.name.end(), result.begin() + static_cast<std::ptrdiff_t>(at));
    set_big_endian_u32(result, at + 4, places[i]);
    set_big_endian_u32(result, at + 8, tag.size);
  }
  set_big_endian_u32(result, 0, result.size());
  return result;
}

// Its bytes shared out over so many tags, a rebuilt profile could become many times as long.
bool grows(ByteView profile, const std::vector<Tag>& tags) {
  std::size_t total = 0;
  for (const Tag& tag : tags) total += tag.size;
  return total > 2 * profile.size();
}

}  // namespace

Bytes usable_icc_profile(ByteView profile, ColorModel model) {
  if (profile.size() < kHeaderBytes + kTagCountBytes) return {};
  const std::string_view header(reinterpret_cast<const char*>(profile.data()), kHeaderBytes);
  const std::size_t stated_bytes = big_endian_u32(profile, 0);
  if (stated_bytes < kHeaderBytes + kTagCountBytes || stated_bytes > profile.size() ||
      stated_bytes > kMaxBytes) {
    return {};
  }
  if (header.substr(36, 4) != "acsp" || header.substr(16, 4) != color_space_signature(model)) return {};
  profile = profile.first(stated_bytes);
  const std::size_t tag_count = big_endian_u32(profile, kHeaderBytes);
  if (tag_count > kMaxTags || tag_count * kTagBytes > profile.size() - kHeaderBytes - kTagCountBytes) {
    return {};
  }
  const std::vector<Tag> tags = color_tags(profile, tag_count);
  if (tags.size() == tag_count && is_covered_by(profile, tags)) return {profile.begin(), profile.end()};
  if (tags.empty() || grows(profile, tags)) return {};
  return rebuilt(profile, tags);
}

}  // namespace face_privacy
