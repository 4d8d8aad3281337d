// Writes the scan of a JPEG file from MCUs of another and from new ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "codec/jpeg/scan/bit_writer.h"
#include "codec/jpeg/scan/block_store.h"
#include "codec/jpeg/scan/coefficients.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/huffman.h"
#include "codec/jpeg/scan/lossless_turn.h"
#include "codec/jpeg/scan/scan_index.h"
#include "codec/jpeg/scan/symbols.h"

namespace face_privacy::jpeg {

// Adds what MCUs first <= i < end of `scan` need of the tables. DC sizes are those of the source.
void count_symbols(const Scan& scan, const Layout& layout, std::size_t first, std::size_t end,
                   SymbolCounts& counts);

// Where a table lacks a code `complete()` is false from then on and the file is of no use.
class ScanWriter {
 public:
  // Appends to `file`, after the headers of `layout`, MCUs of `source`, whose layout differs in its
  // Huffman tables at most. Where it is turned, or null, no MCUs of it are copied or recoded. All must
  // outlive the writer.
  ScanWriter(Bytes& file, const Layout& layout, const Scan* source);

  // The bits of MCUs first <= i < end as they are, for tables that are the source's or were extended
  // since. Only DC differences whose prediction has changed are written anew, and with
  // Spelling::kRareAnew the source's rare symbols.
  enum class Spelling : std::uint8_t { kSame, kRareAnew };
  void copy(std::size_t first, std::size_t end, Spelling spelling);

  // The same coefficients with the codes of this file's tables.
  void recode(std::size_t first, std::size_t end);

  // MCUs first <= i < end of a store, of a picture, or of a turned scan, in their place.
  void insert(const BlockStore& store, std::size_t first, std::size_t end);
  void insert(const Coefficients& picture, std::size_t first, std::size_t end);
  void insert(TurnedScan& turned, std::size_t first, std::size_t end);

  // Ends the file with EOI.
  void finish();

  bool complete() const { return complete_; }

 private:
  void begin_mcu();
  template <class Blocks>
  void put_mcus(Blocks& blocks, std::size_t first, std::size_t end);
  void copy_run(std::size_t first, std::size_t end, Spelling spelling);
  std::uint32_t copy_first_mcu(std::size_t mcu, Spelling spelling);
  void copy_bits(std::uint32_t begin, std::uint32_t end, Spelling spelling);
  void put_dc(BitWriter::Tail& bits, int component, int value);
  const HuffmanCodes& ac_codes(int component) const;
  template <class Put>
  void put(std::uint64_t most_bits, const Put& put);

  const Layout& layout_;
  const Scan* source_;
  BitWriter bits_;
  std::array<HuffmanCodes, kTableSlots> dc_codes_;
  std::array<HuffmanCodes, kTableSlots> ac_codes_;
  std::array<int, kMaxComponents> dc_{};  // predictions
  std::size_t mcus_written_ = 0;
  bool complete_ = true;
};

}  // namespace face_privacy::jpeg
