#include "codec/heif/coded_size.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "codec/shared/big_endian.h"

namespace face_privacy {
namespace {

// --- bits

// Reads from the highest bit on; behind the end there are zeros.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  std::uint64_t bits(int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i, ++position_) {
      const std::size_t byte = position_ / 8;
      const unsigned bit = byte < bytes_.size() ? bytes_[byte] >> (7 - position_ % 8) & 1U : 0U;
      value = value << 1 | bit;
    }
    return value;
  }
  bool flag() { return bits(1) != 0; }
  void skip(int count) { position_ += static_cast<std::size_t>(count); }

  // Exponential Golomb: as many bits follow the first one as zeros stand before it.
  std::uint64_t golomb() {
    int zeros = 0;
    while (zeros < 32 && !flag()) ++zeros;
    return (std::uint64_t{1} << zeros) - 1 + bits(zeros);
  }

 private:
  ByteView bytes_;
  std::size_t position_ = 0;
};

// --- AV1 bitstream specification, 5.5

void skip_timing(BitReader& reader, int& delay_bits) {
  reader.skip(64);                     // units
  if (reader.flag()) reader.golomb();  // equal_picture_interval
  if (!reader.flag()) return;          // decoder_model_info_present_flag
  delay_bits = static_cast<int>(reader.bits(5)) + 1;
  reader.skip(32 + 5 + 5);
}

void skip_operating_points(BitReader& reader) {
  int delay_bits = 0;
  if (reader.flag()) skip_timing(reader, delay_bits);
  const bool has_display_delay = reader.flag();
  const std::uint64_t count = reader.bits(5) + 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    reader.skip(12);
    if (reader.bits(5) > 7) reader.skip(1);  // the level, then the tier
    if (delay_bits > 0 && reader.flag()) reader.skip(2 * delay_bits + 1);
    if (has_display_delay && reader.flag()) reader.skip(4);
  }
}

CodedSize av1_sequence_size(ByteView header) {
  BitReader reader(header);
  reader.skip(3 + 1);  // profile, still_picture
  if (reader.flag()) {
    reader.skip(5);  // reduced_still_picture_header: the level alone
  } else {
    skip_operating_points(reader);
  }
  const int width_bits = static_cast<int>(reader.bits(4)) + 1;
  const int height_bits = static_cast<int>(reader.bits(4)) + 1;
  const std::uint64_t width = reader.bits(width_bits) + 1;
  return {width, reader.bits(height_bits) + 1};
}

void add_av1_sizes(ByteView units, std::vector<CodedSize>& sizes) {
  constexpr unsigned kSequenceHeader = 1;
  while (!units.empty()) {
    const unsigned header = units[0];
    std::size_t position = (header & 4) != 0 ? 2 : 1;  // an extension byte
    std::uint64_t length = units.size() < position ? 0 : units.size() - position;
    if ((header & 2) != 0) {  // has a length, in groups of seven bits
      length = 0;
      for (int shift = 0; shift < 56 && position < units.size(); shift += 7) {
        const std::uint8_t byte = units[position++];
        length |= std::uint64_t{byte & 0x7FU} << shift;
        if ((byte & 0x80) == 0) break;
      }
    }
    if (position > units.size()) return;
    const ByteView payload =
        units.subspan(position, std::min<std::uint64_t>(length, units.size() - position));
    if ((header >> 3 & 15) == kSequenceHeader) sizes.push_back(av1_sequence_size(payload));
    units = units.subspan(position + payload.size());
  }
}

// --- HEVC, ITU-T H.265, 7.3.2.2

