// Redaction alone: a 12 megapixel picture with one huge, some or many faces, in each style and for
// several pixel layouts. Mpx/s counts the pixels of the regions, not of the picture.
#include <benchmark/benchmark.h>

#include <ctime>
#include <random>

#include "redact/redact.h"

namespace face_privacy {
namespace {

// Redaction runs on one thread, so its processor time is its time, and a busy machine does not show.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

constexpr Size kPicture{4000, 3000};

struct Faces {
  int count;
  int side_px;
};

Photo noise_photo(const PixelLayout& layout) {
  Photo photo;
  photo.pixels = Image(kPicture, layout);
  std::minstd_rand random(1);
  std::uint8_t* bytes = photo.pixels.mutable_view().data;
  for (std::size_t i = 0; i < photo.pixels.size_bytes(); ++i)
    bytes[i] = static_cast<std::uint8_t>(random() >> 8);
  return photo;
}

// Evenly over the picture, as wide as three quarters of their height.
std::vector<RequestedRegion> boxes_for(const Faces& faces) {
  std::vector<RequestedRegion> boxes;
  int columns = 1;
  while (columns * columns * 3 < faces.count * 4) ++columns;
  const int rows = (faces.count + columns - 1) / columns;
  for (int i = 0; i < faces.count; ++i) {
    const float height = static_cast<float>(faces.side_px);
    const float width = 0.75F * height;
    const float x = (static_cast<float>(i % columns) + 0.5F) * static_cast<float>(kPicture.width / columns);
    const float y = (static_cast<float>(i / columns) + 0.5F) * static_cast<float>(kPicture.height / rows);
    boxes.push_back({x - width / 2, y - height / 2, width, height});
  }
  return boxes;
}

void redact(benchmark::State& state, Style style, const PixelLayout& layout) {
  const Faces faces{static_cast<int>(state.range(0)), static_cast<int>(state.range(1))};
  RedactOptions options;
  options.style = style;
  const Photo original = noise_photo(layout);
  const auto boxes = boxes_for(faces);
  double pixels = 0;
  double seconds = 0;
  for (auto _ : state) {
    Photo photo;
    photo.pixels = original.pixels.clone();
    const double start = thread_seconds();
    const std::vector<std::vector<Region>> regions = {plan_regions({}, boxes, {}, options)};
    const RedactedPhoto result = Redactor::redact(std::move(photo), regions, options);
    const double elapsed = thread_seconds() - start;
    state.SetIterationTime(elapsed);
    seconds += elapsed;
    benchmark::DoNotOptimize(result->pixels.view().data);
    for (const Region& region : regions[0]) {
      const Rect bounds = intersect(region.bounds(), {0, 0, kPicture.width, kPicture.height});
      pixels += 0.785 * bounds.width * bounds.height;
    }
  }
  state.counters["Mpx/s"] = pixels / 1e6 / seconds;
}

constexpr PixelLayout kRgba16{ColorModel::kRgb, true, 2};

#define FACE_PRIVACY_REDACT_BENCH(name, style, layout) \
  BENCHMARK_CAPTURE(redact, name, style, layout)       \
      ->ArgNames({"faces", "px"})                      \
      ->Args({1, 200})                                 \
      ->Args({50, 200})                                \
      ->Args({500, 24})                                \
      ->Args({1, 1600})                                \
      ->Args({1, 3000})                                \
      ->UseManualTime()                                \
      ->Unit(benchmark::kMillisecond)

FACE_PRIVACY_REDACT_BENCH(blur_rgb8, Style::kBlur, kRgb8);
FACE_PRIVACY_REDACT_BENCH(blur_gray8, Style::kBlur, kGray8);
FACE_PRIVACY_REDACT_BENCH(blur_rgba16, Style::kBlur, kRgba16);
FACE_PRIVACY_REDACT_BENCH(pixelate_rgb8, Style::kPixelate, kRgb8);
FACE_PRIVACY_REDACT_BENCH(fill_rgb8, Style::kFill, kRgb8);

}  // namespace
}  // namespace face_privacy

BENCHMARK_MAIN();
