// Nothing leaves that no redactor has made: neither door of the codecs takes anything else, which is
// decided when this file compiles.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <type_traits>

#include "codec/codec.h"
#include "codec/jpeg/in_place/editor.h"
#include "codec/jpeg/in_place/test_support.h"
#include "redact/in_place.h"

namespace face_privacy {
namespace {

template <class T>
concept CanBeEncoded = requires(const T& photo) {
  encode(photo, EncodeOptions{});
};
static_assert(CanBeEncoded<RedactedPhoto>);
static_assert(!CanBeEncoded<Photo>);
static_assert(!CanBeEncoded<Image>);

template <class T>
concept CanBeWritten = requires(const JpegEditor& editor, const T& edits) {
  editor.write(edits);
};
static_assert(CanBeWritten<Redacted<JpegEdits>>);
static_assert(!CanBeWritten<JpegEdits>);
static_assert(!CanBeWritten<std::vector<EditedMcus>>);
static_assert(!CanBeWritten<std::span<const EditedMcus>>);

template <class T>
concept CanBecomePart = requires(const JpegEditor& editor, const std::vector<T>& patches) {
  editor.encode(patches, std::span<const Rect>());
};
static_assert(CanBecomePart<RedactedPatch>);
static_assert(!CanBecomePart<Patch>);

template <class T>
constexpr bool kIsSealed =
    !std::is_constructible_v<Redacted<T>, T> && !std::is_convertible_v<T, Redacted<T>> &&
    !std::is_default_constructible_v<Redacted<T>>;
static_assert(kIsSealed<Photo> && kIsSealed<Patch> && kIsSealed<JpegEdits>);

Region box(float left, float right) {
  Region region;
  region.shape = Shape::kBox;
  region.core.center = {(left + right) / 2, 75};
  region.core.radius_x = (right - left) / 2;
  region.core.radius_y = 59;
  region.feather_px = 2;
  return region;
}

// A gray picture with two faces, the right one of this value.
Bytes picture_with_neighbor(std::uint8_t value) {
  jpeg_test::Recipe recipe;
  recipe.size = {280, 152};
  recipe.sampling = {1, 1};
  recipe.quality = 100;
  Image picture(recipe.size, kRgb8);
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) {
      const bool in_neighbor = x >= 140 && x < 256 && y >= 17 && y < 133;
      std::fill_n(picture.mutable_view().row(y) + 3 * x, 3, in_neighbor ? value : std::uint8_t{120});
    }
  }
  return jpeg_test::make_jpeg(recipe, picture.view());
}

// What a face is replaced with is grown from its surroundings. A face beside it, which lies in other
// blocks and is redacted on its own, is no surroundings: nothing of it may show.
TEST(Seal, APartOfAJpegTakesNothingFromTheFaceBesideIt) {
  const std::vector<Region> regions{box(16, 134), box(139, 257)};
  std::vector<Photo> outputs;
  for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{255}}) {
    const Bytes file = picture_with_neighbor(value);
    const auto editor = JpegEditor::open(file, {}, 1);
    ASSERT_TRUE(editor);
    const auto edits = Redactor::redact_in_place(*editor, regions, {}, {});
    ASSERT_TRUE(edits);
    ASSERT_EQ((*edits)->parts().size(), 2U) << "the faces share no block";
    auto photo = decode(editor->write(*edits), {});
    ASSERT_TRUE(photo);
    outputs.push_back(std::move(*photo));
  }
  int largest = 0;
  for (int y = 20; y < 130; ++y) {
    for (int x = 20; x < 134; ++x) {
      const int a = outputs[0].pixels.view().row(y)[3 * x];
      const int b = outputs[1].pixels.view().row(y)[3 * x];
      largest = std::max(largest, std::abs(a - b));
    }
  }
  EXPECT_LE(largest, 2);
}

}  // namespace
}  // namespace face_privacy
