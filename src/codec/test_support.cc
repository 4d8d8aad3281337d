#include "codec/test_support.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "redact/redact.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

int sample_at(const ImageView& image, int y, int index) {
  const std::uint8_t* row = image.row(y);
  if (image.layout.bytes_per_sample == 1) return row[index];
  std::uint16_t sample;
  std::memcpy(&sample, row + std::ptrdiff_t{2} * index, 2);
  return sample;
}

template <class Visit>
void for_each_difference(const ImageView& a, const ImageView& b, const Visit& visit) {
  ASSERT_EQ(a.size(), b.size());
  ASSERT_EQ(a.layout, b.layout);
  for (int y = 0; y < a.height; ++y) {
    for (int i = 0; i < a.width * a.layout.channels(); ++i) {
      visit(std::abs(sample_at(a, y, i) - sample_at(b, y, i)));
    }
  }
}

}  // namespace

Bytes test_file(const std::string& name) {
  std::ifstream file(std::string(test_paths::kTestdata) + "/codec/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_FALSE(bytes.empty()) << name << " is not in the test data";
  return {bytes.begin(), bytes.end()};
}

Photo decoded(ByteView file) {
  auto photo = decode(file, Limits{});
  EXPECT_TRUE(photo.has_value()) << photo.error().message;
  return photo ? std::move(*photo) : Photo{};
}

ErrorCode decode_error(ByteView file, const Limits& limits) {
  const auto photo = decode(file, limits);
  return photo ? ErrorCode::kIo : photo.error().code;
}

Result<Bytes> try_encode(Photo photo, const EncodeOptions& options) {
  const std::vector<std::vector<Region>> nothing(static_cast<std::size_t>(photo.frame_count));
  return encode(Redactor::redact(std::move(photo), nothing, {}), options);
}

Bytes encoded(Photo photo, const EncodeOptions& options) {
  auto file = try_encode(std::move(photo), options);
  EXPECT_TRUE(file.has_value()) << file.error().message;
  return file ? std::move(*file) : Bytes{};
}

Bytes rewritten(ByteView file) { return encoded(decoded(file)); }

int max_difference(const ImageView& a, const ImageView& b) {
  int largest = 1 << 16;
  int seen = 0;
  for_each_difference(a, b, [&](int difference) {
    seen = std::max(seen, difference);
    largest = seen;
  });
  return largest;
}

double mean_difference(const ImageView& a, const ImageView& b) {
  double sum = 0;
  double count = 0;
  for_each_difference(a, b, [&](int difference) {
    sum += difference;
    ++count;
  });
  return count == 0 ? 1e9 : sum / count;
}

bool contains(ByteView bytes, std::string_view text) {
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end(),
                     [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) != bytes.end();
}

Image sample_image(Size size, PixelLayout layout) {
  Image image(size, layout);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      for (int c = 0; c < layout.channels(); ++c) {
        const bool spot = x > size.width / 2 && x < size.width * 3 / 4 && y < size.height / 3;
        const int smooth = (x * (3 + c) * 100 / size.width + y * (2 + c) * 80 / size.height) % 256;
        const int value = spot ? 40 * c + 60 : smooth;
        const int index = x * layout.channels() + c;
        if (layout.bytes_per_sample == 1) {
          image.mutable_view().row(y)[index] = static_cast<std::uint8_t>(value);
        } else {
          const auto wide = static_cast<std::uint16_t>(value * 256 + (x * 7 + y * 13) % 256);
          std::memcpy(image.mutable_view().row(y) + std::ptrdiff_t{2} * index, &wide, 2);
        }
      }
    }
  }
  return image;
}

Photo sample_photo(Size size, PixelLayout layout, Format format) {
  Photo photo;
  photo.pixels = sample_image(size, layout);
  photo.source.format = format;
  photo.source.bit_depth = layout.bytes_per_sample * 8;
  return photo;
}

}  // namespace face_privacy
