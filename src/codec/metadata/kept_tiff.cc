// The first directory is written anew behind the pixels: its entries and those to keep. What they point to
// stays where it is.
#include "codec/metadata/kept_tiff.h"

#include <utility>

#include "codec/metadata/tiff_entries.h"

namespace face_privacy {
namespace {

constexpr auto kAll = [](std::uint16_t, std::uint16_t, ByteView) { return true; };

// What points elsewhere is set when it is written, and how chroma lies the pixels know better.
constexpr auto kOfThePhoto = [](std::uint16_t tag, std::uint16_t, ByteView) {
  return tag != tiff_tags::kExifDirectory && tag != tiff_tags::kGpsDirectory &&
         tag != tiff_tags::kYcbcrPositioning;
};

TiffEntry packet_entry(ByteView xmp) {
  return {tiff_tags::kXmp, tiff_types::kByte, static_cast<std::uint32_t>(xmp.size()),
          Bytes(xmp.begin(), xmp.end())};
}

}  // namespace

Bytes with_tiff_metadata(Bytes file, ByteView exif, ByteView xmp) {
  const TiffEntriesReader own(file);
  const ByteOrder order = own.order();
  const std::uint64_t first = own.structure().first_directory();
  const std::uint64_t next = own.structure().next_directory(first);
  TiffEntries main = own.take(first, order, kAll);
  const bool is_whole = own.structure().good() && main.size() == own.structure().entry_count(first);
  if (!is_whole || own.structure().version() != TiffStructure::kClassic) return file;

  const TiffEntriesReader kept(exif);
  for (TiffEntry& entry : kept.take(kept.structure().first_directory(), order, kOfThePhoto)) {
    set_entry(main, std::move(entry));
  }
  if (!xmp.empty()) set_entry(main, packet_entry(xmp));
  const TiffEntries more = kept.take(kept.directory_of(tiff_tags::kExifDirectory), order, kAll);
  const TiffEntries gps = kept.take(kept.directory_of(tiff_tags::kGpsDirectory), order, kAll);

  TiffDirectoryWriter writer(std::move(file), order);
  writer.pad_to_even();
  writer.set_first_directory(writer.end());
  writer.append_photo(std::move(main), more, gps, next);
  return writer.take();
}

}  // namespace face_privacy
