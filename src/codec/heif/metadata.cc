#include "codec/heif/metadata.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "codec/heif/items.h"
#include "codec/heif/writer.h"

namespace face_privacy {
namespace {

using Indices = std::map<HeifItemId, std::size_t>;  // of the file's items in what is written

std::vector<HeifNewProperty> properties_of(const HeifItem& item, const HeifItems& items) {
  std::vector<HeifNewProperty> properties;
  properties.reserve(item.associations.size());
  for (const HeifAssociation& each : item.associations) {
    properties.push_back({each.property, items.properties[each.property].whole, each.essential});
  }
  return properties;
}

std::optional<Indices> copy_items(const HeifItems& items, HeifWriter& writer) {
  Indices indices;
  for (const auto& [id, item] : items.items) {
    auto bytes = heif_item_bytes(items, item, items.file.size());
    if (!bytes) return std::nullopt;
    indices[id] = writer.add({item.type, std::move(*bytes), properties_of(item, items)});
  }
  return indices;
}

void copy_references(const HeifItems& items, const Indices& indices, HeifWriter& writer) {
  for (const HeifReference& reference : items.references) {
    std::vector<std::size_t> to;
    to.reserve(reference.to.size());
    for (const HeifItemId id : reference.to) to.push_back(indices.at(id));
    writer.refer(reference.type, indices.at(reference.from), std::move(to));
  }
}

void add_block(HeifNewItem item, std::size_t primary, HeifWriter& writer) {
  item.is_hidden = true;
  writer.refer("cdsc", writer.add(std::move(item)), {primary});
}

}  // namespace

Bytes with_heif_metadata(Bytes file, ByteView exif, ByteView xmp) {
  const auto items = read_heif_items(file);
  if (!items) return file;
  HeifWriter writer;
  const auto indices = copy_items(*items, writer);
  if (!indices) return file;
  copy_references(*items, *indices, writer);
  const std::size_t primary = indices->at(items->primary);
  if (!exif.empty()) {
    Bytes block(4);  // the structure begins right behind this number
    block.insert(block.end(), exif.begin(), exif.end());
    add_block({"Exif", std::move(block), {}}, primary, writer);
  }
  if (!xmp.empty()) {
    add_block({"mime", Bytes(xmp.begin(), xmp.end()), {}, false, "application/rdf+xml"}, primary, writer);
  }
  return writer.write(primary);
}

}  // namespace face_privacy
