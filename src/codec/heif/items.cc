#include "codec/heif/items.h"

#include <set>

#include "codec/heif/boxes.h"

namespace face_privacy {

tl::unexpected<Error> damaged_heif() {
  return fail(ErrorCode::kDamagedPhoto, "The photo is truncated or damaged.");
}

namespace {

// --- the file

struct FileParts {
  ByteView file;
  ByteView meta;
  bool is_sequence = false;
};

// Where a second file begins, a motion photo's clip, this one has ended. What is no box behind the items is
// no concern of the photo either.
FileParts parts_of(ByteView file) {
  FileParts parts;
  ByteView rest = file;
  std::set<std::string_view> seen;
  while (true) {
    const std::size_t position = file.size() - rest.size();
    const auto box = take_box(rest);
    if (!box || (box->type == "ftyp" && seen.contains("ftyp"))) {
      parts.file = box ? file.first(position) : file;
      return parts;
    }
    if (box->type == "meta" && !seen.contains("meta")) parts.meta = box->content;
    parts.is_sequence = parts.is_sequence || box->type == "moov";
    if (box->type == "ftyp" || box->type == "meta") seen.insert(box->type);
  }
}

// --- the boxes of the meta box; false for one that cannot be read

struct Version {
  std::uint64_t number = 0;
  std::uint64_t flags = 0;
};

Version take_version(ByteReader& reader) {
  const std::uint64_t number = reader.number(1);
  return {number, reader.number(3)};
}

HeifItemId take_id(ByteReader& reader, bool wide) {
  return static_cast<HeifItemId>(reader.number(wide ? 4 : 2));
}

bool read_primary(ByteView content, HeifItems& items) {
  ByteReader reader(content);
  items.primary = take_id(reader, take_version(reader).number != 0);
  return reader.ok();
}

bool read_item_info(ByteView content, HeifItems& items) {
  ByteReader reader(content);
  const std::uint64_t version = take_version(reader).number;
  if (version < 2) return true;  // no image's
  const HeifItemId id = take_id(reader, version > 2);
  HeifItem item;
  item.is_protected = reader.number(2) != 0;
  item.type = reader.text(4);
  return reader.ok() && items.items.emplace(id, std::move(item)).second;
}

bool read_item_infos(ByteView content, HeifItems& items) {
  ByteReader reader(content);
  reader.number(take_version(reader).number == 0 ? 2 : 4);  // how many
  if (!reader.ok()) return false;
  ByteView boxes = reader.take_rest();
  while (const auto box = take_box(boxes)) {
    if (box->type == "infe" && !read_item_info(box->content, items)) return false;
  }
  return boxes.empty();
}

struct LocationWidths {
  int offset = 0;
  int length = 0;
  int base = 0;
  int index = 0;
};

// Extents that take no byte of the table could be as many as they like.
bool read_location(ByteReader& reader, std::uint64_t version, const LocationWidths& widths,
                   HeifItems& items) {
  const HeifItemId id = take_id(reader, version == 2);
  const auto construction = version == 0 ? 0 : static_cast<int>(reader.number(2) & 15);
  const std::uint64_t other_file = reader.number(2);
  const std::uint64_t base = reader.number(widths.base);
  const std::uint64_t count = reader.number(2);
  const int extent_bytes = widths.index + widths.offset + widths.length;
  if (!reader.ok() || (count > 1 && extent_bytes == 0)) return false;
  HeifItem ignored;
  const auto found = items.items.find(id);
  HeifItem& item = found != items.items.end() ? found->second : ignored;
  if (item.is_located) return false;
  item.is_located = other_file == 0;
  item.construction = construction;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    reader.number(widths.index);
    const std::uint64_t offset = reader.number(widths.offset);
    if (offset > UINT64_MAX - base) return false;
    item.extents.push_back({base + offset, reader.number(widths.length)});
  }
  return reader.ok();
}

bool read_locations(ByteView content, HeifItems& items) {
  ByteReader reader(content);
  const std::uint64_t version = take_version(reader).number;
  const auto sizes = static_cast<int>(reader.number(2));
  const LocationWidths widths{sizes >> 12 & 15, sizes >> 8 & 15, sizes >> 4 & 15,
                              version == 0 ? 0 : sizes & 15};
  for (const int width : {widths.offset, widths.length, widths.base, widths.index}) {
    if (width != 0 && width != 4 && width != 8) return false;
  }
  const std::uint64_t count = reader.number(version < 2 ? 2 : 4);
  if (version > 2 || !reader.ok()) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!read_location(reader, version, widths, items)) return false;
  }
  return true;
}

