#include "codec/jpeg/scan/frame_header.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>

#include "codec/jpeg/metadata.h"
#include "codec/shared/icc_profile.h"

namespace face_privacy::jpeg {
namespace {

enum Marker : std::uint8_t {
  kSof0 = 0xc0,
  kSof1 = 0xc1,
  kSof2 = 0xc2,
  kDht = 0xc4,
  kSoi = 0xd8,
  kEoi = 0xd9,
  kSos = 0xda,
  kDqt = 0xdb,
  kDri = 0xdd,
  kApp0 = 0xe0,
  kApp1 = 0xe1,
  kApp14 = 0xee,
  kApp15 = 0xef,
  kCom = 0xfe,
};

// A quantizer above this cannot come from a serious encoder (8-bit tables end at 255), and much
// larger ones overflow inside libjpeg's forward transform.
constexpr int kMaxQuantizer = 4095;

constexpr std::string_view kJfifTag{"JFIF\0", 5};
constexpr std::string_view kAdobeTag{"Adobe", 5};

bool starts_with(ByteView payload, std::string_view tag) {
  return payload.size() >= tag.size() && std::memcmp(payload.data(), tag.data(), tag.size()) == 0;
}

int big_endian_16(ByteView bytes, std::size_t at) { return bytes[at] << 8 | bytes[at + 1]; }

class HeaderReader {
 public:
  HeaderReader(ByteView file, const Limits& limits, bool progressive)
      : file_(file), limits_(limits), progressive_(progressive) {}

  std::optional<Layout> read() {
    if (file_.size() < 4 || file_.size() > limits_.max_bytes) return std::nullopt;
    if (file_[0] != 0xff || file_[1] != kSoi) return std::nullopt;
    if (!read_up_to_scan() || !settle_color()) return std::nullopt;
    JpegMetadata metadata = read_jpeg_metadata(file_);
    layout_.orientation = metadata.orientation;
    const ColorModel model = layout_.color == ComponentColors::kGray ? ColorModel::kGray : ColorModel::kRgb;
    layout_.icc_profile = usable_icc_profile(metadata.icc_profile, model);
    return std::move(layout_);
  }

 private:
  bool read_up_to_scan() {
    for (std::size_t at = 2;;) {
      const auto segment = segment_at(file_, at);
      if (!segment) return false;
      if (segment->marker == kSos) {
        layout_.scan_begin = progressive_ ? at : segment->end;
        return progressive_ ? frame_seen_ && has_quantizers() : read_scan(segment->payload);
      }
      if (!read_segment(segment->marker, segment->payload)) return false;
      at = segment->end;
    }
  }

  bool has_quantizers() const {
    const auto begin = layout_.components.begin();
    return std::all_of(begin, begin + layout_.component_count, [&](const Component& component) {
      return layout_.quant[component.quant_slot].present;
    });
  }

  bool read_segment(std::uint8_t marker, ByteView payload) {
    switch (marker) {
      case kSof0:
      case kSof1: return !progressive_ && read_frame(marker, payload);
      case kSof2: return progressive_ && read_frame(marker, payload);
      case kDht: return read_huffman_tables(payload, layout_);
      case kDqt: return read_quantizers(payload);
      case kDri: return read_restart_interval(payload, layout_);
      case kApp0: return read_jfif(payload);
      case kApp14: return read_adobe(payload);
      case kCom: return true;
      default: return marker >= kApp0 && marker <= kApp15;
    }
  }

  bool read_frame(std::uint8_t marker, ByteView payload) {
    if (frame_seen_ || payload.size() < 6) return false;
    frame_seen_ = true;
    layout_.extended = marker == kSof1;
    const int precision = payload[0];
    layout_.size = {big_endian_16(payload, 3), big_endian_16(payload, 1)};
    layout_.component_count = payload[5];
    const auto [width, height] = layout_.size;
    if (precision != 8 || width < 1 || height < 1) return false;
    if (width > limits_.max_side || height > limits_.max_side) return false;
    if (static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) > limits_.max_pixels)
      return false;
    if (layout_.component_count != 1 && layout_.component_count != 3) return false;
    if (payload.size() != 6 + 3 * static_cast<std::size_t>(layout_.component_count)) return false;
    for (int i = 0; i < layout_.component_count; ++i) {
      const ByteView entry = payload.subspan(6 + 3 * static_cast<std::size_t>(i), 3);
      Component& component = layout_.components[i];
      component.id = entry[0];
      component.horizontal_sampling = entry[1] >> 4;
      component.vertical_sampling = entry[1] & 15;
      component.quant_slot = entry[2];
      for (int other = 0; other < i; ++other) {
        if (layout_.components[other].id == component.id) return false;
      }
      if (component.quant_slot >= kTableSlots) return false;
    }
    return sampling_is_usual();
  }

