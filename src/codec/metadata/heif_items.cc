#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "codec/heif/boxes.h"
#include "codec/heif/items.h"
#include "codec/metadata/blocks.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;
using Kind = MetadataKind;

constexpr std::uint64_t kMaxBlockBytes = std::uint64_t{4} << 20;

constexpr std::array kPictures{"av01"sv, "hvc1"sv, "hev1"sv, "hvt1"sv, "lhv1"sv, "avc1"sv, "vvc1"sv,
                               "jpeg"sv, "j2k1"sv, "grid"sv, "iovl"sv, "iden"sv, "tmap"sv, "unci"sv};

bool is_picture(std::string_view type) {
  return std::find(kPictures.begin(), kPictures.end(), type) != kPictures.end();
}

// The primary picture and all that it is put together from.
std::set<HeifItemId> parts_of_primary(const HeifItems& items) {
  std::multimap<HeifItemId, const HeifReference*> derivations;
  for (const HeifReference& reference : items.references) {
    if (reference.type == "dimg"sv) derivations.emplace(reference.from, &reference);
  }
  std::set<HeifItemId> parts{items.primary};
  std::vector<HeifItemId> open{items.primary};
  while (!open.empty()) {
    const auto [begin, end] = derivations.equal_range(open.back());
    open.pop_back();
    for (auto each = begin; each != end; ++each) {
      for (const HeifItemId id : each->second->to) {
        if (parts.insert(id).second) open.push_back(id);
      }
    }
  }
  return parts;
}

bool is_alpha(const HeifItems& items, const HeifItem& item) {
  return std::any_of(item.associations.begin(), item.associations.end(), [&](const HeifAssociation& each) {
    if (each.property >= items.properties.size()) return false;
    const HeifProperty& property = items.properties[each.property];
    const std::string_view content = text_of(property.content);
    return property.type == "auxC"sv && (content.find("auxiliary:alpha") != std::string_view::npos ||
                                         content.find("auxid:1") != std::string_view::npos);
  });
}

void add_pictures(const HeifItems& items, CarriedMetadata& metadata) {
  std::set<HeifItemId> thumbnails;
  for (const HeifReference& reference : items.references) {
    if (reference.type == "thmb"sv) thumbnails.insert(reference.from);
  }
  const std::set<HeifItemId> parts = parts_of_primary(items);
  for (const auto& [id, item] : items.items) {
    if (!is_picture(item.type) || parts.contains(id) || is_alpha(items, item)) continue;
    metadata.kinds.add(thumbnails.contains(id) ? Kind::kThumbnail : Kind::kExtraPictures);
  }
}

void add_exif_item(ByteView content, CarriedMetadata& metadata) {
  ByteReader reader(content);
  reader.skip(reader.u32());  // to the TIFF structure, behind "Exif\0\0" or not
  add_exif(reader.take_rest(), metadata);
}

void add_item(const HeifItems& items, const HeifItem& item, CarriedMetadata& metadata) {
  if (is_picture(item.type)) return;
  const auto content = heif_item_bytes(items, item, std::min(metadata.budget, kMaxBlockBytes));
  if (content) metadata.budget -= content->size();
  if (item.type == "Exif"sv && content) {
    add_exif_item(*content, metadata);
  } else if (content && text_of(*content).find("rdf:RDF") != std::string_view::npos) {
    add_xmp(*content, metadata);
  } else {
    metadata.kinds.add(Kind::kOther);
  }
}

void add_boxes(ByteView file, CarriedMetadata& metadata) {
  // C2PA 2.1, A.5: the box of content credentials.
  constexpr std::string_view kC2pa = "\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81"sv;
  while (const auto box = take_box(file)) {
    if (box->type == "mpvd"sv) metadata.kinds.add(Kind::kFilm);
    if (box->type == "uuid"sv) {
      metadata.kinds.add(text_of(box->content).starts_with(kC2pa) ? Kind::kProvenance : Kind::kOther);
    }
  }
}

}  // namespace

void add_heif(ByteView file, CarriedMetadata& metadata) {
  const auto items = read_heif_items(file);
  if (!items) return;
  for (const HeifProperty& property : items->properties) {
    if (property.type == "colr"sv && text_of(property.content).substr(0, 4) == "prof"sv) {
      add_profile(property.content.subspan(4), metadata);
    }
  }
  for (const auto& [id, item] : items->items) add_item(*items, item, metadata);
  add_pictures(*items, metadata);
  add_boxes(items->file, metadata);
  add_trailer(file.subspan(items->file.size()), metadata);
}

}  // namespace face_privacy
