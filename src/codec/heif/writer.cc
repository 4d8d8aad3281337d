#include "codec/heif/writer.h"

#include <algorithm>
#include <utility>

namespace face_privacy {
namespace {

void append_number(std::uint64_t value, int byte_count, Bytes& bytes) {
  for (int i = byte_count - 1; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void append_text(std::string_view text, Bytes& bytes) { bytes.insert(bytes.end(), text.begin(), text.end()); }

// Calls fill() to append the box's content.
template <class Fill>
void append_box(std::string_view type, Bytes& bytes, const Fill& fill) {
  const std::size_t start = bytes.size();
  append_number(0, 4, bytes);
  append_text(type, bytes);
  fill();
  const std::size_t length = bytes.size() - start;
  for (int i = 0; i < 4; ++i) {
    bytes[start + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
  }
}

constexpr std::uint64_t id_of(std::size_t index) { return index + 1; }

constexpr std::uint64_t kHidden = 1;
constexpr std::uint64_t kWideIndices = 1;
constexpr std::uint64_t kEssential = 0x8000;

}  // namespace

std::size_t HeifWriter::add(HeifNewItem item) {
  items_.push_back(std::move(item));
  return items_.size() - 1;
}

void HeifWriter::refer(std::string_view type, std::size_t from, std::vector<std::size_t> to) {
  references_.push_back({type, from, std::move(to)});
}

Bytes HeifWriter::write(std::size_t primary) const {
  std::size_t item_bytes = 0;
  for (const HeifNewItem& item : items_) item_bytes += item.bytes.size();
  Bytes file;
  file.reserve(item_bytes + 1024 + 64 * items_.size());
  const bool av1 =
      std::any_of(items_.begin(), items_.end(), [](const auto& item) { return item.type == "av01"; });
  append_box("ftyp", file, [&] {
    append_text(av1 ? "avif" : "heic", file);
    append_number(0, 4, file);
    append_text(av1 ? "mif1avif" : "mif1heic", file);
  });
  std::vector<std::size_t> offset_places;
  append_box("meta", file, [&] {
    append_number(0, 4, file);
    append_box("hdlr", file, [&] {
      append_number(0, 8, file);
      append_text("pict", file);
      append_number(0, 8, file);
      append_number(0, 5, file);  // and an empty name
    });
    append_box("pitm", file, [&] {
      append_number(0, 4, file);
      append_number(id_of(primary), 2, file);
    });
    append_box("iloc", file, [&] {
      append_number(0, 4, file);
      append_number(0x4400, 2, file);  // offsets and lengths of four bytes, nothing else
      append_number(items_.size(), 2, file);
      for (std::size_t i = 0; i < items_.size(); ++i) {
        append_number(id_of(i), 2, file);
        append_number(0, 2, file);  // this file
        append_number(1, 2, file);
        offset_places.push_back(file.size());
        append_number(0, 4, file);
        append_number(items_[i].bytes.size(), 4, file);
      }
    });
    append_box("iinf", file, [&] {
      append_number(0, 4, file);
      append_number(items_.size(), 2, file);
      for (std::size_t i = 0; i < items_.size(); ++i) {
        append_box("infe", file, [&] {
          append_number(2, 1, file);
          append_number(items_[i].is_hidden ? kHidden : 0, 3, file);
          append_number(id_of(i), 2, file);
          append_number(0, 2, file);
          append_text(items_[i].type, file);
          append_number(0, 1, file);  // no name
        });
      }
    });
    if (!references_.empty()) {
      append_box("iref", file, [&] {
        append_number(0, 4, file);
        for (const Reference& reference : references_) {
          append_box(reference.type, file, [&] {
            append_number(id_of(reference.from), 2, file);
            append_number(reference.to.size(), 2, file);
            for (const std::size_t to : reference.to) append_number(id_of(to), 2, file);
          });
        }
      });
    }
    append_box("iprp", file, [&] {
      std::map<std::size_t, std::size_t> places;  // from 1
      append_box("ipco", file, [&] {
        for (const HeifNewItem& item : items_) {
          for (const HeifNewProperty& property : item.properties) {
            if (!places.emplace(property.source, places.size() + 1).second) continue;
            file.insert(file.end(), property.box.begin(), property.box.end());
          }
        }
      });
      append_box("ipma", file, [&] {
        append_number(kWideIndices, 4, file);
        append_number(items_.size(), 4, file);
        for (std::size_t i = 0; i < items_.size(); ++i) {
          append_number(id_of(i), 2, file);
          append_number(items_[i].properties.size(), 1, file);
          for (const HeifNewProperty& property : items_[i].properties) {
            append_number(places.at(property.source) | (property.essential ? kEssential : 0), 2, file);
          }
        }
      });
    });
  });
  append_box("mdat", file, [&] {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      for (int byte = 0; byte < 4; ++byte) {
        file[offset_places[i] + static_cast<std::size_t>(byte)] =
            static_cast<std::uint8_t>(file.size() >> (24 - 8 * byte));
      }
      file.insert(file.end(), items_[i].bytes.begin(), items_[i].bytes.end());
    }
  });
  return file;
}

}  // namespace face_privacy
