// Each frame is written as what changed since the frame before, in the smallest rectangle around it;
// unchanged pixels inside are transparent. So a frame needs colors only for what changed, which is
// what came from one table of the source.
#include "codec/gif/writer.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/gif/lzw.h"
#include "codec/gif/palette.h"

namespace face_privacy {
namespace {

constexpr std::size_t kMaxColors = 256;
// What a pixel shows: 0xRRGGBB, or this.
constexpr std::uint32_t kTransparent = 0xFFFFFFFF;

using Canvas = std::vector<std::uint32_t>;

Canvas canvas_of(const ImageView& frame) {
  const int channels = frame.layout.channels();
  Canvas canvas;
  canvas.reserve(static_cast<std::size_t>(frame.width) * static_cast<std::size_t>(frame.height));
  for (int y = 0; y < frame.height; ++y) {
    const std::uint8_t* pixel = frame.row(y);
    for (int x = 0; x < frame.width; ++x, pixel += channels) {
      const bool visible = channels == 3 || pixel[3] >= 128;
      canvas.push_back(visible ? std::uint32_t{pixel[0]} << 16 | pixel[1] << 8 | pixel[2] : kTransparent);
    }
  }
  return canvas;
}

// Whether a pixel that is seen becomes transparent, which no frame can do: the frame before has to
// be cleared away.
bool needs_clearing(const Canvas& before, const Canvas& after) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != kTransparent && after[i] == kTransparent) return true;
  }
  return false;
}

Rect changed_part(const Canvas& before, const Canvas& after, Size size) {
  Rect changed;
  for (int y = 0; y < size.height; ++y) {
    const auto row = static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width);
    const auto width = static_cast<std::size_t>(size.width);
    std::size_t left = 0;
    while (left < width && before[row + left] == after[row + left]) ++left;
    if (left == width) continue;
    std::size_t right = width;
    while (before[row + right - 1] == after[row + right - 1]) --right;
    changed = unite(changed, {static_cast<int>(left), y, static_cast<int>(right - left), 1});
  }
  return changed.empty() ? Rect{0, 0, 1, 1} : changed;
}

// A frame as it is written.
struct Frame {
  Rect place;
  std::vector<std::uint32_t> palette;
  std::optional<std::size_t> transparent_index;
  Bytes indices;
  bool clear_after = false;
};

// Calls visit(before, after) for each pixel of `place`, row by row.
template <class Visit>
void for_each_pixel(const Canvas& before, const Canvas& after, Size size, const Rect& place,
                    const Visit& visit) {
  for (int y = place.y; y < place.bottom(); ++y) {
    const auto row = static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width);
    for (int x = place.x; x < place.right(); ++x) {
      visit(before[row + static_cast<std::size_t>(x)], after[row + static_cast<std::size_t>(x)]);
    }
  }
}

// How often each color occurs. Neighbors are often equal, so the last one is kept at hand.
class ColorCounts {
 public:
  void add(std::uint32_t color) {
    if (last_ == nullptr || last_->first != color) last_ = &*counts_.emplace(color, 0).first;
    ++last_->second;
  }
  bool contains(std::uint32_t color) const { return counts_.contains(color); }
  std::size_t size() const { return counts_.size(); }

  // In ascending order, so that the same photo gives the same file.
  std::vector<CountedColor> sorted() const {
    std::vector<CountedColor> colors;
    colors.reserve(counts_.size());
    for (const auto& [color, count] : counts_) colors.push_back({color, count});
    std::sort(colors.begin(), colors.end(),
              [](const CountedColor& a, const CountedColor& b) { return a.color < b.color; });
    return colors;
  }

 private:
  std::unordered_map<std::uint32_t, std::uint32_t> counts_;
  std::pair<const std::uint32_t, std::uint32_t>* last_ = nullptr;
};

// The indices of colors in a palette; those that are not in it get their nearest.
class ColorIndices {
 public:
  explicit ColorIndices(std::span<const std::uint32_t> palette) : palette_(palette) {
    for (std::size_t i = 0; i < palette.size(); ++i) {
      indices_.emplace(palette[i], static_cast<std::uint8_t>(i));
    }
  }

  std::uint8_t operator()(std::uint32_t color) {
    if (last_ != nullptr && last_->first == color) return last_->second;
    auto found = indices_.find(color);
    if (found == indices_.end()) {
      found = indices_.emplace(color, static_cast<std::uint8_t>(nearest_color(palette_, color))).first;
    }
    last_ = &*found;
    return last_->second;
  }

 private:
  std::span<const std::uint32_t> palette_;
  std::unordered_map<std::uint32_t, std::uint8_t> indices_;
  const std::pair<const std::uint32_t, std::uint8_t>* last_ = nullptr;
};

// The colors to write a frame with, and whether unchanged pixels are written as transparent.
struct FrameColors {
  std::vector<std::uint32_t> opaque;
  bool transparent = false;
};

FrameColors choose_colors(const Canvas& before, const Canvas& after, Size size, const Rect& place,
                          const std::vector<std::uint32_t>& source_colors) {
  ColorCounts changed;
  ColorCounts all;
  bool transparent = false;
  bool unchanged = false;
  for_each_pixel(before, after, size, place, [&](std::uint32_t was, std::uint32_t is) {
    transparent = transparent || is == kTransparent;
    unchanged = unchanged || was == is;
    if (was != is) changed.add(is);  // never transparent: see needs_clearing
    if (is != kTransparent && all.size() <= kMaxColors) all.add(is);
  });
  // Where a full table leaves no room for transparency, unchanged pixels can be written as well.
  if (!unchanged || (!transparent && changed.size() == kMaxColors && all.size() == kMaxColors)) {
    return {choose_palette(changed.sorted(), source_colors, kMaxColors), false};
  }
  return {choose_palette(changed.sorted(), source_colors, kMaxColors - 1), true};
}