  bool sampling_is_usual() {
    for (int i = 0; i < layout_.component_count; ++i) {
      const Component& component = layout_.components[i];
      if (component.horizontal_sampling < 1 || component.horizontal_sampling > 4) return false;
      if (component.vertical_sampling < 1 || component.vertical_sampling > 4) return false;
    }
    if (layout_.component_count == 1) {
      // A scan of one component is not interleaved: its MCU is one block whatever is said here.
      layout_.components[0].horizontal_sampling = 1;
      layout_.components[0].vertical_sampling = 1;
    }
    int horizontal_divisor = 0;
    int vertical_divisor = 0;
    for (int i = 0; i < layout_.component_count; ++i) {
      const Component& component = layout_.components[i];
      if (layout_.max_horizontal_sampling() % component.horizontal_sampling != 0) return false;
      if (layout_.max_vertical_sampling() % component.vertical_sampling != 0) return false;
      horizontal_divisor = std::gcd(horizontal_divisor, component.horizontal_sampling);
      vertical_divisor = std::gcd(vertical_divisor, component.vertical_sampling);
    }
    // Factors that all could be divided by make MCUs larger than what the encoder here would make.
    if (horizontal_divisor != 1 || vertical_divisor != 1) return false;
    return layout_.blocks_per_mcu() <= kMaxBlocksPerMcu;
  }

  bool read_quantizers(ByteView payload) {
    while (!payload.empty()) {
      const int bytes_each = payload[0] >> 4 != 0 ? 2 : 1;
      const int slot = payload[0] & 15;
      if (slot >= kTableSlots || payload.size() < 1 + 64 * static_cast<std::size_t>(bytes_each)) return false;
      QuantTable& table = layout_.quant[slot];
      table.present = true;
      for (std::size_t i = 0; i < 64; ++i) {
        const int value = bytes_each == 2 ? big_endian_16(payload, 1 + 2 * i) : payload[1 + i];
        if (value < 1 || value > kMaxQuantizer) return false;
        table.zigzag[i] = static_cast<std::uint16_t>(value);
      }
      payload = payload.subspan(1 + 64 * static_cast<std::size_t>(bytes_each));
    }
    return true;
  }

  bool read_scan(ByteView payload) {
    const std::size_t count = static_cast<std::size_t>(layout_.component_count);
    if (!frame_seen_ || payload.size() != 4 + 2 * count || payload[0] != count) return false;
    for (std::size_t i = 0; i < count; ++i) {
      Component& component = layout_.components[i];
      component.dc_slot = payload[2 + 2 * i] >> 4;
      component.ac_slot = payload[2 + 2 * i] & 15;
      if (payload[1 + 2 * i] != component.id) return false;
      if (component.dc_slot >= kTableSlots || component.ac_slot >= kTableSlots) return false;
      if (!layout_.dc[component.dc_slot] || !layout_.ac[component.ac_slot]) return false;
    }
    if (!has_quantizers()) return false;
    const ByteView spectral = payload.subspan(1 + 2 * count, 3);
    return spectral[0] == 0 && spectral[1] == 63 && spectral[2] == 0;
  }

  bool read_jfif(ByteView payload) {
    if (!starts_with(payload, kJfifTag)) return true;
    if (payload.size() < 14) return true;  // too short for libjpeg to take it for one
    if (payload[5] != 1) return false;     // of a version that libjpeg warns of
    jfif_seen_ = true;
    return true;
  }

  bool read_adobe(ByteView payload) {
    if (!starts_with(payload, kAdobeTag) || payload.size() < 12) return true;
    adobe_transform_ = payload[11];
    return true;
  }

