#include "codec/jpeg/progressive/progressive_file.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "codec/jpeg/progressive/scans.h"
#include "codec/jpeg/scan/huffman.h"
#include "codec/jpeg/scan/scan_writer.h"
#include "codec/jpeg/scan/symbols.h"

namespace face_privacy::jpeg {
namespace {

enum Marker : std::uint8_t { kDht = 0xc4, kEoi = 0xd9, kSos = 0xda, kDri = 0xdd, kCom = 0xfe };

// As for libjpeg (libjpeg.cc): encoders use about 10 scans, and a byte can hold thousands of blocks.
constexpr int kMaxScans = 100;
constexpr std::uint64_t kMaxBlocks = 64'000'000;

constexpr int kLargestLowBit = 13;  // T.81 G.1.1.1.2
constexpr int kUnknown = -1;

// DC scans have at least one bit for each block. So a short file with a huge size in its header is known to
// be truncated before any memory is taken for it.
bool can_be_complete(const Layout& layout, std::size_t file_bytes) {
  const std::uint64_t blocks = layout.mcu_count() * static_cast<std::uint64_t>(layout.blocks_per_mcu());
  return blocks <= std::uint64_t{file_bytes} * 8;
}

bool is_usable_dc_table(const HuffmanSpec& spec) {
  const auto sizes = spec.used_symbols();
  return huffman_codes(spec) && std::all_of(sizes.begin(), sizes.end(), [](auto size) { return size <= 15; });
}

class ProgressiveReader {
 public:
  ProgressiveReader(ByteView file, Layout& layout, Coefficients& picture)
      : file_(file), layout_(layout), picture_(picture), bytes_(file, layout.scan_begin) {
    for (auto& bits : missing_bits_) bits.fill(kUnknown);
  }

  // To EOI.
  bool read() {
    for (std::size_t at = layout_.scan_begin;;) {
      const auto segment = segment_at(file_, at);
      if (!segment) return false;
      at = segment->end;
      switch (segment->marker) {
        case kEoi: return is_complete();
        case kCom: break;
        case kDht:
          if (!read_huffman_tables(segment->payload, layout_)) return false;
          break;
        case kDri:
          if (!read_restart_interval(segment->payload, layout_)) return false;
          break;
        case kSos:
          if (!read_scan(segment->payload, at)) return false;
          break;
        default: return false;
      }
    }
  }

 private:
  // On return `at` is where the entropy-coded bytes end that began there.
  bool read_scan(ByteView header, std::size_t& at) {
    ProgressiveScan scan;
    if (!read_header(header, scan) || !adds_to_what_is_known(scan) || !has_tables(scan)) return false;
    const std::size_t mcus = mcus_of_scan(scan, layout_, picture_);
    if (!is_within_limits(scan)) return false;
    const std::size_t interval = interval_of(layout_, mcus);
    const auto end = bytes_.read(file_, at, (mcus + interval - 1) / interval);
    if (!end) return false;
    at = *end;
    const auto read = scan.is_dc() ? read_dc_scan : read_ac_scan;
    if (!read(scan, layout_, bytes_, picture_)) return false;
    note(scan);
    return true;
  }

  bool read_header(ByteView header, ProgressiveScan& scan) {
    if (header.empty() || header[0] < 1 || header[0] > layout_.component_count) return false;
    const std::size_t count = header[0];
    if (header.size() != 4 + 2 * count) return false;
    scan.component_count = static_cast<int>(count);
    int next = 0;  // components come in the order of the frame
    for (std::size_t i = 0; i < count; ++i) {
      while (next < layout_.component_count && layout_.components[next].id != header[1 + 2 * i]) ++next;
      if (next == layout_.component_count) return false;
      layout_.components[next].dc_slot = header[2 + 2 * i] >> 4;
      layout_.components[next].ac_slot = header[2 + 2 * i] & 15;
      scan.components[i] = next++;
    }
    const ByteView parameters = header.subspan(1 + 2 * count);
    scan.first = parameters[0];
    scan.last = parameters[1];
    scan.high = parameters[2] >> 4;
    scan.low = parameters[2] & 15;
    return true;
  }

  bool adds_to_what_is_known(const ProgressiveScan& scan) const {
    if (scan.low > kLargestLowBit || (scan.refines() && scan.low != scan.high - 1)) return false;
    if (scan.is_dc() ? scan.last != 0
                     : scan.component_count != 1 || scan.last < scan.first || scan.last > 63) {
      return false;
    }
    for (int i = 0; i < scan.component_count; ++i) {
      const auto& missing = missing_bits_[scan.components[i]];
      if (!scan.is_dc() && missing[0] == kUnknown) return false;
      const int expected = scan.refines() ? scan.high : kUnknown;
      if (std::any_of(missing.begin() + scan.first, missing.begin() + scan.last + 1,
                      [&](int bits) { return bits != expected; })) {
        return false;
      }
    }
    return true;
  }