// `before` becomes what is seen once the frame is drawn.
Frame make_frame(Canvas& before, const Canvas& after, Size size, bool clear_after,
                 const std::vector<std::uint32_t>& source_colors) {
  Frame frame;
  frame.clear_after = clear_after;
  frame.place = clear_after ? Rect{0, 0, size.width, size.height} : changed_part(before, after, size);
  FrameColors colors = choose_colors(before, after, size, frame.place, source_colors);
  ColorIndices index_of(colors.opaque);
  const auto transparent_index = static_cast<std::uint8_t>(colors.opaque.size());
  frame.indices.reserve(static_cast<std::size_t>(frame.place.width) *
                        static_cast<std::size_t>(frame.place.height));
  for_each_pixel(before, after, size, frame.place, [&](std::uint32_t was, std::uint32_t is) {
    frame.indices.push_back(was == is && colors.transparent ? transparent_index : index_of(is));
  });
  frame.palette = std::move(colors.opaque);
  if (colors.transparent) {
    frame.transparent_index = frame.palette.size();
    frame.palette.push_back(0);
  }
  before = after;
  if (clear_after) std::fill(before.begin(), before.end(), kTransparent);
  return frame;
}

void append_u16(int value, Bytes& file) {
  file.push_back(static_cast<std::uint8_t>(value & 0xFF));
  file.push_back(static_cast<std::uint8_t>(value >> 8 & 0xFF));
}

void append_text(std::string_view text, Bytes& file) { file.insert(file.end(), text.begin(), text.end()); }

// GIF89a has no loops; this extension of Netscape's is what everybody reads. It counts repetitions
// after the first showing, 0 for ever.
void append_loop(int loop_count, Bytes& file) {
  if (loop_count == 1) return;
  file.insert(file.end(), {0x21, 0xFF, 11});
  append_text("NETSCAPE2.0", file);
  file.insert(file.end(), {3, 1});
  append_u16(loop_count == 0 ? 0 : std::min(loop_count - 1, 65535), file);
  file.push_back(0);
}

void append_frame(const Frame& frame, int delay_ms, Bytes& file) {
  // Graphic control extension: how to dispose, how long, what is transparent.
  const int disposal = frame.clear_after ? 2 : 1;  // restore to background, or leave in place
  file.insert(file.end(),
              {0x21, 0xF9, 4, static_cast<std::uint8_t>(disposal << 2 | (frame.transparent_index ? 1 : 0))});
  append_u16(std::clamp((delay_ms + 5) / 10, 0, 65535), file);
  file.push_back(static_cast<std::uint8_t>(frame.transparent_index.value_or(0)));
  file.push_back(0);
  // Image descriptor and colors; a table has 2, 4, ... 256 of them.
  const int color_bits = std::max(1, static_cast<int>(std::bit_width(frame.palette.size() - 1)));
  file.push_back(0x2C);
  append_u16(frame.place.x, file);
  append_u16(frame.place.y, file);
  append_u16(frame.place.width, file);
  append_u16(frame.place.height, file);
  file.push_back(static_cast<std::uint8_t>(0x80 | (color_bits - 1)));
  for (std::size_t i = 0; i < std::size_t{1} << color_bits; ++i) {
    const std::uint32_t color = i < frame.palette.size() ? frame.palette[i] : 0;
    file.insert(file.end(), {static_cast<std::uint8_t>(color >> 16), static_cast<std::uint8_t>(color >> 8),
                             static_cast<std::uint8_t>(color)});
  }
  const int root_bits = std::max(2, color_bits);
  file.push_back(static_cast<std::uint8_t>(root_bits));
  append_lzw_blocks(frame.indices, root_bits, file);
}

}  // namespace

Bytes write_gif(const ImageView& pixels, const Photo& photo) {
  const Size size{pixels.width, pixels.height / photo.frame_count};
  Bytes file{'G', 'I', 'F', '8', '9', 'a'};
  append_u16(size.width, file);
  append_u16(size.height, file);
  file.insert(file.end(), {0x70, 0, 0});  // 8 bits a primary, no table for all frames, square pixels
  if (photo.frame_count > 1) append_loop(photo.loop_count, file);

  const auto canvas = [&](int index) {
    return canvas_of(pixels.crop({0, index * size.height, size.width, size.height}));
  };
  Canvas shown(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height), kTransparent);
  Canvas current = canvas(0);
  for (int i = 0; i < photo.frame_count; ++i) {
    Canvas next = i + 1 < photo.frame_count ? canvas(i + 1) : Canvas{};
    const bool clear_after = !next.empty() && needs_clearing(current, next);
    const Frame frame = make_frame(shown, current, size, clear_after, photo.source.gif_colors);
    const auto index = static_cast<std::size_t>(i);
    append_frame(frame, index < photo.frame_delays_ms.size() ? photo.frame_delays_ms[index] : 0, file);
    current = std::move(next);
  }
  file.push_back(0x3B);
  return file;
}

}  // namespace face_privacy
