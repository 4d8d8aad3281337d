#include "codec/jpeg/scan/coefficients.h"

#include <cstring>

namespace face_privacy::jpeg {
namespace {

// Blocks that cover `pixels` of the picture, of which a component has one sample for every most / sampling.
int blocks_for(int pixels, int sampling, int most) {
  const std::int64_t per_block = std::int64_t{8} * most;
  return static_cast<int>((std::int64_t{pixels} * sampling + per_block - 1) / per_block);
}

}  // namespace

Coefficients::Coefficients(const Layout& layout) : layout_(layout) {
  std::size_t blocks = 0;
  for (int c = 0; c < layout.component_count; ++c) {
    const Component& component = layout.components[c];
    planes_[c].across =
        blocks_for(layout.size.width, component.horizontal_sampling, layout.max_horizontal_sampling());
    planes_[c].down =
        blocks_for(layout.size.height, component.vertical_sampling, layout.max_vertical_sampling());
    blocks += planes_[c].count();
  }
  const std::size_t bytes = blocks * (sizeof(Block) + sizeof(std::uint64_t));
  bytes_ = PooledBytes(bytes);
  std::memset(bytes_.data(), 0, bytes);
  auto* values = reinterpret_cast<Block*>(bytes_.data());
  auto* masks = reinterpret_cast<std::uint64_t*>(bytes_.data() + blocks * sizeof(Block));
  for (int c = 0; c < layout.component_count; ++c) {
    planes_[c].blocks = values;
    planes_[c].masks = masks;
    values += planes_[c].count();
    masks += planes_[c].count();
  }
}

}  // namespace face_privacy::jpeg
