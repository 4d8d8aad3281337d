#include "codec/jpeg/scan/huffman.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace face_privacy::jpeg {
namespace {

constexpr int kMaxCodeLength = 16;

template <std::size_t kCount>
HuffmanSpec make_spec(const std::array<std::uint8_t, 16>& counts,
                      const std::array<std::uint8_t, kCount>& symbols) {
  HuffmanSpec spec;
  std::copy(counts.begin(), counts.end(), spec.counts.begin() + 1);
  std::copy(symbols.begin(), symbols.end(), spec.symbols.begin());
  return spec;
}

// K.2, figure K.1: the code length of each symbol in an unlimited Huffman tree.
std::array<int, 257> tree_depths(std::array<std::uint64_t, 257> frequencies) {
  std::array<int, 257> depth{};
  std::array<int, 257> next_in_tree;
  next_in_tree.fill(-1);
  const auto deepen = [&](int first) {
    int last = first;
    for (int i = first; i >= 0; i = next_in_tree[i]) {
      ++depth[i];
      last = i;
    }
    return last;
  };
  for (;;) {
    // The two rarest trees; of equal ones the later, so that the reserved symbol gets the longest code.
    int rarest = -1;
    int second = -1;
    for (int i = 0; i < 257; ++i) {
      if (frequencies[i] == 0) continue;
      if (rarest < 0 || frequencies[i] <= frequencies[rarest]) {
        second = rarest;
        rarest = i;
      } else if (second < 0 || frequencies[i] <= frequencies[second]) {
        second = i;
      }
    }
    if (second < 0) return depth;
    frequencies[rarest] += frequencies[second];
    frequencies[second] = 0;
    const int last = deepen(rarest);
    next_in_tree[last] = second;
    deepen(second);
  }
}

// K.2, figure K.3: shortens codes over 16 bits by lengthening others.
void limit_lengths(std::array<int, 258>& count_of_length) {
  for (int length = 257; length > kMaxCodeLength; --length) {
    while (count_of_length[length] > 0) {
      int shorter = length - 2;
      while (count_of_length[shorter] == 0) --shorter;
      count_of_length[length] -= 2;
      count_of_length[length - 1] += 1;
      count_of_length[shorter + 1] += 2;
      count_of_length[shorter] -= 1;
    }
  }
}

}  // namespace

int HuffmanSpec::symbol_count() const { return std::accumulate(counts.begin() + 1, counts.end(), 0); }

std::optional<HuffmanCodes> huffman_codes(const HuffmanSpec& spec) {
  if (spec.symbol_count() > 256) return std::nullopt;
  HuffmanCodes codes;
  std::uint32_t code = 0;
  std::size_t next = 0;
  for (int length = 1; length <= kMaxCodeLength; ++length, code <<= 1) {
    for (int i = 0; i < spec.counts[length]; ++i, ++next, ++code) {
      const std::uint8_t symbol = spec.symbols[next];
      if (codes.length[symbol] != 0) return std::nullopt;  // twice in one table
      codes.code[symbol] = static_cast<std::uint16_t>(code);
      codes.length[symbol] = static_cast<std::uint8_t>(length);
    }
    if (spec.counts[length] > 0 && code >= (1U << length)) return std::nullopt;
  }
  return codes;
}

std::optional<HuffmanSpec> extended_with(const HuffmanSpec& spec, std::span<const std::uint8_t> symbols) {
  if (symbols.empty()) return spec;
  const int old_count = spec.symbol_count();
  const int new_count = static_cast<int>(symbols.size());
  if (old_count + new_count > 256 || new_count > 255) return std::nullopt;
  std::uint32_t free_code = 0;  // the first after all the codes there are, at the longest length
  int longest = 1;
  for (int length = 1; length <= kMaxCodeLength; ++length) {
    free_code = (free_code << 1) + spec.counts[length];
    if (spec.counts[length] > 0) longest = length;
  }
  free_code >>= kMaxCodeLength - longest;
  for (int length = longest; length <= kMaxCodeLength; ++length) {
    const std::uint32_t begin = free_code << (length - longest);
    const std::uint32_t end = (1U << length) - 1;  // the code of all ones stays free
    if (begin + static_cast<std::uint32_t>(new_count) > end) continue;
    if (spec.counts[length] + new_count > 255) continue;
    HuffmanSpec extended = spec;
    extended.counts[length] = static_cast<std::uint8_t>(extended.counts[length] + new_count);
    std::copy(symbols.begin(), symbols.end(), extended.symbols.begin() + old_count);
    return extended;
  }
  return std::nullopt;
}

