// What the meta box of an AVIF or HEIC file says of its items, ISO/IEC 14496-12, 8.11, and 23008-12: the
// only walk through the container, on which everything is decided. Linear in the file's bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

tl::unexpected<Error> damaged_heif();

using HeifItemId = std::uint32_t;

struct HeifProperty {
  std::string_view type;
  ByteView whole;  // the box
  ByteView content;
};

struct HeifAssociation {
  std::size_t property = 0;  // index in HeifItems::properties
  bool essential = false;
  auto operator<=>(const HeifAssociation&) const = default;
};

struct HeifExtent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // 0: up to the end
  auto operator<=>(const HeifExtent&) const = default;
};

struct HeifItem {
  std::string_view type;  // "av01", "hvc1", "grid" ...
  bool is_protected = false;
  bool is_located = false;
  int construction = 0;  // 0: offsets are of the file, 1: of the idat box
  std::vector<HeifExtent> extents;
  std::vector<HeifAssociation> associations;
  auto operator<=>(const HeifItem&) const = default;
};

struct HeifReference {
  std::string_view type;  // "dimg", "auxl", "prem" ...
  HeifItemId from = 0;
  std::vector<HeifItemId> to;
};

struct HeifItems {
  HeifItemId primary = 0;
  std::map<HeifItemId, HeifItem> items;
  std::vector<HeifReference> references;
  std::vector<HeifProperty> properties;
  ByteView file;  // up to where another file begins behind it
  ByteView item_data;
};

// kUnsupportedPhoto for image sequences, kDamagedPhoto for what cannot be read or says a thing twice. The
// result points into `file`.
Result<HeifItems> read_heif_items(ByteView file);

// The item's bytes, its extents joined; never more than `max_bytes`. kDamagedPhoto.
Result<Bytes> heif_item_bytes(const HeifItems& items, const HeifItem& item, std::uint64_t max_bytes);

}  // namespace face_privacy
