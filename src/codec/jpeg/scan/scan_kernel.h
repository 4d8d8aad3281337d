// The inner loop of reading a scan, compiled for several processors.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "codec/jpeg/scan/block.h"
#include "codec/jpeg/scan/decode_tables.h"

namespace face_privacy::jpeg {

// An AC symbol whose code has more than kSkipBits bits. There are few of them, and they are the ones
// whose codes can change when a table is to hold more symbols.
struct RareSymbol {
  std::uint32_t bit;  // where its code begins
  int component;
};

// Those met so far. More than `capacity` are given up.
struct RareSymbolNotes {
  std::vector<RareSymbol> symbols;
  std::size_t capacity = 0;
  bool overflowed = false;

  void note(std::uint32_t bit, int component);
};

// How to read one block of an MCU and where its preview pixels go.
struct BlockPlan {
  int component = 0;
  const DcTable* dc = nullptr;
  const AcTable* ac = nullptr;
  std::uint8_t* pixels = nullptr;  // of this block in the first MCU of a row
  std::size_t stride_bytes = 0;
  std::size_t mcu_step = 0;  // bytes to the same block of the next MCU
  // Quantizers of the block's lowest frequencies, as the preview side asks (see the kernel).
  std::array<std::int32_t, 4> integer_scale{};
  alignas(16) std::array<float, 16> float_scale{};
};

struct RowPlan {
  int component_count = 1;
  int block_count = 1;
  std::array<BlockPlan, kMaxBlocksPerMcu> blocks;
  const std::uint8_t* base = nullptr;  // what positions count from
  RareSymbolNotes* rare = nullptr;
  // ReadMcu: the place in its block of the coefficient that comes n-th.
  const std::uint8_t* order = kNaturalOrder.data();
};

struct RowState {
  BitReader reader;
  std::uint32_t end_bit = 0;  // of the restart interval
  std::array<int, kMaxComponents> dc{};
};

// Reads MCUs first_x <= x < end_x of a row, all of one restart interval, and writes for each where
// it ends and the DC values it leaves. False for any fault.
using ReadRow = bool (*)(const RowPlan& plan, RowState& state, int first_x, int end_x, std::uint32_t* end_bit,
                         std::int16_t* dc_after);

// Reads one MCU's coefficients, in the plan's order, into `blocks`. False for any fault but reading past the
// end of the interval.
using ReadMcu = bool (*)(const RowPlan& plan, RowState& state, Block* blocks);

// The one for a preview side (1, 2 or 4) that is fastest on this processor.
ReadRow row_reader(int preview_side);
ReadMcu mcu_reader();

// Reads a DC value, which a scan has been through before, and leaves 46 bits or more in the reader.
// `dc` is the prediction before and the value after.
void take_dc(BitReader& reader, const DcTable& table, int& dc);

}  // namespace face_privacy::jpeg
