#include "eval/copies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace face_privacy {
namespace {

constexpr Size kSize{60, 40};
constexpr Rect kMark{42, 6, 8, 8};  // white on black: a face

Image photo() {
  Image image(kSize, kRgb8);
  const MutableImageView view = image.mutable_view();
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      const bool inside = x >= kMark.x && x < kMark.right() && y >= kMark.y && y < kMark.bottom();
      std::fill_n(view.row(y) + 3 * x, 3, static_cast<std::uint8_t>(inside ? 255 : 0));
    }
  }
  return image;
}

TruthPhoto truth() {
  TruthPhoto truth;
  truth.faces.push_back({{42, 6, 8, 8}, "face"});
  truth.noses.push_back({46, 10});
  return truth;
}

class EveryCopy : public testing::TestWithParam<CopyKind> {};

TEST_P(EveryCopy, HasItsFaceWhereItsLabelSays) {
  const PhotoCopy copy = make_copy(photo().view(), truth(), GetParam());
  ASSERT_EQ(copy.truth.faces.size(), 1U);
  ASSERT_EQ(copy.truth.noses.size(), 1U);
  const BoxF& box = copy.truth.faces.front().box;
  const PointF nose = copy.truth.noses.front();
  EXPECT_NEAR(box.center().x, nose.x, 1e-3);
  EXPECT_NEAR(box.center().y, nose.y, 1e-3);
  const ImageView view = copy.pixels.view();
  const auto value = [&](float x, float y) { return view.row(static_cast<int>(y))[3 * static_cast<int>(x)]; };
  EXPECT_GT(value(nose.x, nose.y), 40);
  EXPECT_LT(value(nose.x - box.width, nose.y), 40);
  EXPECT_LT(value(nose.x, nose.y + box.height), 40);
}

INSTANTIATE_TEST_SUITE_P(Copies, EveryCopy, testing::ValuesIn(kCopyKinds));

TEST(Copies, TurnedOnesSwapTheSides) {
  EXPECT_EQ(make_copy(photo().view(), truth(), CopyKind::kTurnedLeft).pixels.size(), (Size{40, 60}));
  EXPECT_EQ(make_copy(photo().view(), truth(), CopyKind::kUpsideDown).pixels.size(), kSize);
  // The mark is at the top right: turned to the left it is at the top left.
  const PhotoCopy left = make_copy(photo().view(), truth(), CopyKind::kTurnedLeft);
  EXPECT_LT(left.truth.noses.front().x, 20);
  EXPECT_LT(left.truth.noses.front().y, 30);
}

TEST(Copies, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const CopyKind kind : kCopyKinds) names.insert(name_of(kind));
  EXPECT_EQ(names.size(), kCopyKinds.size());
}

}  // namespace
}  // namespace face_privacy