std::optional<HuffmanSpec> extended_beyond(const HuffmanSpec& spec, int kept_bits,
                                           std::span<const std::uint8_t> symbols) {
  // In units of the longest code: what is left behind the codes that stay. The code of all ones
  // stays free.
  std::int64_t room = (std::int64_t{1} << kMaxCodeLength) - 1;
  std::size_t kept = 0;
  for (int length = 1; length <= kept_bits; ++length) {
    room -= std::int64_t{spec.counts[length]} << (kMaxCodeLength - length);
    kept += spec.counts[length];
  }
  std::vector<std::uint8_t> moved(spec.symbols.begin() + static_cast<std::ptrdiff_t>(kept),
                                  spec.symbols.begin() + spec.symbol_count());
  moved.insert(moved.end(), symbols.begin(), symbols.end());
  if (kept + moved.size() > 256) return std::nullopt;

  HuffmanSpec extended = spec;
  std::copy(moved.begin(), moved.end(), extended.symbols.begin() + static_cast<std::ptrdiff_t>(kept));
  // As few of the longest codes as fit: the others, which come first and are the more frequent ones,
  // get the shortest codes that may change.
  std::array<int, kMaxCodeLength + 1> count{};
  for (int length = kept_bits + 1; length <= kMaxCodeLength; ++length) {
    for (std::size_t left =
             moved.size() - static_cast<std::size_t>(std::accumulate(count.begin(), count.end(), 0));
         left > 0; --left) {
      const std::int64_t cost = std::int64_t{1} << (kMaxCodeLength - length);
      // All that come after must still find room, one unit each.
      if (room - cost < static_cast<std::int64_t>(left) - 1) break;
      room -= cost;
      ++count[length];
    }
    if (count[length] > 255) return std::nullopt;
    extended.counts[length] = static_cast<std::uint8_t>(count[length]);
  }
  const int placed = std::accumulate(count.begin(), count.end(), 0);
  return placed == static_cast<int>(moved.size()) ? std::optional(extended) : std::nullopt;
}

HuffmanSpec optimal_table(std::span<const std::uint64_t, 256> frequencies) {
  std::array<std::uint64_t, 257> with_reserved{};
  std::copy(frequencies.begin(), frequencies.end(), with_reserved.begin());
  with_reserved[256] = 1;  // takes the code of all ones
  const std::array<int, 257> depth = tree_depths(with_reserved);

  std::array<int, 258> count_of_length{};
  for (const int d : depth) ++count_of_length[d];
  count_of_length[0] = 0;
  limit_lengths(count_of_length);
  int longest = kMaxCodeLength;
  while (longest > 0 && count_of_length[longest] == 0) --longest;
  if (longest > 0) --count_of_length[longest];  // the reserved symbol

  HuffmanSpec spec;
  for (int length = 1; length <= kMaxCodeLength; ++length) {
    spec.counts[length] = static_cast<std::uint8_t>(count_of_length[length]);
  }
  std::array<int, 256> order{};
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return depth[a] < depth[b]; });
  std::size_t next = 0;
  for (const int symbol : order) {
    if (depth[symbol] > 0) spec.symbols[next++] = static_cast<std::uint8_t>(symbol);
  }
  return spec;
}

const HuffmanSpec& standard_dc_table(bool chroma) {
  static constexpr std::array<std::uint8_t, 12> kSymbols = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  static const HuffmanSpec kLuma = make_spec({0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0}, kSymbols);
  static const HuffmanSpec kChroma = make_spec({0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0}, kSymbols);
  return chroma ? kChroma : kLuma;
}

const HuffmanSpec& standard_ac_table(bool chroma) {
  // T.81 tables K.5 and K.6.
  static const HuffmanSpec kLuma =
      make_spec({0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d},
                std::array<std::uint8_t, 162>{
                    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61,
                    0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52,
                    0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25,
                    0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45,
                    0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64,
                    0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
                    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
                    0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6,
                    0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3,
                    0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8,
                    0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa});
  static const HuffmanSpec kChroma =
      make_spec({0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77},
                std::array<std::uint8_t, 162>{
                    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61,
                    0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33,
                    0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18,
                    0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44,
                    0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63,
                    0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
                    0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
                    0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4,
                    0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca,
                    0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7,
                    0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa});
  return chroma ? kChroma : kLuma;
}

}  // namespace face_privacy::jpeg
