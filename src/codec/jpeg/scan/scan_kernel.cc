// Reading a scan is one long chain of dependent steps: look up the next bits, shift them out, look
// up again. The tables therefore decode a code together with its extra bits, and where only the
// length matters several symbols at once; the reader is refilled once for several look-ups.
#include "codec/jpeg/scan/scan_kernel.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "codec/jpeg/scan/scan_index.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace face_privacy::jpeg {
namespace {

// For a preview of 4 pixels a block: where coefficient n (zigzag) goes in a 4 x 4 matrix that is
// stored column by column, 16 for those not needed.
constexpr int kLastOfSide4 = 24;
constexpr std::array<std::uint8_t, 64> make_side4_places() {
  std::array<std::uint8_t, 64> places{};
  for (std::size_t n = 0; n < 64; ++n) {
    const int row = kNaturalOrder[n] / 8;
    const int column = kNaturalOrder[n] % 8;
    places[n] = static_cast<std::uint8_t>(row < 4 && column < 4 ? column * 4 + row : 16);
  }
  return places;
}
constexpr auto kSide4Places = make_side4_places();
constexpr int kLastOfSide2 = 4;

// What read_values returns of a block that ends behind its DC value.
constexpr std::uint32_t kEmptyBlock = 1 + kEndOfBlock;

using Float4 = float __attribute__((vector_size(16)));
using Int4 = std::int32_t __attribute__((vector_size(16)));
using Short4 = std::int16_t __attribute__((vector_size(8)));
using Short8 = std::int16_t __attribute__((vector_size(16)));

[[gnu::always_inline]] inline std::uint8_t clamp_to_byte(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

[[gnu::always_inline]] inline void store_rows(const Float4 (&rows)[4], std::uint8_t* to, std::size_t stride) {
#if defined(__SSE2__)
  const __m128i upper = _mm_packs_epi32(_mm_cvtps_epi32(rows[0]), _mm_cvtps_epi32(rows[1]));
  const __m128i lower = _mm_packs_epi32(_mm_cvtps_epi32(rows[2]), _mm_cvtps_epi32(rows[3]));
  alignas(16) std::uint8_t bytes[16];
  _mm_store_si128(reinterpret_cast<__m128i*>(bytes), _mm_packus_epi16(upper, lower));
  for (std::size_t y = 0; y < 4; ++y) std::memcpy(to + y * stride, bytes + 4 * y, 4);
#else
  for (std::size_t y = 0; y < 4; ++y) {
    for (std::size_t x = 0; x < 4; ++x) {
      to[y * stride + x] = clamp_to_byte(static_cast<int>(std::lrintf(std::clamp(rows[y][x], -1.F, 256.F))));
    }
  }
#endif
}

// One dimension of a 4-point inverse DCT. The factor 1/2 of the even part is in the scale.
[[gnu::always_inline]] inline void inverse_dct4(Float4 (&v)[4]) {
  constexpr float kCos1 = 0.923879533F;  // cos(pi / 8)
  constexpr float kCos3 = 0.382683432F;  // cos(3 pi / 8)
  const Float4 even0 = v[0] + v[2];
  const Float4 even1 = v[0] - v[2];
  const Float4 odd0 = v[1] * kCos1 + v[3] * kCos3;
  const Float4 odd1 = v[1] * kCos3 - v[3] * kCos1;
  v[0] = even0 + odd0;
  v[1] = even1 + odd1;
  v[2] = even1 - odd1;
  v[3] = even0 - odd0;
}

[[gnu::always_inline]] inline void transpose4(Float4 (&v)[4]) {
#if defined(__SSE2__)
  _MM_TRANSPOSE4_PS(v[0], v[1], v[2], v[3]);
#else
  Float4 t[4];
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) t[i][j] = v[j][i];
  }
  for (int i = 0; i < 4; ++i) v[i] = t[i];
#endif
}

[[gnu::always_inline]] inline void pixels_of_side4(const std::int16_t* coefficients, const BlockPlan& plan,
                                                   std::uint8_t* to) {
  Float4 v[4];
  for (std::size_t u = 0; u < 4; ++u) {
    Short4 column;
    std::memcpy(&column, coefficients + 4 * u, sizeof column);
    Float4 scale;
    std::memcpy(&scale, plan.float_scale.data() + 4 * u, sizeof scale);
    v[u] = __builtin_convertvector(column, Float4) * scale;
  }
  v[0][0] += 128.F;
  inverse_dct4(v);
  transpose4(v);
  inverse_dct4(v);
  store_rows(v, to, plan.stride_bytes);
}