CodedSize hevc_sequence_size(ByteView unit) {
  Bytes payload;  // without the bytes that keep start codes from appearing
  for (std::size_t i = 2; i < unit.size(); ++i) {
    if (i >= 4 && unit[i] == 3 && unit[i - 1] == 0 && unit[i - 2] == 0) continue;
    payload.push_back(unit[i]);
  }
  BitReader reader(payload);
  reader.skip(4);
  const int sub_layers = static_cast<int>(reader.bits(3));
  reader.skip(1 + 96);  // the general profile, tier and level
  std::vector<bool> present(2 * static_cast<std::size_t>(sub_layers));
  for (std::size_t i = 0; i < present.size(); ++i) present[i] = reader.flag();
  if (sub_layers > 0) reader.skip(2 * (8 - sub_layers));
  for (std::size_t i = 0; i < present.size(); ++i) {
    if (present[i]) reader.skip(i % 2 == 0 ? 88 : 8);
  }
  reader.golomb();                           // the set's number
  if (reader.golomb() == 3) reader.skip(1);  // 4:4:4: separate_colour_plane_flag
  const std::uint64_t width = reader.golomb();
  return {width, reader.golomb()};
}

void add_hevc_unit(ByteView unit, std::vector<CodedSize>& sizes) {
  constexpr unsigned kSequenceParameterSet = 33;
  if (unit.size() > 2 && (unit[0] >> 1 & 63) == kSequenceParameterSet)
    sizes.push_back(hevc_sequence_size(unit));
}

// Units in an item, each behind its length of four bytes, which is what libheif expects as well.
void add_hevc_sizes(ByteView units, std::vector<CodedSize>& sizes) {
  while (units.size() > 4) {
    const std::size_t length = big_endian_u32(units, 0);
    if (length > units.size() - 4) return;
    add_hevc_unit(units.subspan(4, length), sizes);
    units = units.subspan(4 + length);
  }
}

// Units in an hvcC box, ISO/IEC 14496-15, 8.3.3.1: arrays of them behind 22 bytes.
void add_hevc_configuration(ByteView box, std::vector<CodedSize>& sizes) {
  if (box.size() < 23) return;
  std::size_t position = 23;
  for (int array = 0; array < box[22] && box.size() - position >= 3; ++array) {
    const int count = box[position + 1] << 8 | box[position + 2];
    position += 3;
    for (int i = 0; i < count && box.size() - position >= 2; ++i) {
      const std::size_t length = static_cast<std::size_t>(box[position] << 8 | box[position + 1]);
      position += 2;
      if (length > box.size() - position) return;
      add_hevc_unit(box.subspan(position, length), sizes);
      position += length;
    }
  }
}

// --- the container, ISO/IEC 14496-12 and 23008-12

// Calls visit(type, content) for each box in a row of them.
template <class Visit>
void for_each_box(ByteView boxes, const Visit& visit) {
  while (boxes.size() >= 8) {
    const std::string_view type(reinterpret_cast<const char*>(boxes.data()) + 4, 4);
    std::uint64_t length = big_endian_u32(boxes, 0);
    std::size_t header = 8;
    if (length == 1 && boxes.size() >= 16) {
      length = std::uint64_t{big_endian_u32(boxes, 8)} << 32 | big_endian_u32(boxes, 12);
      header = 16;
    } else if (length == 0) {
      length = boxes.size();
    }
    if (length < header || length > boxes.size()) return;
    visit(type, boxes.subspan(header, length - header));
    boxes = boxes.subspan(length);
  }
}

struct Meta {
  ByteView item_locations;
  ByteView item_infos;
  ByteView item_references;
  ByteView item_data;
  ByteView properties;
  int boxes_of_items = 0;  // how many of the first three there are
};

std::optional<Meta> find_meta(ByteView file) {
  std::optional<Meta> meta;
  for_each_box(file, [&](std::string_view type, ByteView content) {
    if (type != "meta" || content.size() < 4 || meta) return;
    meta.emplace();
    for_each_box(content.subspan(4), [&](std::string_view inner, ByteView box) {
      if (inner == "iloc") meta->item_locations = box;
      if (inner == "iinf") meta->item_infos = box;
      if (inner == "iref") meta->item_references = box;
      if (inner == "iloc" || inner == "iinf" || inner == "iref") ++meta->boxes_of_items;
      if (inner == "idat") meta->item_data = box;
      if (inner == "iprp") meta->properties = box;
    });
  });
  return meta;
}