  // As libjpeg's default_decompress_parms decides.
  bool settle_color() {
    if (layout_.component_count == 1) return true;
    const auto& components = layout_.components;
    const bool named_rgb = components[0].id == 'R' && components[1].id == 'G' && components[2].id == 'B';
    layout_.color = ComponentColors::kYcc;
    if (jfif_seen_) return true;
    if (adobe_transform_) {
      if (*adobe_transform_ == 0) layout_.color = ComponentColors::kRgb;
      return *adobe_transform_ <= 1;
    }
    if (named_rgb) layout_.color = ComponentColors::kRgb;
    return true;
  }

  ByteView file_;
  const Limits& limits_;
  const bool progressive_;
  Layout layout_;
  bool frame_seen_ = false;
  bool jfif_seen_ = false;
  std::optional<std::uint8_t> adobe_transform_;
};

class HeaderWriter {
 public:
  HeaderWriter(Bytes& file, const Layout& layout) : file_(file), layout_(layout) {}

  void write() {
    append({0xff, kSoi});
    layout_.color == ComponentColors::kRgb ? write_adobe() : write_jfif();
    if (layout_.written_orientation != 1) write_orientation();
    append_icc_segments(layout_.icc_profile, file_);
    write_quantizers();
    write_frame();
    write_huffman();
    if (layout_.restart_interval > 0) {
      begin_segment(kDri, 2);
      append_16(layout_.restart_interval);
    }
    write_scan();
  }

 private:
  void append(std::initializer_list<int> bytes) {
    for (const int byte : bytes) file_.push_back(static_cast<std::uint8_t>(byte));
  }
  void append(ByteView bytes) { file_.insert(file_.end(), bytes.begin(), bytes.end()); }
  void append(std::string_view text) { file_.insert(file_.end(), text.begin(), text.end()); }
  void append_16(int value) { append({value >> 8, value & 255}); }
  void begin_segment(Marker marker, std::size_t payload_bytes) {
    append({0xff, marker});
    append_16(static_cast<int>(payload_bytes + 2));
  }

  void write_jfif() {
    begin_segment(kApp0, 14);
    append(kJfifTag);
    append({1, 1, 0});     // version 1.1, density is an aspect ratio
    append({0, 1, 0, 1});  // of 1 to 1
    append({0, 0});        // no thumbnail
  }

  // EXIF of a single entry.
  void write_orientation() {
    begin_segment(kApp1, 32);
    append(std::string_view("Exif\0\0", 6));
    append({'M', 'M', 0, 42, 0, 0, 0, 8});           // big-endian, the directory follows
    append({0, 1});                                  // one entry
    append({1, 0x12, 0, 3, 0, 0, 0, 1});             // orientation, a SHORT, one of it
    append({0, layout_.written_orientation, 0, 0});  // at the start of four bytes
    append({0, 0, 0, 0});                            // no further directory
  }

  void write_adobe() {
    begin_segment(kApp14, 12);
    append(kAdobeTag);
    append({0, 100, 0, 0, 0, 0});  // version 100, no flags
    append({0});                   // transform 0: the components are R, G, B
  }

  void write_quantizers() {
    for (int slot = 0; slot < kTableSlots; ++slot) {
      const QuantTable& table = layout_.quant[slot];
      if (!used([&](const Component& component) { return component.quant_slot == slot; })) continue;
      const bool wide = std::any_of(table.zigzag.begin(), table.zigzag.end(), [](auto q) { return q > 255; });
      begin_segment(kDqt, wide ? 129 : 65);
      append({(wide ? 0x10 : 0) | slot});
      for (const std::uint16_t value : table.zigzag) wide ? append_16(value) : append({value});
    }
  }

  void write_frame() {
    begin_segment(layout_.extended ? kSof1 : kSof0,
                  6 + 3 * static_cast<std::size_t>(layout_.component_count));
    append({8});
    append_16(layout_.size.height);
    append_16(layout_.size.width);
    append({layout_.component_count});
    for (int i = 0; i < layout_.component_count; ++i) {
      const Component& component = layout_.components[i];
      append({component.id, component.horizontal_sampling << 4 | component.vertical_sampling,
              component.quant_slot});
    }
  }

