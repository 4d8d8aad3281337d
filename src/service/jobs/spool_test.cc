#include "service/jobs/spool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <numeric>

namespace face_privacy {
namespace {

Bytes counted(std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

Bytes content(const SpooledFile& file) {
  Bytes bytes(static_cast<std::size_t>(file.size_bytes()));
  EXPECT_EQ(file.read(0, bytes), bytes.size());
  return bytes;
}

TEST(Spool, KeepsWhatIsAppended) {
  const auto spool = Spool::open("", 1000);
  ASSERT_TRUE(spool);
  auto file = (*spool)->create();
  ASSERT_TRUE(file);
  const Bytes bytes = counted(600);
  ASSERT_TRUE(file->append(ByteView(bytes).first(100)));
  ASSERT_TRUE(file->append(ByteView(bytes).subspan(100)));
  EXPECT_EQ(content(*file), bytes);
  EXPECT_EQ((*spool)->used_bytes(), 600U);
}

TEST(Spool, TakesNoMoreThanItsLimitAndGivesBackWhatIsGone) {
  const auto spool = Spool::open("", 1000);
  auto first = (*spool)->create();
  auto second = (*spool)->create();
  ASSERT_TRUE(first->append(counted(700)));
  const auto refused = second->append(counted(301));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTooManyBytes);
  first = (*spool)->create();
  EXPECT_EQ((*spool)->used_bytes(), 0U);
  EXPECT_TRUE(second->append(counted(301)));
}

TEST(Spool, CountsWhatOthersWrite) {
  const auto spool = Spool::open("", 1000);
  auto file = (*spool)->create();
  const Bytes bytes = counted(900);
  ASSERT_EQ(::pwrite(file->descriptor(), bytes.data(), bytes.size(), 0), 900);
  EXPECT_TRUE(file->count());
  EXPECT_EQ((*spool)->used_bytes(), 900U);
  ASSERT_EQ(::pwrite(file->descriptor(), bytes.data(), bytes.size(), 900), 900);
  EXPECT_FALSE(file->count());
}

TEST(Spool, CropsToAPart) {
  const auto spool = Spool::open("", 1 << 20);
  const Bytes bytes = counted(300'000);
  for (const auto& [offset, length] :
       {std::pair{0, 300'000}, {0, 5}, {1, 299'999}, {100'000, 150'000}, {7, 0}}) {
    auto file = (*spool)->create();
    ASSERT_TRUE(file->append(bytes));
    ASSERT_TRUE(file->crop(static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(length)));
    EXPECT_EQ(content(*file), Bytes(bytes.begin() + offset, bytes.begin() + offset + length)) << offset;
  }
}

TEST(Spool, LeavesNoNameInItsFolder) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "spool";
  std::filesystem::create_directories(folder);
  const auto spool = Spool::open(folder.string(), 1000);
  ASSERT_TRUE(spool);
  auto file = (*spool)->create();
  ASSERT_TRUE(file->append(counted(10)));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  EXPECT_FALSE(Spool::open((folder / "nothing").string(), 1000));
}

}  // namespace
}  // namespace face_privacy