bool read_references(ByteView content, HeifItems& items) {
  ByteReader versioned(content);
  const bool wide = take_version(versioned).number != 0;
  if (!versioned.ok()) return false;
  ByteView boxes = versioned.take_rest();
  while (const auto box = take_box(boxes)) {
    ByteReader reader(box->content);
    HeifReference reference{box->type, take_id(reader, wide), {}};
    const std::uint64_t count = reader.number(2);
    for (std::uint64_t i = 0; i < count && reader.ok(); ++i) reference.to.push_back(take_id(reader, wide));
    if (!reader.ok()) return false;
    items.references.push_back(std::move(reference));
  }
  return boxes.empty();
}

bool read_associations(ByteView content, HeifItems& items) {
  ByteReader reader(content);
  const Version version = take_version(reader);
  const int index_bytes = (version.flags & 1) != 0 ? 2 : 1;
  const std::uint64_t count = reader.number(4);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const HeifItemId id = take_id(reader, version.number != 0);
    const auto found = items.items.find(id);
    const std::uint64_t properties = reader.number(1);
    for (std::uint64_t j = 0; j < properties && reader.ok(); ++j) {
      const std::uint64_t value = reader.number(index_bytes);
      const std::uint64_t essential_bit = std::uint64_t{1} << (8 * index_bytes - 1);
      const std::uint64_t index = value & (essential_bit - 1);  // from 1; 0: none
      if (index > items.properties.size()) return false;
      if (index == 0 || found == items.items.end()) continue;
      found->second.associations.push_back({index - 1, (value & essential_bit) != 0});
    }
  }
  return reader.ok();
}

bool read_properties(ByteView boxes, HeifItems& items) {
  bool container_seen = false;
  while (const auto box = take_box(boxes)) {
    if (box->type == "ipma" && !read_associations(box->content, items)) return false;
    if (box->type != "ipco") continue;
    if (container_seen) return false;
    container_seen = true;
    ByteView properties = box->content;
    while (const auto property = take_box(properties)) {
      items.properties.push_back({property->type, property->whole, property->content});
    }
    if (!properties.empty()) return false;
  }
  return boxes.empty();
}

// The boxes by their types, each once.
using MetaBoxes = std::map<std::string_view, ByteView>;

Result<MetaBoxes> meta_boxes(ByteView meta) {
  MetaBoxes boxes;
  if (meta.size() < 4) return damaged_heif();
  ByteView rest = meta.subspan(4);
  while (const auto box = take_box(rest)) {
    if (!boxes.emplace(box->type, box->content).second && box->type != "free" && box->type != "uuid") {
      return damaged_heif();
    }
  }
  if (!rest.empty()) return damaged_heif();
  return boxes;
}

}  // namespace

Result<HeifItems> read_heif_items(ByteView file) {
  const FileParts parts = parts_of(file);
  if (parts.is_sequence) return fail(ErrorCode::kUnsupportedPhoto, "Image sequences are not supported.");
  const auto boxes = meta_boxes(parts.meta);
  if (!boxes) return fail(boxes);
  HeifItems items;
  items.file = parts.file;
  // In this order: what items there are comes first.
  constexpr std::pair<std::string_view, bool (*)(ByteView, HeifItems&)> kReaders[] = {
      {"pitm", read_primary},    {"iinf", read_item_infos}, {"iloc", read_locations},
      {"iref", read_references}, {"iprp", read_properties},
  };
  for (const auto& [type, read] : kReaders) {
    const auto box = boxes->find(type);
    if (box != boxes->end() ? !read(box->second, items) : type != "iref") return damaged_heif();
  }
  const auto data = boxes->find("idat");
  if (data != boxes->end()) items.item_data = data->second;
  return items;
}

Result<Bytes> heif_item_bytes(const HeifItems& items, const HeifItem& item, std::uint64_t max_bytes) {
  if (!item.is_located || item.extents.empty() || item.construction > 1) return damaged_heif();
  const ByteView source = item.construction == 1 ? items.item_data : items.file;
  Bytes bytes;
  for (const HeifExtent& extent : item.extents) {
    if (extent.offset > source.size()) return damaged_heif();
    const std::uint64_t left = source.size() - extent.offset;
    const std::uint64_t length = extent.length == 0 ? left : extent.length;
    if (length > left || length > max_bytes - bytes.size()) return damaged_heif();
    const ByteView part = source.subspan(extent.offset, length);
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return bytes;
}

}  // namespace face_privacy
