// The JPEG part of a photo's way: decode and encode of the whole against editing a part. Pictures
// are mosaics of the demo photos at their own resolution, faces 200 px in 4000 px, redacted with
// fill, which takes next to no time.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "codec/codec.h"
#include "codec/jpeg/in_place/editor.h"
#include "codec/jpeg/one_scan.h"
#include "codec/jpeg/progressive/progressive_file.h"
#include "detect/look.h"
#include "redact/in_place.h"

namespace face_privacy {
namespace {

Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes{std::istreambuf_iterator<char>(file), {}};
}

Image mosaic(Size size) {
  const char* folder = std::getenv("FACE_PRIVACY_DEMO_PHOTOS");
  Image picture(size, kRgb8);
  int number = 0;
  for (int y = 0; y < size.height; y += 1280) {
    for (int x = 0; x < size.width; x += 1920) {
      const std::string name = "/sample" + std::to_string(number++ % 6 + 1) + ".jpg";
      const auto photo = decode(
          read_file((folder != nullptr ? folder : "third_party/node_modules/@vladmandic/face-api/demo") +
                    name),
          {});
      if (!photo) throw std::runtime_error("the demo photos are missing: set FACE_PRIVACY_DEMO_PHOTOS");
      const ImageView tile = photo->pixels.view();
      const int width = std::min(tile.width, size.width - x);
      for (int row = 0; row < std::min(1280, size.height - y); ++row) {
        std::copy_n(tile.row(row), width * 3, picture.mutable_view().row(y + row) + 3 * x);
      }
    }
  }
  return picture;
}

const Bytes& photo_file(int megapixels, int quality) {
  static std::map<std::pair<int, int>, Bytes> files;
  Bytes& file = files[{megapixels, quality}];
  if (file.empty()) {
    Photo photo;
    photo.pixels = mosaic(megapixels == 12 ? Size{4032, 3024} : Size{1632, 1224});
    const std::vector<std::vector<Region>> none(1);
    auto encoded = encode(Redactor::redact(std::move(photo), none, {}), {Format::kJpeg, quality});
    if (!encoded) throw std::runtime_error(encoded.error().message);
    file = std::move(*encoded);
  }
  return file;
}

std::vector<Region> face_regions(const Size& picture, int count) {
  std::vector<Region> regions;
  const int columns = static_cast<int>(std::ceil(std::sqrt(count)));
  const auto width = static_cast<float>(picture.width);
  for (int i = 0; i < count; ++i) {
    Region region;
    region.core.center = {(static_cast<float>(i % columns) + 0.5F) * width / static_cast<float>(columns),
                          (static_cast<float>(i / columns) + 0.5F) * static_cast<float>(picture.height) /
                              static_cast<float>(columns)};
    region.core.radius_x = width * 200 / 4000 * 0.6F;  // half a face and its margin
    region.core.radius_y = region.core.radius_x * 1.25F;
    region.feather_px = region.core.radius_x * 0.12F;
    regions.push_back(region);
  }
  return regions;
}

constexpr RedactOptions kFill{Style::kFill, Shape::kEllipse, 0.1F, 6, {90, 90, 90}};

// Arguments: megapixels, quality, faces.
void whole(benchmark::State& state) {
  const Bytes& file = photo_file(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  for (auto _ : state) {
    auto photo = decode(file, {});
    const std::vector<std::vector<Region>> regions{
        face_regions(photo->frame_size(), static_cast<int>(state.range(2)))};
    const RedactedPhoto redacted = Redactor::redact(std::move(*photo), regions, kFill);
    benchmark::DoNotOptimize(encode(redacted, {}));
  }
  state.counters["MB"] = static_cast<double>(file.size()) / 1e6;
}

// Of the preview for a detector of this size.
int sufficient_px(std::int64_t detector_px) {
  return static_cast<int>(std::ceil(static_cast<double>(detector_px) * kSufficientShare));
}

// The last argument is the detector's size.
void edit_in_place(benchmark::State& state) {
  const Bytes& file = photo_file(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  for (auto _ : state) {
    const auto opened = JpegEditor::open(file, {}, sufficient_px(state.range(3)));
    const auto regions = face_regions(opened->size(), static_cast<int>(state.range(2)));
    const auto inserts = Redactor::redact_in_place(*opened, regions, kFill, {});
    benchmark::DoNotOptimize(opened->write(*inserts));
  }
  state.counters["MB"] = static_cast<double>(file.size()) / 1e6;
}

// What faces add to an opened picture: their redaction, as users have it, and writing. What is left with none
// is copying the scan.
void edit(benchmark::State& state) {
  const Bytes& file = photo_file(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  const auto opened = JpegEditor::open(file, {}, sufficient_px(640));
  const auto regions = face_regions(opened->size(), static_cast<int>(state.range(2)));
  for (auto _ : state) {
    const auto inserts = Redactor::redact_in_place(*opened, regions, {}, {});
    benchmark::DoNotOptimize(opened->write(*inserts));
  }
}

void open(benchmark::State& state) {
  const Bytes& file = photo_file(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(JpegEditor::open(file, {}, sufficient_px(state.range(2))));
  state.counters["MB"] = static_cast<double>(file.size()) / 1e6;
}

// The same picture, as libjpeg makes a progressive file of it.
Bytes progressive_file(int megapixels, int quality) {
  auto photo = decode(photo_file(megapixels, quality), {});
  if (!photo) throw std::runtime_error(photo.error().message);
  photo->source.jpeg_progressive = true;
  const std::vector<std::vector<Region>> none(1);
  auto encoded = encode(Redactor::redact(std::move(*photo), none, {}), {});
  if (!encoded) throw std::runtime_error(encoded.error().message);
  return std::move(*encoded);
}

// A progressive file written anew in one scan, which is what opening one takes longer than another.
template <class Rewrite>
void rewrite_progressive(benchmark::State& state, const Rewrite& rewrite) {
  const Bytes file = progressive_file(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(rewrite(file, Limits{}));
  state.counters["MB"] = static_cast<double>(file.size()) / 1e6;
}

BENCHMARK(whole)
    ->Unit(benchmark::kMillisecond)
    ->ArgNames({"MP", "quality", "faces"})
    ->ArgsProduct({{2, 12}, {80, 92}, {0, 10}});
BENCHMARK(edit_in_place)
    ->Unit(benchmark::kMillisecond)
    ->ArgNames({"MP", "quality", "faces", "detector"})
    ->ArgsProduct({{2, 12}, {80, 92}, {0, 1, 10, 50}, {640}});
BENCHMARK(edit)
    ->Unit(benchmark::kMillisecond)
    ->ArgNames({"MP", "quality", "faces"})
    ->ArgsProduct({{2, 12}, {80, 92}, {0, 10, 50}});
BENCHMARK(open)
    ->Unit(benchmark::kMillisecond)
    ->ArgNames({"MP", "quality", "detector"})
    ->ArgsProduct({{2, 12}, {80, 92}, {640, 1280, 1920}});
BENCHMARK_CAPTURE(rewrite_progressive, here,
                  [](ByteView file, const Limits& limits) {
                    const auto header = jpeg::read_progressive_layout(file, limits);
                    return jpeg::progressive_as_sequential(file, header.value());
                  })
    ->Unit(benchmark::kMillisecond)
    ->ArgNames({"MP", "quality"})
    ->ArgsProduct({{2, 12}, {80, 92}});
BENCHMARK_CAPTURE(rewrite_progressive, libjpeg, jpeg::as_one_scan)
    ->Unit(benchmark::kMillisecond)
    ->ArgNames({"MP", "quality"})
    ->ArgsProduct({{2, 12}, {80, 92}});

}  // namespace
}  // namespace face_privacy

BENCHMARK_MAIN();
