// Most of a progressive file's bits are of AC scans. What is known of each block is a mask of its
// coefficients that are not zero: a refinement goes from one of its bits to the next, not from place to
// place.
#include <algorithm>
#include <bit>
#include <cstdlib>

#include "codec/jpeg/progressive/scan_tables.h"
#include "codec/jpeg/progressive/scans.h"
#include "codec/jpeg/scan/bits.h"

namespace face_privacy::jpeg {
namespace {

// Of an AC value's magnitude in a baseline file: its size is 10 at most.
constexpr std::uint32_t kAcMagnitudes = 1024;

constexpr int kZeroRunLength = 15;  // in a symbol without a value: 16 zeros rather than the end of blocks

// One restart interval: its bits, and the blocks they are for.
struct AcInterval {
  const std::uint8_t* base = nullptr;  // positions are bits from here
  std::uint32_t begin_bit = 0;
  std::uint32_t end_bit = 0;
  Block* blocks = nullptr;
  std::uint64_t* masks = nullptr;
  std::size_t count = 0;

  // Whole bytes left over before a marker are what libjpeg warns of.
  bool ends_well_at(std::uint32_t bit) const { return bit <= end_bit && end_bit - bit < 8; }
};

using ReadFirst = bool (*)(const ProgressiveScan& scan, const FirstTable& table, const AcInterval& interval);
using ReadRefinement = bool (*)(const ProgressiveScan& scan, const SymbolTable& table,
                                const AcInterval& interval);

// What the slow way makes of one symbol. The reader goes in and comes out by value: were its address taken,
// the fast loop would keep it in memory rather than in registers.
struct SlowStep {
  BitReader reader;
  std::uint32_t passed;  // as a table's entry says; 255 for a fault
  int value;
};
constexpr std::uint32_t kFault = 255;

[[gnu::noinline]] SlowStep slow_first(BitReader reader, const SymbolTable& table) {
  const int symbol = take_symbol(reader, table);
  if (symbol < 0) return {reader, kFault, 0};
  const int run = symbol >> 4;
  const int size = symbol & 15;
  if (size == 0) return {reader, run == kZeroRunLength ? 16U : 0U, run == kZeroRunLength ? 0 : run};
  const int value = extend(take_bits(reader, size), size);
  return {reader, static_cast<std::uint32_t>(run) + 1, value};
}

// Blocks that end together, beyond the one whose symbol says so.
[[gnu::always_inline]] inline std::size_t take_ended_blocks(BitReader& reader, int size) {
  return (std::size_t{1} << size) - 1 + take_bits(reader, size);
}

[[gnu::always_inline]] inline bool read_first(const ProgressiveScan& scan, const FirstTable& table,
                                              const AcInterval& interval) {
  BitReader reader = BitReader::at(interval.base, interval.begin_bit);
  const auto end = static_cast<std::uint32_t>(scan.last) + 1;
  std::uint32_t magnitudes = 0;
  for (std::size_t i = 0; i < interval.count; ++i) {
    std::int16_t* const block = interval.blocks[i];
    std::uint64_t& known = interval.masks[i];
    std::uint64_t mask = 0;
    auto next = static_cast<std::uint32_t>(scan.first);
    do {
      refill_for(reader, kMostBitsOfProgressiveSymbol);
      const std::uint32_t entry = table.values[reader.peek(kProgressiveWindowBits)];
      reader.consume(entry & 255);
      std::uint32_t passed = entry >> 8 & 255;
      int value = static_cast<std::int32_t>(entry) >> 16;
      if ((entry & 255) == 0) [[unlikely]] {
        const SlowStep step = slow_first(reader, table.table);
        reader = step.reader;
        passed = step.passed;
        value = step.value;
      }
      if (passed == 0) {
        i += take_ended_blocks(reader, value);
        break;
      }
      next += passed;
      if (next > end) return false;
      value *= 1 << scan.low;
      magnitudes |= static_cast<std::uint32_t>(std::abs(value));
      block[next - 1] = static_cast<std::int16_t>(value);
      // NOLINTNEXTLINE(clang-analyzer-core.BitwiseShift): next <= end <= 64
      mask |= std::uint64_t{value != 0} << (next - 1);
    } while (next < end);
    known |= mask;
    if (reader.position(interval.base) > interval.end_bit) return false;
  }
  return magnitudes < kAcMagnitudes && interval.ends_well_at(reader.position(interval.base));
}

// Adds a bit to each of the coefficients at `places`.
[[gnu::always_inline]] inline void refine(BitReader& reader, std::int16_t* block, std::uint64_t places,
                                          int step) {
  for (int left = std::popcount(places); left > 0;) {
    const auto count = static_cast<std::uint32_t>(std::min(left, 32));
    left -= static_cast<int>(count);
    refill_for(reader, count);
    std::uint64_t bits = std::uint64_t{reader.peek(count)} << (64 - count);
    reader.consume(count);
    if (bits == 0 && left == 0) return;
    for (std::uint32_t n = 0; n < count; ++n, bits <<= 1, places &= places - 1) {
      std::int16_t& value = block[std::countr_zero(places)];
      const int added = value < 0 ? -step : step;
      value = static_cast<std::int16_t>(value + (bits >> 63 != 0 ? added : 0));
    }
  }
}

[[gnu::always_inline]] inline bool read_refinement(const ProgressiveScan& scan, const SymbolTable& table,
                                                   const AcInterval& interval) {
  BitReader reader = BitReader::at(interval.base, interval.begin_bit);
  const std::uint64_t band = ~std::uint64_t{0} >> (63 - scan.last) & ~std::uint64_t{0} << scan.first;
  const int step = 1 << scan.low;
  std::size_t ended = 0;  // blocks that have no further new coefficients
  for (std::size_t i = 0; i < interval.count; ++i) {
    std::int16_t* const block = interval.blocks[i];
    std::uint64_t known = interval.masks[i] & band;  // those not yet passed
    std::uint64_t zeros = ~interval.masks[i] & band;
    std::uint64_t found = 0;
    if (ended > 0) {
      --ended;
    } else {
      while ((known | zeros) != 0) {
        refill_for(reader, kMostBitsOfProgressiveSymbol);
        const int symbol = take_symbol(reader, table);
        if (symbol < 0) return false;
        const int run = symbol >> 4;
        const int size = symbol & 15;
        if (size == 0 && run != kZeroRunLength) {
          ended = take_ended_blocks(reader, run);
          break;
        }
        if (size > 1) return false;
        const bool positive = size == 1 && take_bits(reader, 1) != 0;
        for (int skipped = 0; skipped < run; ++skipped) zeros &= zeros - 1;
        if (zeros == 0) {
          if (size == 1) return false;
          break;
        }
        const std::uint64_t place = zeros & (~zeros + 1);
        const std::uint64_t passed = place | (place - 1);
        refine(reader, block, known & passed, step);
        known &= ~passed;
        zeros &= ~passed;
        if (size == 1) {
          block[std::countr_zero(place)] = static_cast<std::int16_t>(positive ? step : -step);
          found |= place;
        }
      }
    }
    refine(reader, block, known, step);
    interval.masks[i] |= found;
    if (reader.position(interval.base) > interval.end_bit) return false;
  }
  return interval.ends_well_at(reader.position(interval.base));
}

bool read_first_baseline(const ProgressiveScan& scan, const FirstTable& table, const AcInterval& interval) {
  return read_first(scan, table, interval);
}
bool read_refinement_baseline(const ProgressiveScan& scan, const SymbolTable& table,
                              const AcInterval& interval) {
  return read_refinement(scan, table, interval);
}

#if defined(__x86_64__)
// As in the kernel of sequential scans.
[[gnu::target("bmi,bmi2,avx2")]] bool read_first_bmi2(const ProgressiveScan& scan, const FirstTable& table,
                                                      const AcInterval& interval) {
  return read_first(scan, table, interval);
}
[[gnu::target("bmi,bmi2,avx2")]] bool read_refinement_bmi2(const ProgressiveScan& scan,
                                                           const SymbolTable& table,
                                                           const AcInterval& interval) {
  return read_refinement(scan, table, interval);
}
bool has_bmi2() { return __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx2"); }
#endif

ReadFirst first_reader() {
#if defined(__x86_64__)
  if (has_bmi2()) return read_first_bmi2;
#endif
  return read_first_baseline;
}

ReadRefinement refinement_reader() {
#if defined(__x86_64__)
  if (has_bmi2()) return read_refinement_bmi2;
#endif
  return read_refinement_baseline;
}

// Calls read(interval) for each restart interval of a scan until one is false.
template <class Read>
bool for_each_interval(const Layout& layout, const EntropyBytes& bytes, const BlockPlane& plane,
                       const Read& read) {
  const std::size_t length = interval_of(layout, plane.count());
  for (std::size_t i = 0, first = 0; first < plane.count(); ++i, first += length) {
    const AcInterval interval{bytes.data(),        bytes.begin_bit(i),
                              bytes.end_bit(i),    plane.blocks + first,
                              plane.masks + first, std::min(length, plane.count() - first)};
    if (!read(interval)) return false;
  }
  return true;
}

}  // namespace

bool read_ac_scan(const ProgressiveScan& scan, const Layout& layout, const EntropyBytes& bytes,
                  Coefficients& picture) {
  const BlockPlane& plane = picture.plane(scan.components[0]);
  const HuffmanSpec& spec = *layout.ac[layout.components[scan.components[0]].ac_slot];
  if (scan.refines()) {
    const SymbolTable table(spec);
    return for_each_interval(layout, bytes, plane, [&](const AcInterval& interval) {
      return refinement_reader()(scan, table, interval);
    });
  }
  const FirstTable table(spec);
  return for_each_interval(layout, bytes, plane,
                           [&](const AcInterval& interval) { return first_reader()(scan, table, interval); });
}

}  // namespace face_privacy::jpeg