// The same for a block that has but a DC value.
[[gnu::always_inline]] inline void fill_side4(int dc, const BlockPlan& plan, std::uint8_t* to) {
  const float value = static_cast<float>(dc) * plan.float_scale[0] + 128.F;
  const std::uint8_t pixel = clamp_to_byte(static_cast<int>(std::lrint(value)));
  for (std::size_t y = 0; y < 4; ++y) std::memset(to + y * plan.stride_bytes, pixel, 4);
}

[[gnu::always_inline]] inline void pixels_of_side2(const std::int16_t* zigzag, const BlockPlan& plan,
                                                   std::uint8_t* to) {
  // The middle of the range and half a step are added before the division by 8.
  const int dc = zigzag[0] * plan.integer_scale[0] + 128 * 8 + 4;
  const int across = zigzag[1] * plan.integer_scale[1];
  const int down = zigzag[2] * plan.integer_scale[2];
  const int both = zigzag[4] * plan.integer_scale[3];
  to[0] = clamp_to_byte((dc + across + down + both) >> 3);
  to[1] = clamp_to_byte((dc - across + down - both) >> 3);
  to[plan.stride_bytes] = clamp_to_byte((dc + across - down - both) >> 3);
  to[plan.stride_bytes + 1] = clamp_to_byte((dc - across - down + both) >> 3);
}

// DC values of an 8-bit file lie in -1024..1023: differences then always fit the 12 sizes that a
// baseline file may use, in whatever order blocks are written.
class DcRange {
 public:
  [[gnu::always_inline]] void add(int dc) { seen_ |= static_cast<std::uint32_t>(dc) + 1024U; }
  [[gnu::always_inline]] bool is_kept() const { return seen_ < 2048U; }

 private:
  std::uint32_t seen_ = 0;
};

// What the slow way makes of one symbol. The reader goes in and comes out by value: were its address
// taken, the fast loops would keep it in memory rather than in registers.
struct CarefulStep {
  BitReader reader;
  std::uint32_t passed;  // AC: coefficients so far, the value's own included; kEndOfBlock; kSlow for a fault
  int value;
};

// An AC symbol whose code a look-up table could not tell.
[[gnu::noinline]] CarefulStep careful_ac(BitReader reader, const RowPlan& plan, const BlockPlan& block,
                                         std::uint32_t passed) {
  reader.refill();
  const auto [symbol, length] = block.ac->canonical.decode(reader.peek(16));
  if (length == 0) return {reader, kSlow, 0};
  if (length > kSkipBits) plan.rare->note(reader.position(plan.base), block.component);
  reader.consume(length);
  const int run = symbol >> 4;
  const int size = symbol & 15;
  if (size == 0 && run != 15) return {reader, kEndOfBlock, 0};
  passed += static_cast<std::uint32_t>(run) + 1;
  if (passed > 64) return {reader, kSlow, 0};
  if (size == 0) return {reader, passed, 0};
  const int value = extend(reader.peek(static_cast<unsigned>(size)), size);
  reader.consume(static_cast<std::uint32_t>(size));
  return {reader, passed, value};
}

[[gnu::noinline]] CarefulStep careful_dc(BitReader reader, const CanonicalDecoder& canonical) {
  const auto [size, length] = canonical.decode(reader.peek(16));
  if (length == 0) return {reader, kSlow, 0};
  reader.consume(length);
  const int difference = size == 0 ? 0 : extend(reader.peek(static_cast<unsigned>(size)), size);
  reader.consume(static_cast<std::uint32_t>(size));
  return {reader, 0, difference};
}

// The value behind a code whose symbol has a size.
[[gnu::always_inline]] inline int take_value(BitReader& reader, LongCode code) {
  const std::uint32_t size = code.symbol & 15;
  reader.consume(code.length);
  const int value = extend(reader.peek(size), static_cast<int>(size));
  reader.consume(size);
  return value;
}

// Leaves at least 46 bits in the reader.
[[gnu::always_inline]] inline bool read_dc(BitReader& reader, const DcTable& table, int& dc) {
  reader.refill();
  const std::uint32_t entry = table.values[reader.peek(kDcBits)];
  if (const std::uint32_t bits = entry & 255; bits != 0) [[likely]] {
    reader.consume(bits);
    dc += static_cast<std::int32_t>(entry) >> 16;
    return true;
  }
  if (entry != 0) {
    dc += take_value(reader, LongCode::of(entry));
  } else {
    const CarefulStep step = careful_dc(reader, table.canonical);
    if (step.passed == kSlow) return false;
    reader = step.reader;
    dc += step.value;
  }
  reader.refill();
  return true;
}