// Reads whole numbers one after the other; behind the end there are zeros.
class FieldReader {
 public:
  explicit FieldReader(ByteView bytes) : bytes_(bytes) {}
  std::uint64_t number(int byte_count) {
    std::uint64_t value = 0;
    for (int i = 0; i < byte_count; ++i, ++position_) {
      value = value << 8 | (position_ < bytes_.size() ? bytes_[position_] : 0U);
    }
    return value;
  }
  bool ended() const { return position_ >= bytes_.size(); }

 private:
  ByteView bytes_;
  std::size_t position_ = 0;
};

// Types of items by their numbers: "av01", "hvc1" ...
std::map<std::uint64_t, std::string> item_types(ByteView infos) {
  std::map<std::uint64_t, std::string> types;
  if (infos.size() < 6) return types;
  const std::size_t count_bytes = infos[0] == 0 ? 2 : 4;
  if (infos.size() < 4 + count_bytes) return types;
  for_each_box(infos.subspan(4 + count_bytes), [&](std::string_view type, ByteView box) {
    if (type != "infe" || box.empty()) return;
    FieldReader reader(box);
    const std::uint64_t version = reader.number(1);
    reader.number(3);
    const std::uint64_t id = reader.number(version == 3 ? 4 : 2);
    reader.number(2);
    std::string& item_type = types[id];
    for (int i = 0; i < 4; ++i) item_type.push_back(static_cast<char>(reader.number(1)));
  });
  return types;
}

ByteView part_of(ByteView bytes, std::uint64_t offset, std::uint64_t length) {
  if (offset > bytes.size()) return {};
  return bytes.subspan(offset, std::min<std::uint64_t>(length, bytes.size() - offset));
}

// Calls visit(id, bytes) for each item, its extents joined. Items may share bytes, but not so that
// all of them together would be many times the file.
template <class Visit>
void for_each_item(ByteView file, const Meta& meta, const Visit& visit) {
  FieldReader reader(meta.item_locations);
  const std::uint64_t version = reader.number(1);
  reader.number(3);
  const auto sizes = static_cast<int>(reader.number(2));
  const int offset_bytes = sizes >> 12 & 15;
  const int length_bytes = sizes >> 8 & 15;
  const int base_bytes = sizes >> 4 & 15;
  const int index_bytes = version == 0 ? 0 : sizes & 15;
  const std::uint64_t count = reader.number(version < 2 ? 2 : 4);
  std::uint64_t budget = 4 * std::uint64_t{file.size()};
  for (std::uint64_t i = 0; i < count && !reader.ended(); ++i) {
    const std::uint64_t id = reader.number(version < 2 ? 2 : 4);
    const bool in_meta = version != 0 && (reader.number(2) & 15) == 1;
    reader.number(2);
    const std::uint64_t base = reader.number(base_bytes);
    const std::uint64_t extents = reader.number(2);
    Bytes item;
    for (std::uint64_t j = 0; j < extents && !reader.ended(); ++j) {
      reader.number(index_bytes);
      const std::uint64_t offset = base + reader.number(offset_bytes);
      const std::uint64_t length = reader.number(length_bytes);
      const ByteView part = part_of(in_meta ? meta.item_data : file, offset, length);
      if (part.size() > budget) return;
      budget -= part.size();
      item.insert(item.end(), part.begin(), part.end());
    }
    visit(id, item);
  }
}

// --- which items refer to which

struct Reference {
  std::string type;
  std::uint64_t from = 0;
  std::vector<std::uint64_t> to;
};

