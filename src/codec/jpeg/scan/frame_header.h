// What the headers of a JPEG file say, as far as the editor needs it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/limits.h"
#include "codec/jpeg/scan/huffman.h"
#include "image/geometry.h"

namespace face_privacy::jpeg {

inline constexpr int kMaxComponents = 3;
inline constexpr int kMaxBlocksPerMcu = 10;  // T.81 B.2.3
inline constexpr int kTableSlots = 4;

// The place in a block, row by row, of the coefficient that comes n-th in a file.
inline constexpr std::array<std::uint8_t, 64> kNaturalOrder = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

// The inverse of kNaturalOrder.
constexpr std::array<std::uint8_t, 64> make_zigzag_order() {
  std::array<std::uint8_t, 64> order{};
  for (std::size_t n = 0; n < 64; ++n) order[kNaturalOrder[n]] = static_cast<std::uint8_t>(n);
  return order;
}
inline constexpr auto kZigzagOrder = make_zigzag_order();

enum class ComponentColors : std::uint8_t { kGray, kYcc, kRgb };

struct Component {
  std::uint8_t id = 1;
  int horizontal_sampling = 1;  // blocks of it in an MCU, across
  int vertical_sampling = 1;    // and down
  int quant_slot = 0;
  int dc_slot = 0;
  int ac_slot = 0;

  int blocks_per_mcu() const { return horizontal_sampling * vertical_sampling; }
};

struct QuantTable {
  bool present = false;
  std::array<std::uint16_t, 64> zigzag{};
};

// A sequential Huffman-coded 8-bit file with one scan that holds every component.
struct Layout {
  Size size;              // as stored, before any orientation
  bool extended = false;  // SOF1 rather than SOF0
  ComponentColors color = ComponentColors::kGray;
  int component_count = 1;
  std::array<Component, kMaxComponents> components{};
  std::array<QuantTable, kTableSlots> quant{};
  std::array<std::optional<HuffmanSpec>, kTableSlots> dc{};
  std::array<std::optional<HuffmanSpec>, kTableSlots> ac{};
  int restart_interval = 0;     // MCUs; 0: none
  Bytes icc_profile;            // one that fits the colors, or none
  int orientation = 1;          // EXIF, of the file that was read
  int written_orientation = 1;  // the one to write; 1: none
  std::size_t scan_begin = 0;   // offset in the file of the entropy-coded bytes

  int max_horizontal_sampling() const;
  int max_vertical_sampling() const;
  Size mcu_size() const { return {8 * max_horizontal_sampling(), 8 * max_vertical_sampling()}; }
  Size mcu_grid() const;  // MCUs across and down
  int blocks_per_mcu() const;
  std::size_t mcu_count() const {
    return static_cast<std::size_t>(mcu_grid().width) * static_cast<std::size_t>(mcu_grid().height);
  }
};

struct Segment {
  std::uint8_t marker = 0;
  ByteView payload;     // without marker and length
  std::size_t end = 0;  // offset in the file of what comes behind it
};

// The marker segment at an offset, before which fill bytes may lie. Nothing where there is none or it goes
// beyond the file. Only EOI may have no length.
std::optional<Segment> segment_at(ByteView file, std::size_t at);

// DHT and DRI. False if there is anything wrong with one.
bool read_huffman_tables(ByteView payload, Layout& layout);
bool read_restart_interval(ByteView payload, Layout& layout);

// Nothing for a file of another kind, one that breaks a limit, or one whose headers have anything
// wrong or odd about them: the general path then says what it is. Whatever libjpeg would warn of
// up to the scan counts as odd.
std::optional<Layout> read_layout(ByteView file, const Limits& limits);

// The same for a progressive Huffman-coded file, up to its first scan: `scan_begin` is the offset of the
// first SOS marker, what is known of tables and restart intervals is what applies there. Nothing as well if a
// component has no quantizers by then.
std::optional<Layout> read_progressive_layout(ByteView file, const Limits& limits);

// Everything from SOI to SOS; the scan and EOI are to follow. JFIF or Adobe segments only as far as
// the colors need them, and no other metadata but the color profile.
void append_headers(Bytes& file, const Layout& layout);

}  // namespace face_privacy::jpeg
