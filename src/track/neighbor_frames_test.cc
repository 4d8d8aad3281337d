#include "track/neighbor_frames.h"

#include <gtest/gtest.h>

#include "image/face.h"

namespace face_privacy {
namespace {

Face face_at(float x) {
  Face face;
  face.box = {x, 10, 20, 20};
  return face;
}

std::vector<float> places(const std::vector<Face>& faces) {
  std::vector<float> xs;
  for (const Face& face : faces) xs.push_back(face.box.x);
  return xs;
}

TEST(NeighborFrames, CoverAFaceThatTheFrameItselfMissed) {
  const auto joined = with_neighbors<Face>({{face_at(1)}, {}, {face_at(3)}, {}, {}});
  ASSERT_EQ(joined.size(), 5U);
  EXPECT_EQ(places(joined[0]), std::vector<float>{1});
  EXPECT_EQ(places(joined[1]), (std::vector<float>{1, 3}));
  EXPECT_EQ(places(joined[2]), std::vector<float>{3});
  EXPECT_EQ(places(joined[3]), std::vector<float>{3});
  EXPECT_TRUE(joined[4].empty()) << "reaches one frame far";
}

TEST(NeighborFrames, LeaveASinglePictureAsItIs) {
  const auto joined = with_neighbors<Face>({{face_at(1), face_at(2)}});
  ASSERT_EQ(joined.size(), 1U);
  EXPECT_EQ(places(joined[0]), (std::vector<float>{1, 2}));
  EXPECT_TRUE(with_neighbors<Face>({}).empty());
}

}  // namespace
}  // namespace face_privacy