std::vector<Reference> item_references(ByteView box) {
  std::vector<Reference> references;
  if (box.size() < 4) return references;
  const int id_bytes = box[0] == 0 ? 2 : 4;
  for_each_box(box.subspan(4), [&](std::string_view type, ByteView content) {
    FieldReader reader(content);
    Reference reference{std::string(type), reader.number(id_bytes), {}};
    const std::uint64_t count = reader.number(2);
    for (std::uint64_t i = 0; i < count && !reader.ended(); ++i)
      reference.to.push_back(reader.number(id_bytes));
    references.push_back(std::move(reference));
  });
  return references;
}

using ItemTypes = std::map<std::uint64_t, std::string>;

bool is_coded(const ItemTypes& types, std::uint64_t id) {
  const auto type = types.find(id);
  return type != types.end() && (type->second == "av01" || type->second == "hvc1");
}

// A grid of coded pictures, each used once: libheif decodes a tile anew for each use.
bool is_plain_grid(const ItemTypes& types, const Reference& reference) {
  const auto type = types.find(reference.from);
  if (type == types.end() || type->second != "grid") return false;
  const std::set<std::uint64_t> tiles(reference.to.begin(), reference.to.end());
  return tiles.size() == reference.to.size() &&
         std::all_of(tiles.begin(), tiles.end(), [&](std::uint64_t tile) { return is_coded(types, tile); });
}

// Grids are plain, and an auxiliary picture (alpha, depth) belongs to one that is neither an auxiliary
// nor a tile itself: nothing refers back, and nothing is more than two steps deep.
bool has_plain_references(const ItemTypes& types, const std::vector<Reference>& references) {
  std::set<std::uint64_t> grids;
  std::set<std::uint64_t> parts;
  for (const Reference& reference : references) {
    if (reference.type == "auxl") parts.insert(reference.from);
    if (reference.type != "dimg") continue;
    if (!is_plain_grid(types, reference) || !grids.insert(reference.from).second) return false;
    parts.insert(reference.to.begin(), reference.to.end());
  }
  return std::none_of(references.begin(), references.end(), [&](const Reference& reference) {
    return reference.type == "auxl" && std::any_of(reference.to.begin(), reference.to.end(),
                                                   [&](std::uint64_t to) { return parts.contains(to); });
  });
}

}  // namespace

bool has_only_plain_heif_items(ByteView file) {
  int metas = 0;
  for_each_box(file, [&](std::string_view type, ByteView) { metas += type == "meta" ? 1 : 0; });
  const auto meta = find_meta(file);
  if (!meta) return true;  // nothing that libheif would decode
  if (metas > 1 || meta->boxes_of_items > 3) return false;
  const ItemTypes types = item_types(meta->item_infos);
  const bool derived = std::any_of(types.begin(), types.end(), [](const auto& item) {
    return item.second == "iovl" || item.second == "iden" || item.second == "tmap";
  });
  if (derived) return false;
  return has_plain_references(types, item_references(meta->item_references));
}

std::vector<CodedSize> heif_coded_sizes(ByteView file) {
  std::vector<CodedSize> sizes;
  const auto meta = find_meta(file);
  if (!meta) return sizes;
  for_each_box(meta->properties, [&](std::string_view type, ByteView container) {
    if (type != "ipco") return;
    for_each_box(container, [&](std::string_view property, ByteView box) {
      if (property == "av1C" && box.size() > 4) add_av1_sizes(box.subspan(4), sizes);
      if (property == "hvcC") add_hevc_configuration(box, sizes);
    });
  });
  const auto types = item_types(meta->item_infos);
  for_each_item(file, *meta, [&](std::uint64_t id, ByteView item) {
    const auto type = types.find(id);
    if (type == types.end()) return;
    if (type->second == "av01") add_av1_sizes(item, sizes);
    if (type->second == "hvc1") add_hevc_sizes(item, sizes);
  });
  return sizes;
}

}  // namespace face_privacy
