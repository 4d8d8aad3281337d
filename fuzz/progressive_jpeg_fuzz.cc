// The reader of progressive JPEG files against libjpeg: what it reads, libjpeg reads without a warning, to
// the same coefficients.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "broken.h"
#include "codec/jpeg/in_place/test_support.h"
#include "codec/jpeg/one_scan.h"
#include "codec/jpeg/progressive/progressive_file.h"

using namespace face_privacy;  // NOLINT: a fuzz target is a program of its own

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file(data, size);
  const auto header = jpeg::read_progressive_layout(file, kSmall);
  if (!header) return 0;
  const auto ours = jpeg::progressive_as_sequential(file, *header);
  if (!ours) return 0;
  const auto theirs = jpeg::as_one_scan(file, kSmall);
  if (!theirs) broken("what is read here libjpeg reads");
  const auto difference =
      jpeg_test::compare(jpeg_test::read_coefficients(ours->file), jpeg_test::read_coefficients(*theirs), {});
  if (difference.coefficients_outside != 0) broken("the coefficients that libjpeg reads");
  return 0;
}

// libFuzzer's own; not there where the target replays its corpus, which mutates nothing.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                      std::size_t max_size);

// Blind changes nearly always end in a file that is not read. These keep more of it whole.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t end) { return random() % end; };
  const auto kind = below(8);
  if (kind == 0) {
    constexpr jpeg_test::Sampling kSamplings[] = {{1, 1}, {2, 1}, {2, 2}, {1, 2}, {4, 1}, {1, 4}};
    jpeg_test::Recipe recipe;
    recipe.size = {1 + static_cast<int>(below(40)), 1 + static_cast<int>(below(40))};
    recipe.components = below(4) == 0 ? 1 : 3;
    recipe.sampling = kSamplings[below(6)];
    recipe.quality = 1 + static_cast<int>(below(100));
    recipe.restart_interval = static_cast<int>(below(3));
    recipe.coding = jpeg_test::Coding::kProgressive;
    recipe.seed = static_cast<unsigned>(random());
    const Bytes fresh = jpeg_test::make_jpeg(recipe, jpeg_test::make_picture(recipe).view(),
                                             jpeg_test::make_scans(recipe.components, random));
    if (fresh.size() > max_size) return size;
    std::copy(fresh.begin(), fresh.end(), data);
    return fresh.size();
  }
  if (kind == 7 || size < 4) return LLVMFuzzerMutate(data, size, max_size);
  for (auto left = 1 + below(3); left > 0; --left) {  // bits that make no marker
    std::uint8_t& byte = data[2 + below(size - 3)];
    const auto changed = static_cast<std::uint8_t>(byte ^ 1U << below(8));
    if (byte != 0xff && changed != 0xff) byte = changed;
  }
  return size;
}
