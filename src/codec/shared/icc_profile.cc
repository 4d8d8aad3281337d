// A profile is written anew from what a viewer needs to read colors. Private tags hold what their makers
// like, of displays the serial number; the standard's texts name the display and who calibrated it; and any
// tag that is copied as it is can carry a picture.
#include "codec/shared/icc_profile.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "codec/shared/big_endian.h"
#include "codec/shared/icc_tags.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;

// ICC.1:2022, 7.2 and 7.3.
constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kTagCountBytes = 4;
constexpr std::size_t kTagBytes = 12;
constexpr std::size_t kAlignment = 4;
// What the 255 APP2 segments of a JPEG can hold; real profiles end at about 4 MB.
constexpr std::size_t kMaxBytes = std::size_t{255} * 65519;
// More than littleCMS reads.
constexpr std::size_t kMaxTags = 128;
// A profile has to have both.
constexpr std::string_view kDescription = "Color profile";
constexpr std::string_view kCopyright = "Not stated";

struct TagKind {
  std::string_view name;
  std::optional<Bytes> (*clean)(ByteView data);
};

// What colors are read by, in the order in which it is written. Of a table's way back there is no need to
// show a picture, but readers refuse a printer's profile without it.
constexpr std::array kColorTags{TagKind{"wtpt", clean_icc_xyz},        TagKind{"bkpt", clean_icc_xyz},
                                TagKind{"chad", clean_icc_matrix},     TagKind{"rXYZ", clean_icc_xyz},
                                TagKind{"gXYZ", clean_icc_xyz},        TagKind{"bXYZ", clean_icc_xyz},
                                TagKind{"rTRC", clean_icc_curve},      TagKind{"gTRC", clean_icc_curve},
                                TagKind{"bTRC", clean_icc_curve},      TagKind{"kTRC", clean_icc_curve},
                                TagKind{"A2B0", clean_icc_table},      TagKind{"A2B1", clean_icc_table},
                                TagKind{"A2B2", clean_icc_table},      TagKind{"B2A0", clean_icc_table},
                                TagKind{"B2A1", clean_icc_table},      TagKind{"B2A2", clean_icc_table},
                                TagKind{"cicp", clean_icc_code_points}};

std::string_view color_space_signature(ColorModel model) {
  switch (model) {
    case ColorModel::kGray: return "GRAY";
    case ColorModel::kRgb: return "RGB ";
    case ColorModel::kCmyk: return "CMYK";
    case ColorModel::kYcc:
    case ColorModel::kChroma: break;  // profiles are for the colors a file's are converted to
  }
  return {};
}

std::string_view text_of(ByteView bytes, std::size_t at, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, count};
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> known) {
  return std::find(known.begin(), known.end(), text) != known.end();
}

struct Tag {
  std::string_view name;
  Bytes data;
};
using Tags = std::vector<Tag>;

bool has(const Tags& tags, std::string_view name) {
  return std::any_of(tags.begin(), tags.end(), [&](const Tag& tag) { return tag.name == name; });
}

// Whether colors can be read by them.
bool suffice(const Tags& tags, ColorModel model) {
  if (has(tags, "A2B0")) return true;
  if (model == ColorModel::kGray) return has(tags, "kTRC");
  if (model != ColorModel::kRgb) return false;
  constexpr std::array kMatrix{"rXYZ"sv, "gXYZ"sv, "bXYZ"sv, "rTRC"sv, "gTRC"sv, "bTRC"sv};
  return std::all_of(kMatrix.begin(), kMatrix.end(), [&](std::string_view name) { return has(tags, name); });
}

// The first tag of this name that lies in the profile.
std::optional<ByteView> data_of(ByteView profile, std::size_t tag_count, std::string_view name) {
  for (std::size_t i = 0; i < tag_count; ++i) {
    const std::size_t at = kHeaderBytes + kTagCountBytes + i * kTagBytes;
    if (text_of(profile, at, 4) != name) continue;
    const std::size_t offset = big_endian_u32(profile, at + 4);
    const std::size_t size = big_endian_u32(profile, at + 8);
    if (offset >= kHeaderBytes && offset <= profile.size() && size <= profile.size() - offset)
      return profile.subspan(offset, size);
  }
  return std::nullopt;
}

bool is_version_4(ByteView profile) { return profile[8] >= 4; }

