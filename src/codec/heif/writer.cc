#include "codec/heif/writer.h"

#include <algorithm>
#include <utility>

namespace face_privacy {
namespace {

void append_number(std::uint64_t value, int byte_count, Bytes& bytes) {
  for (int i = byte_count - 1; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void append_text(std::string_view text, Bytes& bytes) { bytes.insert(bytes.end(), text.begin(), text.end()); }

void set_u32(std::uint64_t value, std::size_t at, Bytes& bytes) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// Calls fill() to append the box's content.
template <class Fill>
void append_box(std::string_view type, Bytes& bytes, const Fill& fill) {
  const std::size_t start = bytes.size();
  append_number(0, 4, bytes);
  append_text(type, bytes);
  fill();
  set_u32(bytes.size() - start, start, bytes);
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

// The boxes one after the other, into one file.
class HeifWriter::Writing {
 public:
  explicit Writing(const HeifWriter& source) : items_(source.items_), references_(source.references_) {}

  Bytes run(std::size_t primary) {
    write_type();
    append_box("meta", file_, [&] {
      number(0, 4);
      write_handler();
      append_box("pitm", file_, [&] {
        number(0, 4);
        number(id_of(primary), 2);
      });
      write_locations();
      write_infos();
      if (!references_.empty()) write_references();
      append_box("iprp", file_, [&] {
        write_properties();
        write_associations();
      });
    });
    append_box("mdat", file_, [&] { write_data(); });
    return std::move(file_);
  }

 private:
  void number(std::uint64_t value, int byte_count) { append_number(value, byte_count, file_); }
  void text(std::string_view letters) { append_text(letters, file_); }

  void write_type() {
    const bool av1 =
        std::any_of(items_.begin(), items_.end(), [](const auto& item) { return item.type == "av01"; });
    append_box("ftyp", file_, [&] {
      text(av1 ? "avif" : "heic");
      number(0, 4);
      text(av1 ? "mif1avifmiaf" : "mif1heic");
    });
  }

  void write_handler() {
    append_box("hdlr", file_, [&] {
      number(0, 8);
      text("pict");
      number(0, 8);
      number(0, 5);  // and an empty name
    });
  }

  void write_locations() {
    append_box("iloc", file_, [&] {
      number(0, 4);
      number(0x4400, 2);  // offsets and lengths of four bytes, nothing else
      number(items_.size(), 2);
      for (std::size_t i = 0; i < items_.size(); ++i) {
        number(id_of(i), 2);
        number(0, 2);  // this file
        number(1, 2);
        offset_places_.push_back(file_.size());
        number(0, 4);  // written with the data
        number(items_[i].bytes.size(), 4);
      }
    });
  }

  void write_infos() {
    append_box("iinf", file_, [&] {
      number(0, 4);
      number(items_.size(), 2);
      for (std::size_t i = 0; i < items_.size(); ++i) {
        append_box("infe", file_, [&] {
          number(2, 1);
          number(items_[i].is_hidden ? kHidden : 0, 3);
          number(id_of(i), 2);
          number(0, 2);
          text(items_[i].type);
          number(0, 1);  // no name
          if (items_[i].content_type.empty()) return;
          text(items_[i].content_type);
          number(0, 1);
        });
      }
    });
  }

  void write_references() {
    append_box("iref", file_, [&] {
      number(0, 4);
      for (const Reference& reference : references_) {
        append_box(reference.type, file_, [&] {
          number(id_of(reference.from), 2);
          number(reference.to.size(), 2);
          for (const std::size_t to : reference.to) number(id_of(to), 2);
        });
      }
    });
  }

  void write_properties() {
    append_box("ipco", file_, [&] {
      for (const HeifNewItem& item : items_) {
        for (const HeifNewProperty& property : item.properties) {
          if (!places_.emplace(property.source, places_.size() + 1).second) continue;
          file_.insert(file_.end(), property.box.begin(), property.box.end());
        }
      }
    });
  }

  void write_associations() {
    append_box("ipma", file_, [&] {
      number(kWideIndices, 4);
      number(items_.size(), 4);
      for (std::size_t i = 0; i < items_.size(); ++i) {
        number(id_of(i), 2);
        number(items_[i].properties.size(), 1);
        for (const HeifNewProperty& property : items_[i].properties) {
          number(places_.at(property.source) | (property.essential ? kEssential : 0), 2);
        }
      }
    });
  }

  void write_data() {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      set_u32(file_.size(), offset_places_[i], file_);
      file_.insert(file_.end(), items_[i].bytes.begin(), items_[i].bytes.end());
    }
  }

  const std::vector<HeifNewItem>& items_;
  const std::vector<Reference>& references_;
  Bytes file_;
  std::vector<std::size_t> offset_places_;
  std::map<std::size_t, std::size_t> places_;  // of properties, from 1
};

Bytes HeifWriter::write(std::size_t primary) const { return Writing(*this).run(primary); }

}  // namespace face_privacy
