#include "codec/heif/picture.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "base/byte_reader.h"
#include "codec/heif/coded_size.h"
#include "codec/heif/items.h"
#include "codec/heif/writer.h"
#include "codec/shared/size_check.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;

constexpr std::array kAlphaTypes{"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"sv,
                                 "urn:mpeg:hevc:2015:auxid:1"sv};

tl::unexpected<Error> unsupported() {
  return fail(ErrorCode::kUnsupportedPhoto, "The photo is an AVIF or HEIC of a kind that is not supported.");
}

bool is_coded(std::string_view type) { return type == "av01" || type == "hvc1"; }

bool turns_or_crops(std::string_view property) {
  return property == "irot" || property == "imir" || property == "clap";
}

// What decoding an item's pixels takes. Any other property is left out, or refused where the file says
// that it is essential.
bool is_needed(std::string_view property) {
  constexpr std::array kNeeded{"ispe"sv, "av1C"sv, "hvcC"sv, "pixi"sv, "colr"sv, "auxC"sv};
  return std::find(kNeeded.begin(), kNeeded.end(), property) != kNeeded.end() || turns_or_crops(property);
}

bool is_harmless(std::string_view property) {
  constexpr std::array kIgnored{"pasp"sv, "clli"sv, "mdcv"sv, "cclv"sv,
                                "amve"sv, "reve"sv, "rloc"sv, "udes"sv};
  return std::find(kIgnored.begin(), kIgnored.end(), property) != kIgnored.end();
}

struct ItemSize {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  bool operator==(const ItemSize&) const = default;
};

struct Grid {
  std::uint64_t columns = 0;
  std::uint64_t rows = 0;
  ItemSize size;
};

std::optional<Grid> read_grid(ByteView bytes) {
  ByteReader reader(bytes);
  const std::uint64_t version = reader.number(1);
  const int size_bytes = (reader.number(1) & 1) != 0 ? 4 : 2;
  Grid grid;
  grid.rows = reader.number(1) + 1;
  grid.columns = reader.number(1) + 1;
  grid.size.width = reader.number(size_bytes);
  grid.size.height = reader.number(size_bytes);
  if (!reader.ok() || version != 0) return std::nullopt;
  return grid;
}

// Tiles cover the grid, and each has a part in it.
bool covers(const Grid& grid, const ItemSize& tile) {
  return grid.columns * tile.width >= grid.size.width && (grid.columns - 1) * tile.width < grid.size.width &&
         grid.rows * tile.height >= grid.size.height && (grid.rows - 1) * tile.height < grid.size.height;
}

// Takes over what the picture needs, item by item, and checks it on the way.
class Extraction {
 public:
  Extraction(const HeifItems& items, const Limits& limits) : items_(items), limits_(limits) {
    for (const HeifReference& reference : items.references) {
      if (reference.type == "dimg") derivations_.emplace(reference.from, &reference);
    }
  }

  Result<HeifPicture> run() {
    const auto primary = add_picture(items_.primary);
    if (!primary) return fail(primary);
    const auto alpha = find_alpha();
    if (!alpha) return fail(alpha);
    if (*alpha) {
      pixels_ = 0;
      const auto added = add_picture(**alpha);
      if (!added) return fail(added);
      if (added->size != primary->size) return unsupported();
      // It is turned and cropped as the picture is, whatever is said of it.
      HeifNewItem& item = writer_.item(added->index);
      std::erase_if(item.properties,
                    [&](const HeifNewProperty& property) { return turns_or_crops(type_of(property)); });
      for (const HeifNewProperty& property : writer_.item(primary->index).properties) {
        if (turns_or_crops(type_of(property))) item.properties.push_back(property);
      }
      writer_.refer("auxl", added->index, {primary->index});
      picture_.has_premultiplied_alpha = is_premultiplied_with(**alpha);
    }
    picture_.file = writer_.write(primary->index);
    return std::move(picture_);
  }

 private:
  struct Added {
    std::size_t index = 0;
    ItemSize size;
  };

