#include <algorithm>
#include <optional>

#include "codec/jpeg/progressive/scan_tables.h"
#include "codec/jpeg/progressive/scans.h"
#include "codec/jpeg/scan/bits.h"

namespace face_privacy::jpeg {
namespace {

// As the reader of sequential scans asks (DcRange).
constexpr int kLeastDc = -1024;
constexpr int kMostDc = 1023;

constexpr int kLargestDcSize = 15;

// One component's blocks in an MCU of a scan.
struct ScanComponent {
  const BlockPlane* plane = nullptr;
  int across = 1;
  int down = 1;
  std::optional<SymbolTable> table;  // of a first scan
  int prediction = 0;
};

class DcScan {
 public:
  DcScan(const ProgressiveScan& scan, const Layout& layout, const Coefficients& picture) : scan_(scan) {
    const bool interleaved = scan.component_count > 1;
    for (int i = 0; i < scan.component_count; ++i) {
      const Component& component = layout.components[scan.components[i]];
      ScanComponent& of_scan = components_[i];
      of_scan.plane = &picture.plane(scan.components[i]);
      if (interleaved) {
        of_scan.across = component.horizontal_sampling;
        of_scan.down = component.vertical_sampling;
      }
      if (!scan.refines()) of_scan.table.emplace(*layout.dc[component.dc_slot]);
    }
    mcus_across_ = interleaved ? layout.mcu_grid().width : components_[0].plane->across;
  }

  // MCUs first <= i < end, which are one restart interval.
  bool read_interval(const EntropyBytes& bytes, std::size_t interval, std::size_t first, std::size_t end) {
    BitReader reader = BitReader::at(bytes.data(), bytes.begin_bit(interval));
    for (ScanComponent& component : components_) component.prediction = 0;
    int x = static_cast<int>(first % static_cast<std::size_t>(mcus_across_));
    int y = static_cast<int>(first / static_cast<std::size_t>(mcus_across_));
    for (std::size_t mcu = first; mcu < end; ++mcu) {
      if (!read_mcu(reader, x, y)) return false;
      if (reader.position(bytes.data()) > bytes.end_bit(interval)) return false;
      if (++x == mcus_across_) {
        x = 0;
        ++y;
      }
    }
    // Whole bytes left over before a marker are what libjpeg warns of.
    return bytes.end_bit(interval) - reader.position(bytes.data()) < 8;
  }

 private:
  bool read_mcu(BitReader& reader, int mcu_x, int mcu_y) {
    for (int c = 0; c < scan_.component_count; ++c) {
      ScanComponent& component = components_[c];
      for (int v = 0; v < component.down; ++v) {
        for (int h = 0; h < component.across; ++h) {
          std::int16_t unused = 0;  // for a block that holds no pixels
          const int x = mcu_x * component.across + h;
          const int y = mcu_y * component.down + v;
          const bool holds_pixels = x < component.plane->across && y < component.plane->down;
          std::int16_t& value = holds_pixels ? dc_of(*component.plane, x, y) : unused;
          if (!read_block(reader, component, value)) return false;
        }
      }
    }
    return true;
  }

  static std::int16_t& dc_of(const BlockPlane& plane, int x, int y) {
    return plane.blocks[static_cast<std::size_t>(y) * static_cast<std::size_t>(plane.across) +
                        static_cast<std::size_t>(x)][0];
  }

  bool read_block(BitReader& reader, ScanComponent& component, std::int16_t& value) const {
    refill_for(reader, kMostBitsOfProgressiveSymbol);
    if (scan_.refines()) {
      value = static_cast<std::int16_t>(value | static_cast<int>(take_bits(reader, 1)) << scan_.low);
      return true;
    }
    const int size = take_symbol(reader, *component.table);
    if (size < 0 || size > kLargestDcSize) return false;
    const std::uint32_t bits = take_bits(reader, size);
    if (size > 0) component.prediction += extend(bits, size);
    const int scaled = component.prediction * (1 << scan_.low);
    if (scaled < kLeastDc || scaled > kMostDc) return false;
    value = static_cast<std::int16_t>(scaled);
    return true;
  }

  const ProgressiveScan& scan_;
  std::array<ScanComponent, kMaxComponents> components_;
  int mcus_across_ = 1;
};

}  // namespace

std::size_t mcus_of_scan(const ProgressiveScan& scan, const Layout& layout, const Coefficients& picture) {
  return scan.component_count > 1 ? layout.mcu_count() : picture.plane(scan.components[0]).count();
}

bool read_dc_scan(const ProgressiveScan& scan, const Layout& layout, const EntropyBytes& bytes,
                  Coefficients& picture) {
  const std::size_t mcus = mcus_of_scan(scan, layout, picture);
  const std::size_t interval = interval_of(layout, mcus);
  DcScan reader(scan, layout, picture);
  for (std::size_t i = 0, first = 0; first < mcus; ++i, first += interval) {
    if (!reader.read_interval(bytes, i, first, std::min(mcus, first + interval))) return false;
  }
  return true;
}

}  // namespace face_privacy::jpeg
