#include "image/image.h"

#include <cassert>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include "base/freed_memory.h"

namespace face_privacy {
namespace {

// Blocks at least this large are worth keeping: smaller ones malloc serves without new pages.
constexpr std::size_t kSmallestPooledBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxPooledBlocks = 8;
constexpr std::size_t kMaxPooledBytes = std::size_t{256} << 20;

struct Block {
  std::uint8_t* data;
  std::size_t capacity;
};

// Frees what is left at exit, so that leak checkers see a clean end.
class BlockPool {
 public:
  BlockPool() { free_.reserve(kMaxPooledBlocks); }
  ~BlockPool() {
    for (const Block& block : free_) ::operator delete[](block.data);
  }
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  Block take(std::size_t bytes) {
    if (bytes >= kSmallestPooledBytes) {
      const std::lock_guard lock(mutex_);
      auto best = free_.end();
      for (auto it = free_.begin(); it != free_.end(); ++it) {
        const bool fits = it->capacity >= bytes && it->capacity / 2 <= bytes;
        if (fits && (best == free_.end() || it->capacity < best->capacity)) best = it;
      }
      if (best != free_.end()) {
        const Block block = *best;
        pooled_bytes_ -= block.capacity;
        free_.erase(best);
        return block;
      }
    }
    return {static_cast<std::uint8_t*>(::operator new[](bytes)), bytes};
  }

  // The first `used_bytes` of it may hold something.
  void give_back(Block block, std::size_t used_bytes) noexcept {
    if (block.capacity >= kSmallestPooledBytes) {
      const std::lock_guard lock(mutex_);
      if (free_.size() < kMaxPooledBlocks && pooled_bytes_ + block.capacity <= kMaxPooledBytes) {
        if (wipes_freed_memory()) std::memset(block.data, 0, used_bytes);  // as if it were freed
        free_.push_back(block);
        pooled_bytes_ += block.capacity;
        return;
      }
    }
    ::operator delete[](block.data);
  }

 private:
  std::mutex mutex_;
  std::vector<Block> free_;
  std::size_t pooled_bytes_ = 0;
};

BlockPool& pool() {
  static BlockPool instance;
  return instance;
}

}  // namespace

ImageView ImageView::crop(const Rect& inside) const {
  assert(inside.x >= 0 && inside.y >= 0 && inside.right() <= width && inside.bottom() <= height);
  const auto offset = static_cast<std::size_t>(inside.x) * static_cast<std::size_t>(layout.bytes_per_pixel());
  return {row(inside.y) + offset, inside.width, inside.height, stride_bytes, layout};
}

MutableImageView MutableImageView::crop(const Rect& inside) const {
  assert(inside.x >= 0 && inside.y >= 0 && inside.right() <= width && inside.bottom() <= height);
  const auto offset = static_cast<std::size_t>(inside.x) * static_cast<std::size_t>(layout.bytes_per_pixel());
  return {row(inside.y) + offset, inside.width, inside.height, stride_bytes, layout};
}

void Image::ReturnToPool::operator()(std::uint8_t* block) const noexcept {
  pool().give_back({block, capacity_bytes}, used_bytes);
}

Image::Image(Size size, PixelLayout layout) : size_(size), layout_(layout) {
  const Block block = pool().take(std::max<std::size_t>(1, size_bytes()));
  pixels_ = {block.data, ReturnToPool{block.capacity, size_bytes()}};
}

Image Image::clone() const {
  if (!pixels_) return {};
  Image copy(size_, layout_);
  std::memcpy(copy.pixels_.get(), pixels_.get(), size_bytes());
  return copy;
}

ImageView Image::view() const { return {pixels_.get(), size_.width, size_.height, stride_bytes(), layout_}; }

MutableImageView Image::mutable_view() {
  return {pixels_.get(), size_.width, size_.height, stride_bytes(), layout_};
}

}  // namespace face_privacy