  std::string_view type_of(const HeifNewProperty& property) const {
    return items_.properties[property.source].type;
  }

  const HeifItem* find(HeifItemId id) const {
    const auto found = items_.items.find(id);
    return found != items_.items.end() && !found->second.is_protected ? &found->second : nullptr;
  }

  Result<Added> add_picture(HeifItemId id) {
    const HeifItem* item = find(id);
    if (item == nullptr) return damaged_heif();
    if (is_coded(item->type)) return add_coded(*item, Role::kPicture);
    if (item->type == "grid") return add_grid(id, *item);
    return unsupported();
  }

  Result<Added> add_grid(HeifItemId id, const HeifItem& item) {
    const auto bytes = heif_item_bytes(items_, item, 16);
    if (!bytes) return fail(bytes);
    const auto grid = read_grid(*bytes);
    const auto tiles = derivations_.find(id);
    if (!grid || derivations_.count(id) != 1) return damaged_heif();
    const std::vector<HeifItemId>& tile_ids = tiles->second->to;
    if (tile_ids.size() != grid->columns * grid->rows) return damaged_heif();
    if (auto fits = check_size(grid->size.width, grid->size.height, 1, limits_); !fits) return fail(fits);
    if (tile_ids.size() > static_cast<std::size_t>(limits_.max_tiles)) {
      return fail(ErrorCode::kTooCostly, "The photo has too many tiles.");
    }
    auto properties = properties_of(item, Role::kPicture);
    if (!properties) return fail(properties);
    if (properties->size && *properties->size != grid->size) return damaged_heif();
    std::vector<std::size_t> indices;
    for (const HeifItemId tile : tile_ids) {
      const auto added = add_tile(tile);
      if (!added) return fail(added);
      if (added->size != first_tile_size_.value_or(added->size) || !covers(*grid, added->size))
        return damaged_heif();
      first_tile_size_ = added->size;
      indices.push_back(added->index);
    }
    first_tile_size_.reset();
    const std::size_t index = writer_.add({"grid", *bytes, std::move(properties->kept), false});
    writer_.refer("dimg", index, std::move(indices));
    return Added{index, grid->size};
  }

  // A tile may stand in several places, and several may be the same bytes.
  Result<Added> add_tile(HeifItemId id) {
    const HeifItem* item = find(id);
    if (item == nullptr) return damaged_heif();
    if (!is_coded(item->type)) return unsupported();  // no grid of grids
    const auto known = tiles_.find(*item);
    if (known == tiles_.end()) {
      auto added = add_coded(*item, Role::kTile);
      if (!added) return added;
      return tiles_.emplace(*item, *added).first->second;
    }
    if (auto fits = count_pixels(known->second.size); !fits) return fail(fits);
    return known->second;
  }

  enum class Role { kPicture, kTile };

  Result<Added> add_coded(const HeifItem& item, Role role) {
    auto properties = properties_of(item, role);
    if (!properties) return fail(properties);
    auto bytes = heif_item_bytes(items_, item, bytes_left_);
    if (!bytes) return fail(bytes);
    bytes_left_ -= bytes->size();
    const std::string_view configuration = item.type == "av01" ? "av1C" : "hvcC";
    ByteView configured;
    for (const HeifNewProperty& property : properties->kept) {
      if (type_of(property) == configuration) configured = items_.properties[property.source].content;
    }
    if (configured.empty()) return damaged_heif();
    const auto coded =
        item.type == "av01" ? av1_coded_picture(configured, *bytes) : hevc_coded_picture(configured, *bytes);
    if (!coded) return damaged_heif();
    // Decoders take memory for what the coded picture says, whatever the container says.
    if (auto fits = count_pixels({coded->coded_width, coded->coded_height}); !fits) return fail(fits);
    const ItemSize size{coded->width, coded->height};
    if (properties->size && *properties->size != size) return damaged_heif();
    const std::size_t index =
        writer_.add({item.type, std::move(*bytes), std::move(properties->kept), role == Role::kTile});
    return Added{index, size};
  }

