#include "codec/metadata/tiff_entries.h"

#include <array>

namespace face_privacy {
namespace {

// The numbers that a value is made of, of which each has a byte order: a rational is two of four bytes.
std::size_t number_bytes(std::uint16_t type) {
  constexpr std::array<std::uint8_t, 13> kBytes{1, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8};
  return kBytes[type];
}

void append_number(std::uint64_t value, int byte_count, ByteOrder order, Bytes& bytes) {
  for (int i = 0; i < byte_count; ++i) {
    const int shift = 8 * (order == ByteOrder::kBig ? byte_count - 1 - i : i);
    bytes.push_back(static_cast<std::uint8_t>(value >> shift & 0xFF));
  }
}

// What does not fit into its entry lies behind the directory, at an even place.
std::size_t outside_bytes(const TiffEntry& entry) {
  return entry.value.size() <= 4 ? 0 : (entry.value.size() + 1) / 2 * 2;
}

}  // namespace

ByteOrder TiffEntriesReader::order() const {
  return !bytes_.empty() && bytes_[0] == 'M' ? ByteOrder::kBig : ByteOrder::kLittle;
}

std::uint64_t TiffEntriesReader::directory_of(std::uint16_t tag) const {
  std::uint64_t place = 0;
  each(structure_.first_directory(), [&](std::uint64_t entry) {
    if (structure_.tag(entry) == tag) place = structure_.value(entry, 0);
  });
  return place;
}

std::uint16_t TiffEntriesReader::type_of(std::uint64_t entry) const {
  ByteReader reader(bytes_, order());
  reader.seek(entry + 2);
  return reader.u16();
}

TiffEntry TiffEntriesReader::copy_of(std::uint64_t entry, std::uint16_t type, ByteView value,
                                     ByteOrder order) const {
  TiffEntry copy{static_cast<std::uint16_t>(structure_.tag(entry)), type,
                 static_cast<std::uint32_t>(structure_.value_count(entry)),
                 Bytes(value.begin(), value.end())};
  if (order == this->order()) return copy;
  const auto width = static_cast<std::ptrdiff_t>(number_bytes(type));
  for (auto number = copy.value.begin(); number != copy.value.end(); number += width) {
    std::reverse(number, number + width);
  }
  return copy;
}

void TiffEntriesReader::sort_out(TiffEntries& entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const TiffEntry& a, const TiffEntry& b) { return a.tag < b.tag; });
  const auto same = [](const TiffEntry& a, const TiffEntry& b) { return a.tag == b.tag; };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
}

TiffEntry TiffDirectoryWriter::entry_of(std::uint16_t tag, std::uint16_t type, std::uint64_t value) const {
  TiffEntry entry{tag, type, 1, {}};
  append_number(value, type == tiff_types::kShort ? 2 : 4, order_, entry.value);
  return entry;
}

std::size_t TiffDirectoryWriter::size_of(const TiffEntries& entries) {
  std::size_t size = 2 + 12 * entries.size() + 4;
  for (const TiffEntry& entry : entries) size += outside_bytes(entry);
  return size;
}

void TiffDirectoryWriter::append(const TiffEntries& entries, std::uint64_t next) {
  std::size_t data_at = file_.size() + 2 + 12 * entries.size() + 4;
  number(entries.size(), 2);
  for (const TiffEntry& entry : entries) {
    number(entry.tag, 2);
    number(entry.type, 2);
    number(entry.count, 4);
    if (outside_bytes(entry) > 0) {
      number(data_at, 4);
      data_at += outside_bytes(entry);
    } else {
      raw(entry.value, 4);
    }
  }
  number(next, 4);
  for (const TiffEntry& entry : entries) {
    if (outside_bytes(entry) > 0) raw(entry.value, outside_bytes(entry));
  }
}

void TiffDirectoryWriter::append_photo(TiffEntries main, const TiffEntries& exif, const TiffEntries& gps,
                                       std::uint64_t next) {
  const auto point = [&](std::uint16_t tag) { set_entry(main, entry_of(tag, tiff_types::kLong, 0)); };
  if (!exif.empty()) point(tiff_tags::kExifDirectory);
  if (!gps.empty()) point(tiff_tags::kGpsDirectory);
  const std::size_t exif_at = end() + size_of(main);
  const std::size_t gps_at = exif_at + (exif.empty() ? 0 : size_of(exif));
  if (!exif.empty()) set_entry(main, entry_of(tiff_tags::kExifDirectory, tiff_types::kLong, exif_at));
  if (!gps.empty()) set_entry(main, entry_of(tiff_tags::kGpsDirectory, tiff_types::kLong, gps_at));
  append(main, next);
  if (!exif.empty()) append(exif);
  if (!gps.empty()) append(gps);
}

void TiffDirectoryWriter::set_first_directory(std::uint64_t offset) {
  Bytes field;
  append_number(offset, 4, order_, field);
  std::copy(field.begin(), field.end(), file_.begin() + 4);
}

void TiffDirectoryWriter::number(std::uint64_t value, int byte_count) {
  append_number(value, byte_count, order_, file_);
}

void TiffDirectoryWriter::raw(const Bytes& value, std::size_t padded) {
  file_.insert(file_.end(), value.begin(), value.end());
  file_.resize(file_.size() + padded - value.size());
}

void set_entry(TiffEntries& entries, TiffEntry entry) {
  const auto place = std::find_if(entries.begin(), entries.end(),
                                  [&](const TiffEntry& other) { return other.tag >= entry.tag; });
  if (place != entries.end() && place->tag == entry.tag) {
    *place = std::move(entry);
  } else {
    entries.insert(place, std::move(entry));
  }
}

}  // namespace face_privacy