Tags texts_of(ByteView profile) {
  if (is_version_4(profile))
    return {{"desc", icc_localized_text(kDescription)}, {"cprt", icc_localized_text(kCopyright)}};
  return {{"desc", icc_description(kDescription)}, {"cprt", icc_text(kCopyright)}};
}

// Nothing where one is not what its name says, or where tags that overlap would make a profile many times as
// long.
std::optional<Tags> clean_tags(ByteView profile, std::size_t tag_count) {
  Tags tags = texts_of(profile);
  std::size_t total = 0;
  for (const TagKind& kind : kColorTags) {
    const auto data = data_of(profile, tag_count, kind.name);
    if (!data) continue;
    auto clean = kind.clean(*data);
    if (!clean) return std::nullopt;
    const bool is_new =
        std::none_of(tags.begin(), tags.end(), [&](const Tag& other) { return other.data == *clean; });
    total += is_new ? clean->size() : 0;
    if (total > 2 * profile.size()) return std::nullopt;
    tags.push_back({kind.name, std::move(*clean)});
  }
  return tags;
}

// Version, class, colors and intent stay; sizes follow; who made it, when, with what and its hash do not.
Bytes clean_header(ByteView profile) {
  constexpr std::size_t kClassAndSpaces = 12;  // at 12
  constexpr std::array<std::uint8_t, 12> kIlluminant{0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D};
  constexpr std::uint8_t kIntents = 4;
  Bytes header(kHeaderBytes);
  header[8] = is_version_4(profile) ? 4 : 2;
  header[9] = profile[9] & 0xF0;
  std::copy_n(profile.begin() + 12, kClassAndSpaces, header.begin() + 12);
  std::copy_n("acsp", 4, header.begin() + 36);
  header[67] = profile[67] < kIntents ? profile[67] : 0;
  std::copy(kIlluminant.begin(), kIlluminant.end(), header.begin() + 68);
  return header;
}

void set_big_endian_u32(Bytes& bytes, std::size_t at, std::size_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// Tags that are alike share their bytes.
Bytes rebuilt(ByteView profile, const Tags& tags) {
  Bytes result = clean_header(profile);
  result.resize(kHeaderBytes + kTagCountBytes + tags.size() * kTagBytes);
  set_big_endian_u32(result, kHeaderBytes, tags.size());
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const Tag& tag = tags[i];
    std::size_t same = 0;
    while (tags[same].data != tag.data) ++same;
    places.push_back(same < i ? places[same] : result.size());
    if (same == i) {
      result.insert(result.end(), tag.data.begin(), tag.data.end());
      result.resize((result.size() + kAlignment - 1) / kAlignment * kAlignment);
    }
    const std::size_t at = kHeaderBytes + kTagCountBytes + i * kTagBytes;
    std::copy(tag.name.begin(), tag.name.end(), result.begin() + static_cast<std::ptrdiff_t>(at));
    set_big_endian_u32(result, at + 4, places[i]);
    set_big_endian_u32(result, at + 8, tag.data.size());
  }
  set_big_endian_u32(result, 0, result.size());
  return result;
}

// Scanners', displays', printers' and color spaces' profiles are for pictures.
bool is_for(ByteView profile, ColorModel model) {
  return text_of(profile, 36, 4) == "acsp" && profile[8] <= 4 &&
         is_one_of(text_of(profile, 12, 4), {"scnr", "mntr", "prtr", "spac"}) &&
         text_of(profile, 16, 4) == color_space_signature(model) &&
         is_one_of(text_of(profile, 20, 4), {"XYZ ", "Lab "});
}

}  // namespace

Bytes usable_icc_profile(ByteView profile, ColorModel model) {
  if (profile.size() < kHeaderBytes + kTagCountBytes) return {};
  const std::size_t stated_bytes = big_endian_u32(profile, 0);
  if (stated_bytes < kHeaderBytes + kTagCountBytes || stated_bytes > profile.size() ||
      stated_bytes > kMaxBytes || !is_for(profile, model)) {
    return {};
  }
  profile = profile.first(stated_bytes);
  const std::size_t tag_count = big_endian_u32(profile, kHeaderBytes);
  if (tag_count > kMaxTags || tag_count * kTagBytes > profile.size() - kHeaderBytes - kTagCountBytes) {
    return {};
  }
  const auto tags = clean_tags(profile, tag_count);
  if (!tags || !suffice(*tags, model)) return {};
  return rebuilt(profile, *tags);
}

}  // namespace face_privacy