// Reads values up to and including the first coefficient after `kLast`, as far as the block goes.
// Returns the coefficients passed, with kEndOfBlock or more where the block ended, kEmptyBlock where it
// had no values at all; kSlow for a fault.
template <int kLast, class Place>
[[gnu::always_inline]] inline std::uint32_t read_values(BitReader& reader, const RowPlan& plan,
                                                        const BlockPlan& block, std::int16_t* coefficients,
                                                        Place place) {
  const AcTable& table = *block.ac;
  std::uint32_t passed = 1;
  for (;;) {
    reader.refill();
    std::uint32_t entry = 0;
    for (unsigned i = 0; i < 56 / kValueBits; ++i) {
      entry = table.values[reader.peek(kValueBits)];
      reader.consume(entry & 255);
      passed += (entry >> 8) & 255;
      if (passed > kLast) break;
      coefficients[place(passed - 1)] = static_cast<std::int16_t>(entry >> 16);
    }
    if (passed <= kLast) continue;
    std::uint32_t value = entry >> 16;
    if (passed > 64) {
      const std::uint32_t step = (entry >> 8) & 255;
      if (step == kEndOfBlock) return passed;
      if (step != kSlow) return kSlow;  // ran over the end of the block
      passed -= kSlow;
      if (const LongCode code = LongCode::of(entry); code.length != 0) {
        passed += (code.symbol >> 4) + 1;
        if (passed > 64) return kSlow;
        reader.refill();
        value = static_cast<std::uint32_t>(take_value(reader, code));
      } else {
        const CarefulStep careful = careful_ac(reader, plan, block, passed);
        reader = careful.reader;
        passed = careful.passed;
        if (passed >= kEndOfBlock) return passed;
        value = static_cast<std::uint32_t>(careful.value);
      }
    }
    coefficients[place(passed - 1)] = static_cast<std::int16_t>(value);
    if (passed > kLast) return passed;
  }
}

// Passes the rest of a block. False for a fault.
[[gnu::always_inline]] inline bool skip_rest(BitReader& reader, const RowPlan& plan, const BlockPlan& block,
                                             std::uint32_t passed) {
  const AcTable& table = *block.ac;
  while (passed < 64) {
    reader.refill();
    BitReader before = reader;
    std::uint32_t entry = 0;
    for (std::uint32_t i = 0; i < 56 / kLongestSkip; ++i) {
      before = reader;
      entry = table.skip[reader.peek(kSkipBits)];
      reader.consume(entry & 255);
      passed += entry >> 8;
      if (passed >= 64) break;
    }
    if (passed < 64) continue;
    const std::uint32_t step = entry >> 8;
    if (passed == 64) return true;
    if (step != kSlow && step >= kEndOfBlock && passed - kEndOfBlock < 64) return true;
    // Symbols of the next block were passed as well, or the table does not know: one at a time.
    const CarefulStep careful = careful_ac(before, plan, block, passed - step);
    reader = careful.reader;
    passed = careful.passed;
    if (passed >= kEndOfBlock) return passed == kEndOfBlock;
  }
  return true;
}

template <int kSide>
[[gnu::always_inline]] inline bool read_block(BitReader& reader, const RowPlan& row, const BlockPlan& plan,
                                              int& dc, std::uint8_t* to) {
  if (!read_dc(reader, *plan.dc, dc)) return false;
  if constexpr (kSide == 1) {
    *to = clamp_to_byte((dc * plan.integer_scale[0] + 128 * 8 + 4) >> 3);
    return skip_rest(reader, row, plan, 1);
  } else {
    alignas(16) std::int16_t coefficients[kSide == 2 ? 64 : 17];
    std::uint32_t passed;
    if constexpr (kSide == 2) {
      std::fill_n(coefficients, 5, std::int16_t{0});
      passed = read_values<kLastOfSide2>(reader, row, plan, coefficients, [](std::uint32_t i) { return i; });
    } else {
      std::fill_n(coefficients, 16, std::int16_t{0});
      passed = read_values<kLastOfSide4>(reader, row, plan, coefficients,
                                         [](std::uint32_t i) { return kSide4Places[i]; });
    }
    coefficients[0] = static_cast<std::int16_t>(dc);
    if (passed < 64 && !skip_rest(reader, row, plan, passed)) return false;
    if (passed == kSlow) return false;
    if (kSide == 4 && passed == kEmptyBlock) {
      fill_side4(dc, plan, to);
      return true;
    }
    kSide == 2 ? pixels_of_side2(coefficients, plan, to) : pixels_of_side4(coefficients, plan, to);
    return true;
  }
}

