#include "codec/jpeg/scan/huffman.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "codec/jpeg/in_place/editor.h"
#include "codec/jpeg/in_place/test_support.h"
#include "codec/jpeg/scan/decode_tables.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/scan_index.h"
#include "codec/jpeg/scan/scan_writer.h"
#include "redact/redact.h"

namespace face_privacy::jpeg {
namespace {

using Lengths = std::vector<std::pair<int, int>>;  // code length, symbol

HuffmanSpec spec_of(Lengths lengths) {
  std::stable_sort(lengths.begin(), lengths.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  HuffmanSpec spec;
  std::size_t next = 0;
  for (const auto& [length, symbol] : lengths) {
    ++spec.counts[static_cast<std::size_t>(length)];
    spec.symbols[next++] = static_cast<std::uint8_t>(symbol);
  }
  return spec;
}

Lengths lengths_of(const HuffmanSpec& spec) {
  const auto codes = huffman_codes(spec);
  Lengths lengths;
  for (const std::uint8_t symbol : spec.used_symbols()) lengths.emplace_back(codes->length[symbol], symbol);
  return lengths;
}

// What is left of the code space, in codes of 16 bits, the one of all ones not counted.
int room_in(const Lengths& lengths) {
  int room = (1 << 16) - 1;
  for (const auto& [length, symbol] : lengths) room -= 1 << (16 - length);
  return room;
}

TEST(Huffman, CodesAreThoseOfTheStandard) {
  // T.81 table K.3.
  const auto codes = huffman_codes(standard_dc_table(false));
  ASSERT_TRUE(codes);
  EXPECT_EQ(codes->code[0], 0b00);
  EXPECT_EQ(codes->length[0], 2);
  EXPECT_EQ(codes->code[5], 0b110);
  EXPECT_EQ(codes->length[5], 3);
  EXPECT_EQ(codes->code[11], 0b111111110);
  EXPECT_EQ(codes->length[11], 9);
  // K.5: end of block, and a run of 15 with size 10.
  const auto ac = huffman_codes(standard_ac_table(false));
  ASSERT_TRUE(ac);
  EXPECT_EQ(ac->code[0x00], 0b1010);
  EXPECT_EQ(ac->code[0xfa], 0xfffe);
  EXPECT_EQ(standard_ac_table(true).symbol_count(), 162);
}

TEST(Huffman, NoCodesForTablesThatAreNoPrefixCode) {
  EXPECT_FALSE(huffman_codes(spec_of({{1, 1}, {1, 2}})));          // the code of all ones
  EXPECT_FALSE(huffman_codes(spec_of({{1, 1}, {2, 2}, {2, 3}})));  // the same, later
  EXPECT_FALSE(huffman_codes(spec_of({{1, 1}, {3, 1}})));          // a symbol twice
  EXPECT_TRUE(huffman_codes(spec_of({{1, 1}, {2, 2}, {3, 3}})));
}

TEST(Huffman, ExtendedTablesKeepEveryCode) {
  const HuffmanSpec spec = spec_of({{1, 5}, {2, 6}, {4, 7}});
  const std::vector<std::uint8_t> more{1, 2, 3, 4};
  const auto extended = extended_with(spec, more);
  ASSERT_TRUE(extended);
  const auto before = huffman_codes(spec);
  const auto after = huffman_codes(*extended);
  ASSERT_TRUE(after);
  for (const int symbol : {5, 6, 7}) {
    EXPECT_EQ(before->code[symbol], after->code[symbol]);
    EXPECT_EQ(before->length[symbol], after->length[symbol]);
  }
  for (const int symbol : more) EXPECT_NE(after->length[symbol], 0);
}

TEST(Huffman, AnEmptyTableCanBeExtended) {
  const std::vector<std::uint8_t> some{9, 8, 7};
  const auto extended = extended_with({}, some);
  ASSERT_TRUE(extended);
  EXPECT_TRUE(huffman_codes(*extended));
}

TEST(Huffman, FullTablesCannotBeExtended) {
  const std::vector<std::uint8_t> one{0xfb};
  EXPECT_FALSE(extended_with(standard_ac_table(false), one));
  // But there is room if its long codes may change.
  const auto beyond = extended_beyond(standard_ac_table(false), 12, one);
  ASSERT_TRUE(beyond);
  const auto before = huffman_codes(standard_ac_table(false));
  const auto after = huffman_codes(*beyond);
  ASSERT_TRUE(after);
  EXPECT_NE(after->length[0xfb], 0);
  for (const std::uint8_t symbol : standard_ac_table(false).used_symbols()) {
    EXPECT_NE(after->length[symbol], 0);
    if (before->length[symbol] > 12) continue;
    EXPECT_EQ(before->code[symbol], after->code[symbol]);
    EXPECT_EQ(before->length[symbol], after->length[symbol]);
  }
}

TEST(Huffman, OptimalTablesHoldWhatIsCountedInAtMost16Bits) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    std::array<std::uint64_t, 256> counts{};
    const int used = 1 + static_cast<int>(random() % 256);
    // From even to so uneven that an unlimited code would have over 40 bits.
    const unsigned spread = static_cast<unsigned>(random() % 45);
    for (int i = 0; i < used; ++i)
      counts[static_cast<std::size_t>(i)] =
          1 + (random() >> (63 - spread * static_cast<unsigned>(i % 7) / 7));
    const HuffmanSpec spec = optimal_table(counts);
    const auto codes = huffman_codes(spec);
    ASSERT_TRUE(codes);
    ASSERT_EQ(spec.symbol_count(), used);
    for (std::size_t i = 0; i < 256; ++i) {
      ASSERT_EQ(codes->length[i] != 0, counts[i] != 0);
      for (std::size_t j = 0; j < i; ++j) {
        if (counts[i] > 0 && counts[j] > counts[i]) {
          ASSERT_LE(codes->length[j], codes->length[i]);
        }
      }
    }
  }
}

TEST(DecodeTables, AgreeWithTheCanonicalDecoder) {
  for (const bool chroma : {false, true}) {
    const AcTable table(standard_ac_table(chroma));
    for (std::uint32_t window = 0; window < 1U << 16; ++window) {
      const auto [symbol, length] = table.canonical.decode(window);
      const std::uint32_t entry = table.symbols[window >> (16 - kSkipBits)];
      if (length != 0 && length <= kSkipBits) {
        ASSERT_EQ(entry, static_cast<std::uint32_t>(symbol) << 8 | length);
      } else {
        ASSERT_EQ(entry, 0U);
      }
    }
  }
}

// Files whose AC tables have no code to spare.

// The size 11 and more of AC values is not for 8-bit files: symbols that take code space and no more.
int unused_symbol(int n) { return n / 5 << 4 | (11 + n % 5); }

// Lengthens the codes of the symbols that come last to `rare_lengths`, and fills what room is left
// with unused symbols, of over 12 bits only as `long_filler` says.
HuffmanSpec make_full(const HuffmanSpec& spec, const std::vector<int>& rare_lengths, bool long_filler_of_16) {
  Lengths lengths = lengths_of(spec);
  for (std::size_t i = 0; i < rare_lengths.size(); ++i)
    lengths[lengths.size() - 1 - i].first = rare_lengths[i];
  int room = room_in(lengths);
  int filler = 0;
  while (room > 0) {
    int length = 1;
    while (1 << (16 - length) > room) ++length;
    if (length > 12 && long_filler_of_16) length = 16;
    lengths.emplace_back(length, unused_symbol(filler++));
    room -= 1 << (16 - length);
  }
  return spec_of(lengths);
}

Bytes with_tables(const Bytes& file, const Layout& layout, const Layout& changed) {
  Image preview;
  const auto scan = Scan::read(file, layout, DecodeTables::of(layout), 1, preview);
  EXPECT_TRUE(scan);
  Bytes out;
  append_headers(out, changed);
  ScanWriter writer(out, changed, &*scan);
  writer.recode(0, scan->mcu_count());
  writer.finish();
  EXPECT_TRUE(writer.complete());
  return out;
}

bool has_filler(const Layout& layout) {
  const auto symbols = layout.ac[layout.components[0].ac_slot]->used_symbols();
  return std::find(symbols.begin(), symbols.end(), unused_symbol(0)) != symbols.end();
}

struct FullTables {
  std::vector<int> rare_lengths;
  bool long_filler_of_16;
  bool filler_stays;  // unless all codes are made anew
};

class FullTableFiles : public testing::TestWithParam<FullTables> {};

TEST_P(FullTableFiles, CanBeChanged) {
  const auto [rare_lengths, long_filler_of_16, filler_stays] = GetParam();
  for (const int restart_interval : {0, 4}) {
    jpeg_test::Recipe recipe;
    recipe.size = {160, 128};
    recipe.optimize = true;
    recipe.restart_interval = restart_interval;
    const Bytes optimized = jpeg_test::make_jpeg(recipe);
    const auto layout = read_layout(optimized, {});
    ASSERT_TRUE(layout);
    Layout full = *layout;
    for (auto& spec : full.ac) {
      if (spec) spec = make_full(*spec, rare_lengths, long_filler_of_16);
    }
    const Bytes file = with_tables(optimized, *layout, full);
    ASSERT_EQ(
        jpeg_test::compare(jpeg_test::read_coefficients(optimized), jpeg_test::read_coefficients(file), {})
            .coefficients_outside,
        0U);
    ASSERT_EQ(room_in(lengths_of(*full.ac[0])), 0);

    const auto editor = JpegEditor::open(file, {}, 50);
    ASSERT_TRUE(editor);
    Region region;
    region.shape = Shape::kBox;
    region.core = {{75, 61}, 21, 17, 0};
    const std::vector regions{region};
    const std::vector changed{region.bounds()};
    constexpr RedactOptions kFill{Style::kFill, Shape::kBox, 0.1F, 6, {255, 0, 255}};
    const Bytes out = jpeg_test::redacted(*editor, regions, kFill);
    const auto difference =
        jpeg_test::compare(jpeg_test::read_coefficients(file), jpeg_test::read_coefficients(out), changed);
    EXPECT_EQ(difference.coefficients_outside, 0U);
    EXPECT_GT(difference.blocks_inside, 10U);
    const auto out_layout = read_layout(out, {});
    ASSERT_TRUE(out_layout);
    EXPECT_EQ(has_filler(*out_layout), filler_stays);
    const auto holds_more = [&](int slot) {
      const auto symbols = out_layout->ac[slot]->used_symbols();
      return std::any_of(symbols.begin(), symbols.end(), [&](std::uint8_t symbol) {
        const auto before = full.ac[slot]->used_symbols();
        return std::find(before.begin(), before.end(), symbol) == before.end();
      });
    };
    EXPECT_TRUE(holds_more(0) || holds_more(1));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, FullTableFiles,
    testing::Values(FullTables{{16, 16, 15, 14, 13, 13}, false, true},  // rare codes change
                    FullTables{{16, 16, 16}, true, false}));            // all codes change

// 16 sizes and 16 lengths: a table that lacks n of them has room for n codes of 16 bits.
TEST(FullDcTables, DoNotExist) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    std::vector<int> sizes(16);
    std::iota(sizes.begin(), sizes.end(), 0);
    std::shuffle(sizes.begin(), sizes.end(), random);
    const std::size_t used = random() % 16;
    Lengths lengths;
    int room = (1 << 16) - 1;
    for (std::size_t i = 0; i < used; ++i) {
      int shortest = 1;
      while (1 << (16 - shortest) > room) ++shortest;
      const int length = std::min(16, shortest + static_cast<int>(random() % 2));
      lengths.emplace_back(length, sizes[i]);
      room -= 1 << (16 - length);
      if (room == 0) break;
    }
    std::vector<std::uint8_t> missing;
    for (std::size_t i = lengths.size(); i < 16; ++i) missing.push_back(static_cast<std::uint8_t>(sizes[i]));
    EXPECT_TRUE(extended_with(spec_of(lengths), missing));
  }
}

}  // namespace
}  // namespace face_privacy::jpeg
