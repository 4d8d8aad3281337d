// Any faces, boxes, options and regions, also ones that no detector gives: redaction must neither
// crash nor change a byte outside the regions' bounds, and must leave alpha alone.
#include <cstdint>
#include <cstring>
#include <vector>

#include "redact/redact.h"

namespace face_privacy {
namespace {

// Takes values from the input; zeros when it is used up.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

  template <class T>
  T take() {
    T value{};
    if (left_ < sizeof(T)) return value;
    std::memcpy(&value, data_, sizeof(T));
    data_ += sizeof(T);
    left_ -= sizeof(T);
    return value;
  }
  bool is_empty() const { return left_ == 0; }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

// Mostly near the picture; every eighth is four bytes taken as they come.
float coordinate(Input& input) {
  if (input.take<std::uint8_t>() % 8 == 0) return input.take<float>();
  return static_cast<float>(input.take<std::int16_t>()) / 256;
}

BoxF box(Input& input) {
  BoxF result;
  for (float* value : {&result.x, &result.y, &result.width, &result.height}) *value = coordinate(input);
  return result;
}

RequestedRegion requested_region(Input& input) {
  RequestedRegion result{.box = box(input)};
  const auto own = input.take<std::uint8_t>();
  if ((own & 1) != 0) result.shape = (own & 2) != 0 ? Shape::kBox : Shape::kEllipse;
  if ((own & 4) != 0) result.margin = static_cast<float>(own >> 3) / 8;
  if ((own & 128) != 0) result.style = static_cast<Style>(own % 3);
  return result;
}

PointF point(Input& input) {
  const float x = coordinate(input);
  return {x, coordinate(input)};
}

PixelLayout layout(std::uint8_t bits) {
  const ColorModel models[] = {ColorModel::kGray, ColorModel::kRgb, ColorModel::kCmyk, ColorModel::kRgb};
  return {models[bits % 4], (bits & 4) != 0, (bits & 8) != 0 ? 2 : 1};
}

Image picture(Size size, const PixelLayout& pixel_layout) {
  Image image(size, pixel_layout);
  std::uint8_t* bytes = image.mutable_view().data;
  for (std::size_t i = 0; i < image.size_bytes(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 41 >> 3);
  return image;
}

std::vector<Region> regions(Input& input, const RedactOptions& options) {
  std::vector<Face> faces;
  std::vector<RequestedRegion> requested;
  std::vector<BoxF> keep;
  std::vector<Region> raw;
  while (!input.is_empty() && faces.size() + requested.size() + keep.size() + raw.size() < 24) {
    const auto kind = input.take<std::uint8_t>();
    switch (kind % 4) {
      case 0: {
        Face face;
        face.box = box(input);
        Landmarks& marks = face.landmarks;
        for (PointF* mark :
             {&marks.left_eye, &marks.right_eye, &marks.nose, &marks.mouth_left, &marks.mouth_right}) {
          *mark = point(input);
        }
        faces.push_back(face);
        break;
      }
      case 1: requested.push_back(requested_region(input)); break;
      case 2: keep.push_back(box(input)); break;
      default: {
        const BoxF shape = box(input);
        raw.push_back({(kind & 4) != 0 ? Shape::kBox : Shape::kEllipse,
                       {{shape.x, shape.y}, shape.width, shape.height, coordinate(input)},
                       coordinate(input)});
      }
    }
  }
  std::vector<Region> result = plan_regions(faces, requested, keep, options);
  result.insert(result.end(), raw.begin(), raw.end());
  return result;
}

void check(const ImageView& before, const ImageView& after, const std::vector<Region>& all) {
  std::vector<Rect> bounds;
  for (const Region& region : all) bounds.push_back(region.bounds());
  const auto bytes_per_pixel = static_cast<std::size_t>(before.layout.bytes_per_pixel());
  const auto color_bytes =
      static_cast<std::size_t>(before.layout.color_channels() * before.layout.bytes_per_sample);
  for (int y = 0; y < before.height; ++y) {
    for (int x = 0; x < before.width; ++x) {
      const std::uint8_t* was = before.row(y) + static_cast<std::size_t>(x) * bytes_per_pixel;
      const std::uint8_t* is = after.row(y) + static_cast<std::size_t>(x) * bytes_per_pixel;
      bool is_inside = false;
      for (const Rect& rect : bounds) is_inside = is_inside || !intersect(rect, {x, y, 1, 1}).empty();
      const std::size_t skipped = is_inside ? color_bytes : 0;
      if (std::memcmp(was + skipped, is + skipped, bytes_per_pixel - skipped) != 0) __builtin_trap();
    }
  }
}

}  // namespace
}  // namespace face_privacy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace face_privacy;
  Input input(data, size);
  const Size picture_size{1 + input.take<std::uint8_t>() % 80, 1 + input.take<std::uint8_t>() % 80};
  const PixelLayout pixel_layout = layout(input.take<std::uint8_t>());
  RedactOptions options;
  const auto choices = input.take<std::uint8_t>();
  options.style = static_cast<Style>(choices % 3);
  options.shape = (choices & 4) != 0 ? Shape::kBox : Shape::kEllipse;
  options.margin = coordinate(input);
  options.cells = input.take<std::int8_t>();
  const std::vector<std::vector<Region>> frames = {regions(input, options)};

  Photo photo;
  photo.pixels = picture(picture_size, pixel_layout);
  const Image before = photo.pixels.clone();
  const RedactedPhoto after = Redactor::redact(std::move(photo), frames, options);
  check(before.view(), after->pixels.view(), frames[0]);
  for (const Region& region : frames[0]) {
    const Rect support = Redactor::support(region, picture_size);
    if (intersect(support, {0, 0, picture_size.width, picture_size.height}) != support) __builtin_trap();
  }
  return 0;
}