  bool has_tables(const ProgressiveScan& scan) const {
    if (scan.is_dc() && scan.refines()) return true;
    for (int i = 0; i < scan.component_count; ++i) {
      const Component& component = layout_.components[scan.components[i]];
      const int slot = scan.is_dc() ? component.dc_slot : component.ac_slot;
      if (slot >= kTableSlots) return false;
      const auto& spec = (scan.is_dc() ? layout_.dc : layout_.ac)[slot];
      if (!spec || !(scan.is_dc() ? is_usable_dc_table(*spec) : huffman_codes(*spec).has_value()))
        return false;
    }
    return true;
  }

  bool is_within_limits(const ProgressiveScan& scan) {
    for (int i = 0; i < scan.component_count; ++i) blocks_seen_ += picture_.plane(scan.components[i]).count();
    return ++scans_seen_ <= kMaxScans && blocks_seen_ <= kMaxBlocks;
  }

  void note(const ProgressiveScan& scan) {
    for (int i = 0; i < scan.component_count; ++i) {
      auto& missing = missing_bits_[scan.components[i]];
      std::fill(missing.begin() + scan.first, missing.begin() + scan.last + 1, scan.low);
    }
  }

  bool is_complete() const {
    return std::all_of(
        missing_bits_.begin(), missing_bits_.begin() + layout_.component_count, [](const auto& missing) {
          return std::all_of(missing.begin(), missing.end(), [](int bits) { return bits == 0; });
        });
  }

  ByteView file_;
  Layout& layout_;
  Coefficients& picture_;
  EntropyBytes bytes_;
  // By component and zigzag place: how many of the lowest bits are not yet known.
  std::array<std::array<int, 64>, kMaxComponents> missing_bits_{};
  int scans_seen_ = 0;
  std::uint64_t blocks_seen_ = 0;
};

// As libjpeg chooses for a file of these colors.
void choose_table_slots(Layout& layout) {
  for (int i = 0; i < layout.component_count; ++i) {
    Component& component = layout.components[i];
    component.dc_slot = component.ac_slot = layout.color == ComponentColors::kYcc && i > 0 ? 1 : 0;
  }
}

bool has_wide_quantizers(const Layout& layout) {
  const auto begin = layout.components.begin();
  return std::any_of(begin, begin + layout.component_count, [&](const Component& component) {
    const auto& table = layout.quant[component.quant_slot].zigzag;
    return std::any_of(table.begin(), table.end(), [](auto step) { return step > 255; });
  });
}

}  // namespace

std::optional<ProgressivePicture> read_progressive(ByteView file, const Layout& header) {
  if (!can_be_complete(header, file.size())) return std::nullopt;
  auto layout = std::make_unique<Layout>(header);
  Coefficients coefficients(*layout);
  if (!ProgressiveReader(file, *layout, coefficients).read()) return std::nullopt;
  return ProgressivePicture{std::move(layout), std::move(coefficients)};
}

std::optional<ProgressivePicture> read_progressive(ByteView file, const Limits& limits) {
  const auto header = read_progressive_layout(file, limits);
  return header ? read_progressive(file, *header) : std::nullopt;
}

std::optional<SequentialFile> progressive_as_sequential(ByteView file, const Layout& header) {
  const auto picture = read_progressive(file, header);
  if (!picture) return std::nullopt;
  SequentialFile sequential{{}, *picture->layout};
  Layout& layout = sequential.layout;
  layout.restart_interval = 0;
  layout.extended = has_wide_quantizers(layout);
  choose_table_slots(layout);
  SymbolCounts counts;
  count_all_symbols(picture->coefficients, layout, counts);
  for (int i = 0; i < layout.component_count; ++i) {
    const Component& component = layout.components[i];
    layout.dc[component.dc_slot] = optimal_table(counts.dc[component.dc_slot]);
    layout.ac[component.ac_slot] = optimal_table(counts.ac[component.ac_slot]);
  }
  Layout plain = layout;
  plain.icc_profile.clear();
  append_headers(sequential.file, plain);
  layout.scan_begin = sequential.file.size();
  ScanWriter writer(sequential.file, layout, nullptr);
  writer.insert(picture->coefficients, 0, layout.mcu_count());
  writer.finish();
  if (!writer.complete()) return std::nullopt;
  return sequential;
}

}  // namespace face_privacy::jpeg