  void write_huffman() {
    for (int slot = 0; slot < kTableSlots; ++slot) {
      if (used([&](const Component& component) { return component.dc_slot == slot; })) {
        write_table(slot, *layout_.dc[slot]);
      }
      if (used([&](const Component& component) { return component.ac_slot == slot; })) {
        write_table(0x10 | slot, *layout_.ac[slot]);
      }
    }
  }

  void write_table(int class_and_slot, const HuffmanSpec& spec) {
    begin_segment(kDht, 17 + spec.used_symbols().size());
    append({class_and_slot});
    append(ByteView(spec.counts).subspan(1));
    append(spec.used_symbols());
  }

  void write_scan() {
    begin_segment(kSos, 4 + 2 * static_cast<std::size_t>(layout_.component_count));
    append({layout_.component_count});
    for (int i = 0; i < layout_.component_count; ++i) {
      const Component& component = layout_.components[i];
      append({component.id, component.dc_slot << 4 | component.ac_slot});
    }
    append({0, 63, 0});
  }

  template <class Predicate>
  bool used(Predicate predicate) const {
    const auto begin = layout_.components.begin();
    return std::any_of(begin, begin + layout_.component_count, predicate);
  }

  Bytes& file_;
  const Layout& layout_;
};

}  // namespace

int Layout::max_horizontal_sampling() const {
  int most = 1;
  for (int i = 0; i < component_count; ++i) most = std::max(most, components[i].horizontal_sampling);
  return most;
}

int Layout::max_vertical_sampling() const {
  int most = 1;
  for (int i = 0; i < component_count; ++i) most = std::max(most, components[i].vertical_sampling);
  return most;
}

Size Layout::mcu_grid() const {
  const Size mcu = mcu_size();
  return {(size.width + mcu.width - 1) / mcu.width, (size.height + mcu.height - 1) / mcu.height};
}

int Layout::blocks_per_mcu() const {
  int blocks = 0;
  for (int i = 0; i < component_count; ++i) blocks += components[i].blocks_per_mcu();
  return blocks;
}

std::optional<Segment> segment_at(ByteView file, std::size_t at) {
  if (at >= file.size() || file[at] != 0xff) return std::nullopt;
  while (at < file.size() && file[at] == 0xff) ++at;  // fill bytes are allowed before a marker
  if (at == file.size()) return std::nullopt;
  const std::uint8_t marker = file[at++];
  if (marker == kEoi) return Segment{marker, {}, at};
  if (file.size() - at < 2) return std::nullopt;
  const auto length = static_cast<std::size_t>(big_endian_16(file, at));
  if (length < 2 || length > file.size() - at) return std::nullopt;
  return Segment{marker, file.subspan(at + 2, length - 2), at + length};
}

bool read_huffman_tables(ByteView payload, Layout& layout) {
  while (!payload.empty()) {
    if (payload.size() < 17) return false;
    const int table_class = payload[0] >> 4;
    const int slot = payload[0] & 15;
    if (table_class > 1 || slot >= kTableSlots) return false;
    HuffmanSpec spec;
    std::copy_n(payload.begin() + 1, 16, spec.counts.begin() + 1);
    const std::size_t symbol_count = static_cast<std::size_t>(spec.symbol_count());
    if (symbol_count > 256 || symbol_count > payload.size() - 17) return false;
    std::copy_n(payload.begin() + 17, symbol_count, spec.symbols.begin());
    (table_class == 0 ? layout.dc : layout.ac)[slot] = spec;
    payload = payload.subspan(17 + symbol_count);
  }
  return true;
}

bool read_restart_interval(ByteView payload, Layout& layout) {
  if (payload.size() != 2) return false;
  layout.restart_interval = big_endian_16(payload, 0);
  return true;
}

std::optional<Layout> read_layout(ByteView file, const Limits& limits) {
  return HeaderReader(file, limits, false).read();
}

std::optional<Layout> read_progressive_layout(ByteView file, const Limits& limits) {
  return HeaderReader(file, limits, true).read();
}

void append_headers(Bytes& file, const Layout& layout) { HeaderWriter(file, layout).write(); }

}  // namespace face_privacy::jpeg