template <int kSide>
[[gnu::always_inline]] inline bool read_row(const RowPlan& plan, RowState& state, int first_x, int end_x,
                                            std::uint32_t* end_bit, std::int16_t* dc_after) {
  BitReader reader = state.reader;
  std::array<int, kMaxComponents> dc = state.dc;
  DcRange range;
  for (int x = first_x; x < end_x; ++x) {
    for (int b = 0; b < plan.block_count; ++b) {
      const BlockPlan& block = plan.blocks[b];
      std::uint8_t* const to = block.pixels + static_cast<std::size_t>(x) * block.mcu_step;
      if (!read_block<kSide>(reader, plan, block, dc[block.component], to)) return false;
      range.add(dc[block.component]);
    }
    if (!range.is_kept()) return false;
    *end_bit = reader.position(plan.base);
    if (*end_bit++ > state.end_bit) return false;
    for (int c = 0; c < plan.component_count; ++c) *dc_after++ = static_cast<std::int16_t>(dc[c]);
  }
  state.reader = reader;
  state.dc = dc;
  return true;
}

// In place, where memset is a call that takes longer than its work.
[[gnu::always_inline]] inline void clear(Block& block) {
  using Anywhere [[gnu::may_alias, gnu::aligned(2)]] = Short8;
  for (std::size_t i = 0; i < 64; i += 8) *reinterpret_cast<Anywhere*>(block + i) = Short8{};
}

[[gnu::always_inline]] inline bool read_mcu(const RowPlan& plan, RowState& state, Block* blocks) {
  BitReader reader = state.reader;
  DcRange range;
  const std::uint8_t* const order = plan.order;
  for (int b = 0; b < plan.block_count; ++b) {
    const BlockPlan& block = plan.blocks[b];
    int& dc = state.dc[block.component];
    if (!read_dc(reader, *block.dc, dc)) return false;
    clear(blocks[b]);
    const std::uint32_t passed =
        read_values<63>(reader, plan, block, blocks[b], [order](std::uint32_t i) { return order[i]; });
    if (passed == kSlow || (passed > 64 && passed < kEndOfBlock)) return false;
    blocks[b][0] = static_cast<std::int16_t>(dc);
    range.add(dc);
  }
  state.reader = reader;
  return range.is_kept();
}

bool read_mcu_baseline(const RowPlan& plan, RowState& state, Block* blocks) {
  return read_mcu(plan, state, blocks);
}

template <int kSide>
bool read_row_baseline(const RowPlan& plan, RowState& state, int first_x, int end_x, std::uint32_t* end_bit,
                       std::int16_t* dc_after) {
  return read_row<kSide>(plan, state, first_x, end_x, end_bit, dc_after);
}

#if defined(__x86_64__)
// BMI2 shifts by a register without passing through CL.
[[gnu::target("bmi,bmi2,avx2")]] bool read_mcu_bmi2(const RowPlan& plan, RowState& state, Block* blocks) {
  return read_mcu(plan, state, blocks);
}

template <int kSide>
[[gnu::target("bmi,bmi2,avx2")]] bool read_row_bmi2(const RowPlan& plan, RowState& state, int first_x,
                                                    int end_x, std::uint32_t* end_bit,
                                                    std::int16_t* dc_after) {
  return read_row<kSide>(plan, state, first_x, end_x, end_bit, dc_after);
}

bool has_bmi2() { return __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx2"); }
#endif

}  // namespace

ReadMcu mcu_reader() {
#if defined(__x86_64__)
  if (has_bmi2()) return read_mcu_bmi2;
#endif
  return read_mcu_baseline;
}

ReadRow row_reader(int preview_side) {
#if defined(__x86_64__)
  if (has_bmi2()) {
    return preview_side == 1 ? read_row_bmi2<1> : preview_side == 2 ? read_row_bmi2<2> : read_row_bmi2<4>;
  }
#endif
  return preview_side == 1   ? read_row_baseline<1>
         : preview_side == 2 ? read_row_baseline<2>
                             : read_row_baseline<4>;
}

void RareSymbolNotes::note(std::uint32_t bit, int component) {
  if (symbols.size() < capacity) {
    symbols.push_back({bit, component});
  } else {
    overflowed = true;
  }
}

void take_dc(BitReader& reader, const DcTable& table, int& dc) {
  if (!read_dc(reader, table, dc)) throw std::logic_error("a DC code that the scan has read is none");
}

}  // namespace face_privacy::jpeg