  Result<void> count_pixels(const ItemSize& size) {
    Limits coded = limits_;
    coded.max_side += kHeifTilePx;
    coded.max_pixels = std::max(limits_.max_pixels, std::uint64_t{kHeifTilePx} * kHeifTilePx);
    if (auto fits = check_size(size.width, size.height, 1, coded); !fits) return fits;
    // Tiles at two edges may stick out by nearly a tile.
    pixels_ += size.width * size.height;
    if (pixels_ > 2 * coded.max_pixels)
      return fail(ErrorCode::kTooCostly, "The photo's tiles have too many pixels.");
    return {};
  }

  struct Properties {
    std::vector<HeifNewProperty> kept;
    std::optional<ItemSize> size;
  };

  Result<Properties> properties_of(const HeifItem& item, Role role) {
    Properties result;
    std::set<std::string_view> seen;
    for (const HeifAssociation& association : item.associations) {
      const HeifProperty& property = items_.properties[association.property];
      if (!is_needed(property.type)) {
        if (association.essential && !is_harmless(property.type)) return unsupported();
        continue;
      }
      if (role == Role::kTile && turns_or_crops(property.type)) return unsupported();
      // Colors may be told in two ways.
      const std::string_view kind = property.type == "colr" ? color_kind(property.content) : property.type;
      if (!seen.insert(kind).second) return damaged_heif();
      if (kind == "nclx")
        picture_.color_codes.emplace_back(property.content.begin() + 4, property.content.end());
      if (property.type == "ispe") {
        ByteReader reader(property.content);
        reader.number(4);
        result.size = ItemSize{reader.number(4), reader.number(4)};
        if (!reader.ok()) return damaged_heif();
      }
      result.kept.push_back({association.property, property.whole, association.essential});
    }
    return result;
  }

  static std::string_view color_kind(ByteView content) { return ByteReader(content).text(4); }

  // The first item that says it is the picture's alpha.
  Result<std::optional<HeifItemId>> find_alpha() const {
    for (const HeifReference& reference : items_.references) {
      const bool is_ours =
          std::find(reference.to.begin(), reference.to.end(), items_.primary) != reference.to.end();
      if (reference.type != "auxl" || !is_ours) continue;
      if (reference.from == items_.primary) return damaged_heif();
      const HeifItem* item = find(reference.from);
      if (item != nullptr && is_alpha(*item)) return std::optional(reference.from);
    }
    return std::optional<HeifItemId>();
  }

  bool is_alpha(const HeifItem& item) const {
    for (const HeifAssociation& association : item.associations) {
      const HeifProperty& property = items_.properties[association.property];
      if (property.type != "auxC" || property.content.size() < 4) continue;
      const std::string_view text(reinterpret_cast<const char*>(property.content.data()) + 4,
                                  property.content.size() - 4);
      const std::string_view type = text.substr(0, text.find('\0'));
      if (std::find(kAlphaTypes.begin(), kAlphaTypes.end(), type) != kAlphaTypes.end()) return true;
    }
    return false;
  }

  bool is_premultiplied_with(HeifItemId alpha) const {
    return std::any_of(
        items_.references.begin(), items_.references.end(), [&](const HeifReference& reference) {
          return reference.type == "prem" && reference.from == items_.primary &&
                 std::find(reference.to.begin(), reference.to.end(), alpha) != reference.to.end();
        });
  }

  const HeifItems& items_;
  const Limits& limits_;
  std::multimap<HeifItemId, const HeifReference*> derivations_;
  std::map<HeifItem, Added> tiles_;
  std::optional<ItemSize> first_tile_size_;
  std::uint64_t pixels_ = 0;
  std::uint64_t bytes_left_ = 2 * std::uint64_t{items_.file.size()};  // items may share bytes
  HeifWriter writer_;
  HeifPicture picture_;
};

}  // namespace

Result<HeifPicture> extract_heif_picture(ByteView file, const Limits& limits) {
  const auto items = read_heif_items(file);
  if (!items) return fail(items);
  return Extraction(*items, limits).run();
}

}  // namespace face_privacy
