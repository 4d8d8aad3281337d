// Surgery on hostile files. What opens is a photo of the same size to the general path; what is written
// reads without a warning, differs from the source, turned upright, in the changed MCUs alone, and is the
// same whether parts of the picture were decoded or the whole.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <vector>

#include "broken.h"
#include "codec/codec.h"
#include "codec/jpeg/in_place/editor.h"
#include "codec/jpeg/in_place/test_support.h"
#include "codec/shared/orientation.h"
#include "pipeline/stored_regions.h"
#include "redact/in_place.h"

using namespace face_privacy;  // NOLINT: a fuzz target is a program of its own

namespace {

// Where to operate, the same for the same input.
struct Plan {
  int detection_size;
  std::vector<Region> regions;
};

Plan plan_for(const std::uint8_t* data, std::size_t size, const Size& picture) {
  std::uint32_t seed = 2166136261U;  // FNV-1a
  for (std::size_t i = 0; i < size; ++i) seed = (seed ^ data[i]) * 16777619U;
  std::mt19937 random(seed);
  const auto below = [&](int end) {
    return static_cast<int>(random() % static_cast<unsigned>(std::max(end, 1)));
  };
  Plan plan{below(2 * std::max(picture.width, picture.height)), {}};
  for (int left = below(4); left > 0; --left) {
    Region region;
    region.shape = below(2) == 0 ? Shape::kBox : Shape::kEllipse;
    region.core.center = {static_cast<float>(below(picture.width)),
                          static_cast<float>(below(picture.height))};
    region.core.radius_x = static_cast<float>(1 + below(picture.width / 2));
    region.core.radius_y = static_cast<float>(1 + below(picture.height / 2));
    region.core.angle_rad = static_cast<float>(below(7)) * 0.5F;
    region.feather_px = static_cast<float>(below(6));
    plan.regions.push_back(region);
  }
  return plan;
}

// libjpeg reads a little ahead, and takes a scan that ends with the file for cut off.
Bytes with_end(ByteView file) {
  Bytes whole(file.begin(), file.end());
  whole.insert(whole.end(), {0xff, 0xd9});
  return whole;
}

void expect_outside_untouched(ByteView before_file, int orientation, ByteView after_file,
                              const std::vector<Rect>& changed) {
  const auto before =
      jpeg_test::turned_upright(jpeg_test::read_coefficients(with_end(before_file)), orientation);
  const auto after = jpeg_test::read_coefficients(after_file);
  if (jpeg_test::compare(before, after, changed).coefficients_outside != 0) broken("untouched outside");
}

void operate(const JpegEditor& editor, ByteView file, int orientation, const std::vector<Region>& regions) {
  constexpr RedactOptions kFill{Style::kFill, Shape::kBox, 0.1F, 6, {10, 200, 90}};
  const auto inserts = Redactor::redact_in_place(editor, regions, kFill, {});
  if (!inserts) broken("redaction of any region");
  const Bytes out = editor.write(*inserts);
  expect_outside_untouched(file, orientation, out, jpeg_test::bands_of(editor, regions));
  if (!JpegEditor::open(out, {}, 1)) broken("an output that opens again");
  // The default style looks at what is around a region, too.
  if (!Redactor::redact_in_place(editor, regions, {}, {})) broken("redaction in any style");
  // Parts are decoded as far as redaction looks at them; the whole gives the same.
  if (jpeg_test::redacted(editor, regions, kFill) != out) broken("the same file from parts");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file(data, size);
  // The size of the picture is not known before, but which preview is made hangs on it.
  const auto header = read_header(file, kSmall);
  const Plan plan = plan_for(data, size, header ? header->size : Size{64, 64});
  const auto editor = JpegEditor::open(file, kSmall, plan.detection_size);
  if (!editor) return 0;
  const auto whole = decode(file, kSmall);
  if (!whole) broken("what opens decodes");
  const int kept_orientation = editor->orientation();
  if (upright_size(editor->size(), kept_orientation) != whole->frame_size()) {
    broken("the size of the general path");
  }
  try {
    const int turned_by = kept_orientation == 1 ? whole->source.orientation : 1;
    operate(*editor, file, turned_by, as_stored(plan.regions, *editor));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    broken("no exception");
  }
  return 0;
}

// libFuzzer's own; not there where the target replays its corpus, which mutates nothing.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                                      std::size_t max_size);

namespace {

Bytes random_jpeg(std::mt19937& random) {
  const auto below = [&](int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); };
  constexpr jpeg_test::Sampling kSamplings[] = {{1, 1}, {2, 1}, {2, 2}, {1, 2}, {4, 1},
                                                {1, 4}, {4, 2}, {2, 4}, {3, 1}};
  jpeg_test::Recipe recipe;
  recipe.size = {1 + below(70), 1 + below(70)};
  recipe.components = below(4) == 0 ? 1 : 3;
  recipe.rgb = recipe.components == 3 && below(8) == 0;
  recipe.sampling = kSamplings[below(recipe.rgb ? 1 : 9)];
  recipe.quality = 1 + below(100);
  recipe.restart_interval = below(3) == 0 ? 1 + below(6) : 0;
  recipe.optimize = below(2) == 0;
  if (below(3) == 0) recipe.coding = static_cast<jpeg_test::Coding>(1 + below(3));
  // libjpeg has no optimal tables for what has no tables.
  if (recipe.coding == jpeg_test::Coding::kArithmetic) recipe.optimize = false;
  recipe.seed = static_cast<unsigned>(random());
  if (below(2) == 0) {  // whole MCUs, which any orientation can turn
    recipe.size = {8 * recipe.sampling.horizontal * (1 + below(4)),
                   8 * recipe.sampling.vertical * (1 + below(4))};
  }
  const Bytes file = jpeg_test::make_jpeg(recipe);
  return below(2) == 0 ? jpeg_test::with_orientation(file, 1 + below(8)) : file;
}

std::size_t first_scan_byte(const std::uint8_t* data, std::size_t size) {
  for (std::size_t at = 2; at + 4 <= size && data[at] == 0xff;) {
    const std::size_t end = at + 2 + (static_cast<std::size_t>(data[at + 2]) << 8 | data[at + 3]);
    if (data[at + 1] == 0xda) return std::min(end, size);
    at = end;
  }
  return size;
}

}  // namespace

// Blind changes nearly always end in a file that does not open. These keep more of it whole.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  std::mt19937 random(seed);
  const unsigned kind = random() % 8;
  if (kind == 0) {
    const Bytes fresh = random_jpeg(random);
    if (fresh.size() <= max_size) {
      std::copy(fresh.begin(), fresh.end(), data);
      return fresh.size();
    }
  }
  const std::size_t scan = first_scan_byte(data, size);
  if (kind <= 2 && scan > 2) {  // a byte of the headers
    data[2 + random() % (scan - 2)] = static_cast<std::uint8_t>(random());
    return size;
  }
  if (kind <= 6 && scan + 2 < size) {  // bits of the scan, making no marker
    for (unsigned left = 1 + random() % 4; left > 0; --left) {
      std::uint8_t& byte = data[scan + random() % (size - 2 - scan)];
      const auto changed = static_cast<std::uint8_t>(byte ^ (1U << random() % 8));
      if (byte != 0xff && changed != 0xff && byte != 0) byte = changed;
    }
    return size;
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
