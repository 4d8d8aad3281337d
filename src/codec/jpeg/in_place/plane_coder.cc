#include "codec/jpeg/in_place/plane_coder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "base/simd.h"
#include "codec/jpeg/scan/block_store.h"

namespace face_privacy::jpeg {
namespace {

bool sampled_alike(const Component& a, const Component& b) {
  return a.horizontal_sampling == b.horizontal_sampling && a.vertical_sampling == b.vertical_sampling;
}

JpegPlane plane_of(const Layout& layout, const Component& component, ColorModel model) {
  const int shrink_x = layout.max_horizontal_sampling() / component.horizontal_sampling;
  const int shrink_y = layout.max_vertical_sampling() / component.vertical_sampling;
  return {{model, false, 1},
          {(layout.size.width + shrink_x - 1) / shrink_x, (layout.size.height + shrink_y - 1) / shrink_y},
          shrink_x,
          shrink_y};
}

// The samples of an MCU that are in a plane.
Size mcu_samples(const JpegPlane& plane, const Layout& layout) {
  const Size mcu = layout.mcu_size();
  return {mcu.width / plane.shrink_x, mcu.height / plane.shrink_y};
}

// The samples of one block, row by row.
constexpr std::size_t kBlockStride = 8;
using Samples = std::array<std::uint8_t, 8 * kBlockStride>;

std::uint8_t sample_of_dc(int dc, const Quantizer& quantizer) {
  const float value = static_cast<float>(dc) * quantizer.step[0] / 8 + 128.F;
  return static_cast<std::uint8_t>(std::lrint(std::clamp(value, 0.F, 255.F)));
}

void decode_block(const Block& block, const Quantizer& quantizer, std::uint8_t* samples,
                  std::size_t stride_bytes) {
  const bool is_flat = (nonzero_mask(block) & ~std::uint64_t{1}) == 0;
  if (!is_flat) return samples_from_block(block, quantizer, samples, stride_bytes);
  const std::uint8_t sample = sample_of_dc(block[0], quantizer);
  for (std::size_t y = 0; y < 8; ++y) std::memset(samples + y * stride_bytes, sample, 8);
}

constexpr std::size_t kLargestMcuSide = 32;  // sampling factors go up to 4

using Byte16 = std::uint8_t __attribute__((vector_size(16)));

// Eight pixels of a row.
template <int kChannels>
void interleave(const std::array<Samples, kMaxComponents>& channels, std::size_t at, std::uint8_t* to) {
  if constexpr (kChannels == 1) {
    std::memcpy(to, &channels[0][at], 8);
  } else if constexpr (kChannels == 2) {
    Byte8 first;
    Byte8 second;
    std::memcpy(&first, &channels[0][at], 8);
    std::memcpy(&second, &channels[1][at], 8);
    const Byte16 both =
        __builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
    std::memcpy(to, &both, 16);
  } else {
    for (std::size_t x = 0; x < 8; ++x) {
      for (std::size_t c = 0; c < kChannels; ++c) to[x * kChannels + c] = channels[c][at + x];
    }
  }
}

template <int kChannels>
void separate(const std::uint8_t* from, std::size_t at, std::array<Samples, kMaxComponents>& channels) {
  if constexpr (kChannels == 1) {
    std::memcpy(&channels[0][at], from, 8);
  } else if constexpr (kChannels == 2) {
    Byte16 both;
    std::memcpy(&both, from, 16);
    const Byte8 first = __builtin_shufflevector(both, both, 0, 2, 4, 6, 8, 10, 12, 14);
    const Byte8 second = __builtin_shufflevector(both, both, 1, 3, 5, 7, 9, 11, 13, 15);
    std::memcpy(&channels[0][at], &first, 8);
    std::memcpy(&channels[1][at], &second, 8);
  } else {
    for (std::size_t x = 0; x < 8; ++x) {
      for (std::size_t c = 0; c < kChannels; ++c) channels[c][at + x] = from[x * kChannels + c];
    }
  }
}

template <int kChannels>
void put(const std::array<Samples, kMaxComponents>& channels, const Rect& at, const MutableImageView& view) {
  std::uint8_t* to = view.row(at.y) + static_cast<std::ptrdiff_t>(at.x) * kChannels;
  for (std::size_t y = 0; y < static_cast<std::size_t>(at.height); ++y, to += view.stride_bytes) {
    if (at.width == 8) {
      interleave<kChannels>(channels, 8 * y, to);
      continue;
    }
    std::uint8_t row[8 * kChannels];
    interleave<kChannels>(channels, 8 * y, row);
    std::copy_n(row, at.width * kChannels, to);
  }
}

// Beyond the view's edges its last samples go on.
template <int kChannels>
void get(const ImageView& view, int x, int y, std::array<Samples, kMaxComponents>& channels) {
  const bool is_inside = x + 8 <= view.width;
  for (int row = 0; row < 8; ++row) {
    const std::size_t at = kBlockStride * static_cast<std::size_t>(row);
    const std::uint8_t* from = view.row(std::min(y + row, view.height - 1));
    if (is_inside) {
      separate<kChannels>(from + static_cast<std::ptrdiff_t>(x) * kChannels, at, channels);
      continue;
    }
    std::uint8_t pixels[8 * kChannels];
    for (int i = 0; i < 8; ++i) {
      std::copy_n(from + static_cast<std::ptrdiff_t>(std::min(x + i, view.width - 1)) * kChannels, kChannels,
                  pixels + i * kChannels);
    }
    separate<kChannels>(pixels, at, channels);
  }
}

}  // namespace

std::vector<JpegPlane> planes_of(const Layout& layout) {
  const auto& components = layout.components;
  if (layout.color == ComponentColors::kGray) return {plane_of(layout, components[0], ColorModel::kGray)};
  if (!sampled_alike(components[1], components[2])) return {};
  if (sampled_alike(components[0], components[1])) {
    const ColorModel model = layout.color == ComponentColors::kRgb ? ColorModel::kRgb : ColorModel::kYcc;
    return {plane_of(layout, components[0], model)};
  }
  if (layout.color == ComponentColors::kRgb) return {};
  return {plane_of(layout, components[0], ColorModel::kGray),
          plane_of(layout, components[1], ColorModel::kChroma)};
}

Rect samples_of(const Rect& mcus, const JpegPlane& plane, const Layout& layout) {
  const Size mcu = mcu_samples(plane, layout);
  return intersect(
      {mcus.x * mcu.width, mcus.y * mcu.height, mcus.width * mcu.width, mcus.height * mcu.height},
      {0, 0, plane.size.width, plane.size.height});
}

PlaneCoder::PlaneCoder(const Layout& layout, std::span<const JpegPlane> planes)
    : layout_(layout), planes_(planes) {
  for (int c = 0; c < layout.component_count; ++c) {
    quantizers_.emplace_back(layout.quant[layout.components[c].quant_slot]);
  }
  int first_component = 0;
  int first_block = 0;
  for (std::size_t plane = 0; plane < planes.size(); ++plane) {
    mcu_.push_back(mcu_samples(planes[plane], layout));
    const Component& component = layout.components[first_component];
    const int channels = planes[plane].layout.channels();
    const int blocks = component.blocks_per_mcu();
    for (int i = 0; i < blocks; ++i) {
      places_.push_back({plane, static_cast<std::size_t>(first_component), first_block + i, blocks,
                         i % component.horizontal_sampling * 8, i / component.horizontal_sampling * 8});
    }
    first_component += channels;
    first_block += channels * blocks;
  }
}

std::vector<Image> PlaneCoder::decode(const Rect& mcus, ScanPart& part) const {
  std::vector<Image> images;
  std::vector<MutableImageView> views;
  for (const JpegPlane& plane : planes_) {
    const Rect samples = samples_of(mcus, plane, layout_);
    images.emplace_back(Size{samples.width, samples.height}, plane.layout);
    views.push_back(images.back().mutable_view());
  }
  // A processor waits where it loads in vectors what it has only just stored in small pieces: several
  // MCUs are read before the first is transformed.
  constexpr std::size_t kMostWaiting = 16;
  alignas(32) Block blocks[kMostWaiting][kMaxBlocksPerMcu];
  std::array<int, kMostWaiting> places{};
  for (int y = 0; y < mcus.height; ++y) {
    std::size_t waiting = 0;
    const auto finish = [&] {
      for (std::size_t i = 0; i < waiting; ++i) decode_mcu(blocks[i], places[i], y, views);
      waiting = 0;
    };
    for (int x = 0; x < mcus.width; ++x) {
      if (!part.next_is_whole()) {
        fill_mcu(part.skip(), x, y, views);
        continue;
      }
      if (!part.read(blocks[waiting])) throw std::logic_error("a part that cannot be read again");
      places[waiting] = x;
      if (++waiting == kMostWaiting) finish();
    }
    finish();
  }
  return images;
}

void PlaneCoder::fill_mcu(const std::array<int, kMaxComponents>& dc, int mcu_x, int mcu_y,
                          std::span<const MutableImageView> views) const {
  std::size_t component = 0;
  for (std::size_t plane = 0; plane < views.size(); ++plane) {
    const MutableImageView& view = views[plane];
    const int channels = view.layout.channels();
    const Size mcu = mcu_[plane];
    const Rect at = intersect({mcu_x * mcu.width, mcu_y * mcu.height, mcu.width, mcu.height},
                              {0, 0, view.width, view.height});
    std::uint8_t row[kLargestMcuSide * kMaxComponents];
    for (int c = 0; c < channels; ++c, ++component) {
      const std::uint8_t sample = sample_of_dc(dc[component], quantizers_[component]);
      if (channels == 1) {
        std::memset(row, sample, kLargestMcuSide);
      } else {
        for (int x = 0; x < at.width; ++x) row[x * channels + c] = sample;
      }
    }
    const auto row_bytes = static_cast<std::size_t>(at.width) * static_cast<std::size_t>(channels);
    std::uint8_t* to = view.row(at.y) + static_cast<std::ptrdiff_t>(at.x) * channels;
    for (int y = 0; y < at.height; ++y, to += view.stride_bytes) {
      // Luma of 16 pixels, and two chromas of 8: one store.
      row_bytes == 16 ? std::memcpy(to, row, 16) : std::memcpy(to, row, row_bytes);
    }
  }
}

void PlaneCoder::decode_mcu(const Block* blocks, int mcu_x, int mcu_y,
                            std::span<const MutableImageView> views) const {
  std::array<Samples, kMaxComponents> samples;
  for (const BlockPlace& place : places_) {
    const MutableImageView& view = views[place.plane];
    const int channels = view.layout.channels();
    const int x = mcu_x * mcu_[place.plane].width + place.x;
    const int y = mcu_y * mcu_[place.plane].height + place.y;
    const Rect at = intersect({x, y, 8, 8}, {0, 0, view.width, view.height});
    if (at.empty()) continue;
    if (channels == 1 && at.width == 8 && at.height == 8) {
      decode_block(blocks[place.first_block], quantizers_[place.first_component], view.row(y) + x,
                   view.stride_bytes);
      continue;
    }
    for (int c = 0; c < channels; ++c) {
      decode_block(blocks[place.first_block + c * place.blocks_per_channel],
                   quantizers_[place.first_component + static_cast<std::size_t>(c)], samples[c].data(),
                   kBlockStride);
    }
    switch (channels) {
      case 1: put<1>(samples, at, view); break;
      case 2: put<2>(samples, at, view); break;
      default: put<3>(samples, at, view);
    }
  }
}

std::span<const Quantizer> PlaneCoder::quantizers_of(std::size_t plane) const {
  const auto place = std::find_if(places_.begin(), places_.end(),
                                  [&](const BlockPlace& of_any) { return of_any.plane == plane; });
  return std::span(quantizers_)
      .subspan(place->first_component, static_cast<std::size_t>(planes_[plane].layout.channels()));
}

void PlaneCoder::encode(std::span<const RedactedPlane> planes, int mcu_x, int mcu_y, Block* blocks) const {
  std::array<Samples, kMaxComponents> samples;
  for (const BlockPlace& place : places_) {
    const RedactedPlane& plane = planes[place.plane];
    const ImageView& view = plane.samples;
    const int channels = view.layout.channels();
    const int x = mcu_x * mcu_[place.plane].width + place.x;
    const int y = mcu_y * mcu_[place.plane].height + place.y;
    const int cell_x = plane.first_cell_x + x / SplineSurface::kCellPx;
    const int cell_y = plane.first_cell_y + y / SplineSurface::kCellPx;
    if (const SurfaceBlocks* surface = plane.surfaces.surface_at(cell_x, cell_y)) {
      for (int c = 0; c < channels; ++c) {
        surface->encode(cell_x, cell_y, static_cast<std::size_t>(c),
                        blocks[place.first_block + c * place.blocks_per_channel]);
      }
      continue;
    }
    if (channels == 1 && x + 8 <= view.width && y + 8 <= view.height) {
      block_from_samples(view.row(y) + x, view.stride_bytes, quantizers_[place.first_component],
                         blocks[place.first_block]);
      continue;
    }
    switch (channels) {
      case 1: get<1>(view, x, y, samples); break;
      case 2: get<2>(view, x, y, samples); break;
      default: get<3>(view, x, y, samples);
    }
    for (int c = 0; c < channels; ++c) {
      block_from_samples(samples[c].data(), kBlockStride,
                         quantizers_[place.first_component + static_cast<std::size_t>(c)],
                         blocks[place.first_block + c * place.blocks_per_channel]);
    }
  }
}

}  // namespace face_privacy::jpeg
