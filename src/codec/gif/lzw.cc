#include "codec/gif/lzw.h"

#include <cassert>
#include <vector>

namespace face_privacy {
namespace {

constexpr std::uint32_t kCodeLimit = 1U << kMaxGifCodeBits;
constexpr std::size_t kMaxBlockBytes = 255;

// Packs codes, lowest bit first, and bytes into sub-blocks.
class BlockWriter {
 public:
  explicit BlockWriter(Bytes& file) : file_(file) {}

  void put(std::uint32_t code, int bits) {
    bits_ |= code << bit_count_;
    bit_count_ += bits;
    while (bit_count_ >= 8) put_byte();
  }
  void finish() {
    if (bit_count_ > 0) put_byte();
    flush();
    file_.push_back(0);
  }

 private:
  void put_byte() {
    block_.push_back(static_cast<std::uint8_t>(bits_));
    bits_ >>= 8;
    bit_count_ -= 8;
    if (block_.size() == kMaxBlockBytes) flush();
  }
  void flush() {
    if (block_.empty()) return;
    file_.push_back(static_cast<std::uint8_t>(block_.size()));
    file_.insert(file_.end(), block_.begin(), block_.end());
    block_.clear();
  }

  Bytes& file_;
  Bytes block_;
  std::uint32_t bits_ = 0;
  int bit_count_ = 0;
};

// The code of a string and one index more. A table of twice the number of codes, probed in order.
class StringTable {
 public:
  StringTable() : entries_(kSlots) {}

  void clear() { ++generation_; }

  // The slot where the string is or belongs.
  std::size_t find(std::uint32_t prefix, std::uint8_t index) const {
    const std::uint32_t key = prefix << 8 | index;
    std::size_t slot = (key * 2654435761U) >> (32 - kSlotBits);  // Knuth's multiplicative hash
    while (is_used(slot) && entries_[slot].key != key) slot = (slot + 1) % kSlots;
    return slot;
  }
  bool is_used(std::size_t slot) const { return entries_[slot].generation == generation_; }
  std::uint32_t code(std::size_t slot) const { return entries_[slot].code; }
  void set(std::size_t slot, std::uint32_t prefix, std::uint8_t index, std::uint32_t code) {
    entries_[slot] = {prefix << 8 | index, code, generation_};
  }

 private:
  static constexpr int kSlotBits = kMaxGifCodeBits + 1;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
  struct Entry {
    std::uint32_t key = 0;
    std::uint32_t code = 0;
    std::uint32_t generation = 0;
  };
  std::vector<Entry> entries_;
  std::uint32_t generation_ = 1;
};

}  // namespace

void append_lzw_blocks(ByteView indices, int root_bits, Bytes& file) {
  const std::uint32_t clear = 1U << root_bits;
  const std::uint32_t end = clear + 1;
  BlockWriter out(file);
  StringTable table;
  std::uint32_t next = end + 1;
  int code_bits = root_bits + 1;
  out.put(clear, code_bits);
  assert(!indices.empty());
  std::uint32_t prefix = indices[0];
  for (std::size_t i = 1; i < indices.size(); ++i) {
    const std::uint8_t index = indices[i];
    const std::size_t slot = table.find(prefix, index);
    if (table.is_used(slot)) {
      prefix = table.code(slot);
      continue;
    }
    out.put(prefix, code_bits);
    table.set(slot, prefix, index, next);
    // The reader learns each string one code later than it is made here.
    if (next == 1U << code_bits) ++code_bits;
    if (++next == kCodeLimit) {
      out.put(clear, code_bits);
      table.clear();
      next = end + 1;
      code_bits = root_bits + 1;
    }
    prefix = index;
  }
  out.put(prefix, code_bits);
  if (next == 1U << code_bits && code_bits < kMaxGifCodeBits) ++code_bits;
  out.put(end, code_bits);
  out.finish();
}

}  // namespace face_privacy
