// The entropy-coded scan of a JPEG file, read once: where each MCU lies and which DC values it
// leaves behind, so that any MCU can be decoded or copied later without the ones before it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "codec/jpeg/scan/block.h"
#include "codec/jpeg/scan/decode_tables.h"
#include "codec/jpeg/scan/entropy_bytes.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/scan_kernel.h"
#include "image/image.h"

namespace face_privacy::jpeg {

class Scan {
 public:
  // Reads the scan of `file`, which EOI must end. Each 8x8 block also becomes `preview_side` (1, 2, 4
  // or 8) pixels squared of `preview`, which is made here: gray or RGB, of the layout's size times
  // preview_side / 8, rounded up; with 8 it is the picture as libjpeg decodes it. Nothing if libjpeg
  // would find a fault, or if something is so odd that it is better left to libjpeg.
  static std::optional<Scan> read(ByteView file, const Layout& layout,
                                  std::shared_ptr<const DecodeTables> tables, int preview_side,
                                  Image& preview);

  const DecodeTables& tables() const { return *tables_; }
  std::size_t mcu_count() const { return mcu_count_; }

  // Positions are bits of `data()`, which holds the scan without stuffed bytes and markers.
  const std::uint8_t* data() const { return bytes_.data(); }
  std::uint32_t begin_bit(std::size_t mcu) const {
    return starts_interval(mcu) ? bytes_.begin_bit(mcu / interval_) : end_bit_[mcu - 1];
  }
  std::uint32_t end_bit(std::size_t mcu) const { return end_bit_[mcu]; }

  // The DC prediction of a component before and after an MCU.
  int dc_before(std::size_t mcu, int component) const {
    return starts_interval(mcu) ? 0 : dc_after(mcu - 1, component);
  }
  int dc_after(std::size_t mcu, int component) const {
    return dc_after_[mcu * static_cast<std::size_t>(component_count_) + static_cast<std::size_t>(component)];
  }

  // True for the first MCU and for each after a restart marker.
  bool starts_interval(std::size_t mcu) const { return mcu % interval_ == 0; }
  // The first MCU after `mcu` that starts an interval, or the MCU count.
  std::size_t next_interval(std::size_t mcu) const {
    return std::min(mcu_count_, (mcu / interval_ + 1) * interval_);
  }

  // In the order of their places. Nothing if there are so many that they were not kept.
  const std::optional<std::vector<RareSymbol>>& rare_symbols() const { return rare_symbols_; }

  // The bytes of the file between SOS and EOI.
  ByteView stuffed_bytes() const { return stuffed_; }

 private:
  class WholePicture;
  Scan() = default;
  bool read_with_rows(const Layout& layout, int preview_side, RowPlan& plan, Image& preview);
  bool read_whole(const Layout& layout, const RowPlan& plan, Image& preview);
  RowState interval_state(std::size_t first_mcu) const;
  bool ends_well(std::size_t last_mcu, const RowState& state) const;

  std::shared_ptr<const DecodeTables> tables_;
  std::size_t mcu_count_ = 0;
  std::size_t interval_ = 1;  // MCUs; all of them where there are no restart markers
  int component_count_ = 1;
  ByteView stuffed_;
  EntropyBytes bytes_;
  std::optional<std::vector<RareSymbol>> rare_symbols_;
  std::unique_ptr<std::uint32_t[]> end_bit_;  // by MCU
  std::unique_ptr<std::int16_t[]> dc_after_;  // by MCU and component
};

// How to read the blocks of the layout's MCUs; without what a preview needs.
RowPlan plan_of(const Layout& layout, const DecodeTables& tables);

// The MCUs of a rectangle of the picture's MCU grid, row by row; `whole` says for each whether it is read.
// `scan` and `layout` must outlive it.
class ScanPart {
 public:
  ScanPart(const Scan& scan, const Layout& layout, const Rect& mcus, std::vector<bool> whole);

  bool next_is_whole() const { return whole_[done_]; }
  // The blocks of the next MCU, in the order of a scan, each column by column. False for a fault, which a
  // scan that was read has not.
  bool read(Block* blocks);
  // Instead, without reading: a DC value that a block of the next MCU has, for each component.
  std::array<int, kMaxComponents> skip();

 private:
  std::size_t take();  // the next one's number in the picture

  const Scan& scan_;
  std::size_t grid_width_;
  Rect mcus_;
  std::vector<bool> whole_;
  std::size_t done_ = 0;
  std::size_t next_;  // its number in the picture
  int left_in_row_;
  std::size_t next_to_read_ = 0;  // the MCU of the picture that the reader has come to
  ReadMcu read_mcu_;
  RareSymbolNotes ignored_;
  RowPlan plan_;
  RowState state_;
};

}  // namespace face_privacy::jpeg
