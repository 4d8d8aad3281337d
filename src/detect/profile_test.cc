#include "detect/profile.h"

#include <gtest/gtest.h>

#include "detect/retinaface/engine.h"

namespace face_privacy {
namespace {

constexpr std::array kProfiles{Profile::kFast, Profile::kBalanced, Profile::kThorough};
constexpr std::array kPictures{Size{640, 480},    Size{4000, 3000},  Size{3000, 4000}, Size{1, 1},
                               Size{20, 20},      Size{65500, 10},   Size{10, 65500},  Size{12000, 1500},
                               Size{1080, 20000}, Size{16000, 16000}};

TEST(Profile, NamesGoBothWays) {
  for (const Profile profile : kProfiles) EXPECT_EQ(profile_from_name(name_of(profile)), profile);
  EXPECT_FALSE(profile_from_name("Fast"));
  EXPECT_FALSE(profile_from_name(""));
}

TEST(NetworkInput, KeepsTheShapeInMultiplesOf32) {
  const auto input = network_input({4000, 3000}, Pass{640});
  EXPECT_EQ(input.size, (Size{640, 480}));
  ASSERT_EQ(input.tiles.size(), 1U);
  EXPECT_EQ(input.tiles[0], (Rect{0, 0, 640, 480}));
}

TEST(NetworkInput, EnlargesSmallPicturesOnlySoFar) {
  EXPECT_EQ(network_input({100, 100}, Pass{1280}).size, (Size{288, 288}));
}

TEST(NetworkInput, APanoramaKeepsItsFacesLargeEnough) {
  const auto input = network_input({12000, 1500}, Pass{640});
  EXPECT_EQ(input.size.height, 256);
  EXPECT_EQ(input.size.width, 2048);
  EXPECT_GT(input.tiles.size(), 1U);
}

TEST(NetworkInput, TilesAreBoundedCoverEverythingAndOverlap) {
  for (const Profile profile : kProfiles) {
    for (const Size picture : kPictures) {
      for (const Pass& pass : passes_for(picture, plan_of(profile))) {
        const auto input = network_input(picture, pass);
        int right = 0;
        int bottom = 0;
        Rect previous{};
        for (const Rect& tile : input.tiles) {
          EXPECT_EQ(tile.x % kInputMultiple, 0);
          EXPECT_EQ(tile.y % kInputMultiple, 0);
          EXPECT_EQ(tile.width % kInputMultiple, 0);
          EXPECT_EQ(tile.height % kInputMultiple, 0);
          EXPECT_GT(tile.width, 0);
          EXPECT_GT(tile.height, 0);
          EXPECT_LE(tile.width, 2048);
          EXPECT_LE(tile.height, 2048);
          EXPECT_LE(tile.right(), input.size.width);
          EXPECT_LE(tile.bottom(), input.size.height);
          if (tile.y == previous.y && tile.x > previous.x) {
            EXPECT_GE(previous.right() - tile.x, 64) << "a face between two tiles is whole in one";
          } else if (tile.y > previous.y) {
            EXPECT_EQ(tile.x, 0);
            EXPECT_GE(previous.bottom() - tile.y, 64);
          }
          right = std::max(right, tile.right());
          bottom = std::max(bottom, tile.bottom());
          previous = tile;
        }
        EXPECT_EQ(right, input.size.width);
        EXPECT_EQ(bottom, input.size.height);
      }
    }
  }
}

TEST(Passes, ComeLargestFirstAndWithoutRepeats) {
  for (const Profile profile : kProfiles) {
    for (const Size picture : kPictures) {
      const auto passes = passes_for(picture, plan_of(profile));
      ASSERT_FALSE(passes.empty());
      for (std::size_t i = 1; i < passes.size(); ++i) {
        EXPECT_LE(passes[i].long_side_px, passes[i - 1].long_side_px);
        for (std::size_t j = 0; j < i; ++j) {
          EXPECT_FALSE(passes[i].orientation == passes[j].orientation &&
                       network_input(picture, passes[i]).size == network_input(picture, passes[j]).size);
        }
      }
    }
  }
}

TEST(Passes, LargePicturesGetADetailPassInThorough) {
  EXPECT_EQ(passes_for({4000, 3000}, plan_of(Profile::kThorough)).front().long_side_px, 3840);
  EXPECT_EQ(passes_for({2000, 1500}, plan_of(Profile::kThorough)).front().long_side_px, 2560);
}

TEST(Profile, ALongThinPictureCostsAboutTwoSquareOnesAtMost) {
  for (const Size picture :
       {Size{65'500, 512}, Size{512, 65'500}, Size{30'000, 1'000}, Size{65'500, 3'900}}) {
    for (const Profile profile : kProfiles) {
      for (const Pass& pass : passes_for(picture, plan_of(profile))) {
        const Size input = network_input(picture, pass).size;
        const double square = static_cast<double>(pass.long_side_px) * pass.long_side_px;
        EXPECT_LT(static_cast<double>(input.width) * input.height, 2.4 * square)
            << picture.width << " " << picture.height << " " << pass.long_side_px;
      }
    }
  }
}

TEST(Profile, NoPictureMakesAnInputOfHundredsOfMegapixels) {
  for (const Size picture : {Size{65'500, 512}, Size{512, 65'500}, Size{65'500, 1}, Size{65'500, 3'900}}) {
    for (const Profile profile : {Profile::kFast, Profile::kBalanced, Profile::kThorough}) {
      for (const Pass& pass : passes_for(picture, plan_of(profile))) {
        const Size input = network_input(picture, pass).size;
        EXPECT_LT(std::int64_t{input.width} * input.height, 26'000'000)
            << picture.width << " " << picture.height;
      }
    }
  }
}

}  // namespace
}  // namespace face_privacy
