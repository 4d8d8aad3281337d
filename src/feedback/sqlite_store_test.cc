#include "feedback/sqlite_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

#include "crypto/digest.h"

namespace face_privacy {
namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "feedback-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file() const { return (path_ / "feedback.db").string(); }

  // Of the database and whatever SQLite put beside it.
  std::string all_bytes() const {
    std::string bytes;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      std::ifstream stream(entry.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(stream), {});
    }
    return bytes;
  }

 private:
  std::filesystem::path path_;
};

FeedbackReport some_report(const std::string& model = std::string(64, 'a')) {
  FeedbackReport report{{4000, 3000}, "balanced", model, 35, {}, Candidates{5, {6, 12, 33}}};
  report.boxes = {{{1, 2, 3, 4}, Correction::kConfirmed, 98},
                  {{9, 9, 1, 1}, Correction::kRemoved, 41},
                  {{20, 30, 5, 6}, Correction::kMoved, 77},
                  {{40, 40, 2, 2}, Correction::kDrawn, 21},
                  {{50, 40, 2, 2}, Correction::kDrawn, std::nullopt}};
  return report;
}

std::unique_ptr<FeedbackStore> opened(const Folder& folder, const FeedbackLimits& limits = {}) {
  auto store = open_sqlite_store(folder.file(), limits);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

std::size_t count_of(const FeedbackStore& store) {
  std::set<std::string> ids;
  EXPECT_TRUE(store.each([&](const StoredReport& stored) { ids.insert(stored.id); }));
  return ids.size();
}

TEST(FeedbackStore, GivesBackWhatItWasGiven) {
  const Folder folder;
  std::string id;
  {
    auto store = opened(folder);
    id = store->add(some_report(), 20'000, {}, {})->id;
  }
  const auto store = opened(folder);
  const auto found = store->find(id, {});
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->report, some_report());
  EXPECT_EQ((*found)->day, 20'000);
  EXPECT_FALSE((*found)->data_set);
  EXPECT_EQ(count_of(*store), 1U);
  EXPECT_FALSE(*store->find("none", {}));
}

TEST(FeedbackStore, IsItsOwnersAlone) {
  const Folder folder;
  const mode_t before = ::umask(0);
  auto store = opened(folder);
  ASSERT_TRUE(store->add(some_report(), 1, {}, {}));
  ::umask(before);
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(folder.file()).parent_path())) {
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << entry.path();
  }
  ::chmod(folder.file().c_str(), 0640);
  EXPECT_EQ(open_sqlite_store(folder.file(), {}).error().code, ErrorCode::kInvalidOption);
}

TEST(FeedbackStore, RefusesFilesOfAnotherKind) {
  const Folder folder;
  {
    std::ofstream(folder.file()) << "a letter to somebody, long enough to be read as the head of a file"
                                 << std::string(4096, 'x');
  }
  ::chmod(folder.file().c_str(), 0600);
  EXPECT_EQ(open_sqlite_store(folder.file(), {}).error().code, ErrorCode::kInvalidOption);
  EXPECT_EQ(open_sqlite_store("/nowhere/at/all", {}).error().code, ErrorCode::kIo);
  EXPECT_EQ(open_existing_sqlite_store(folder.file() + "2").error().code, ErrorCode::kIo);
}

TEST(FeedbackStore, ErasesForTheTokenAlone) {
  const Folder folder;
  auto store = opened(folder);
  const auto added = store->add(some_report(), 1, {}, {});
  const auto other = store->add(some_report(), 1, {}, {});
  EXPECT_EQ(*store->erase(added->id, other->erase_token, {}), FeedbackStore::Erased::kWrongToken);
  EXPECT_EQ(*store->erase("f00d", added->erase_token, {}), FeedbackStore::Erased::kNoSuchReport);
  EXPECT_EQ(*store->erase(added->id, added->erase_token, {}), FeedbackStore::Erased::kYes);
  EXPECT_EQ(*store->erase(added->id, added->erase_token, {}), FeedbackStore::Erased::kNoSuchReport);
  EXPECT_EQ(count_of(*store), 1U);
  EXPECT_EQ(folder.all_bytes().find(other->erase_token), std::string::npos) << "only its hash is kept";
}

// Each report carries a text of its own, so that a byte search can tell whose bytes remain.
TEST(FeedbackStore, OverwritesWhatIsErased) {
  const Folder folder;
  auto store = opened(folder);
  std::mt19937 random(7);
  std::vector<std::pair<FeedbackStore::Added, std::string>> kept;
  std::vector<std::string> gone;
  for (int i = 0; i < 150; ++i) {
    const std::string mark = random_hex(32);
    kept.emplace_back(*store->add(some_report(mark), 100, {}, {}), mark);
    if (random() % 2 == 0) continue;
    const auto which = kept.begin() + static_cast<std::ptrdiff_t>(random() % kept.size());
    ASSERT_EQ(*store->erase(which->first.id, which->first.erase_token, {}), FeedbackStore::Erased::kYes);
    gone.push_back(which->second);
    gone.push_back(which->first.id);
    kept.erase(which);
  }
  std::string bytes = folder.all_bytes();
  for (const auto& mark : gone) ASSERT_EQ(bytes.find(mark), std::string::npos) << mark;
  for (const auto& [added, mark] : kept) ASSERT_NE(bytes.find(mark), std::string::npos);
  ASSERT_EQ(*store->purge(100 + 366, {}), static_cast<std::int64_t>(kept.size()));
  bytes = folder.all_bytes();
  for (const auto& [added, mark] : kept) {
    ASSERT_EQ(bytes.find(mark), std::string::npos);
    ASSERT_EQ(bytes.find(added.id), std::string::npos);
  }
}

TEST(FeedbackStore, OverwritesCropsWhenTheirTimeIsOverOrTheReportGoes) {
  const Folder folder;
  auto store = opened(folder, {.keep_days = 100, .keep_crop_days = 10});
  const std::string early = random_hex(12'000);
  const std::string late = random_hex(12'000);
  const auto crop_of = [](const std::string& mark) {
    return SealedCrop{3, {8, 9, 100, 120}, Bytes(mark.begin(), mark.end())};
  };
  const auto has = [&](const std::string& mark) {
    const std::string bytes = folder.all_bytes();
    bool found = false;
    for (std::size_t i = 0; i + 40 <= mark.size(); i += 40) {
      found = found || bytes.find(mark.substr(i, 40)) != std::string::npos;
    }
    return found;
  };
  ASSERT_TRUE(store->add(some_report(), 100, std::vector{crop_of(early)}, {}));
  const auto second = store->add(some_report(), 105, std::vector{crop_of(late)}, {});
  int seen = 0;
  ASSERT_TRUE(store->each_crop([&](const StoredCrop& stored) {
    EXPECT_EQ(stored.action, Correction::kDrawn);
    EXPECT_EQ(stored.crop.number, 3U);
    EXPECT_EQ(stored.crop.box, (Rect{8, 9, 100, 120}));
    ++seen;
  }));
  EXPECT_EQ(seen, 2);
  EXPECT_TRUE(has(early) && has(late));
  ASSERT_TRUE(store->purge(111, {}));
  EXPECT_FALSE(has(early));
  EXPECT_TRUE(has(late));
  EXPECT_EQ(count_of(*store), 2U) << "the numbers stay";
  ASSERT_EQ(*store->erase(second->id, second->erase_token, {}), FeedbackStore::Erased::kYes);
  EXPECT_FALSE(has(late));
}

TEST(FeedbackStore, PurgesByAge) {
  const Folder folder;
  auto store = opened(folder, {.keep_days = 10});
  ASSERT_TRUE(store->add(some_report(), 100, {}, {}));
  ASSERT_TRUE(store->add(some_report(), 105, {}, {}));
  EXPECT_EQ(*store->purge(110, {}), 0);
  EXPECT_EQ(*store->purge(111, {}), 1);
  EXPECT_EQ(count_of(*store), 1U);
}

TEST(FeedbackStore, IsFullAtItsSizeAndHasRoomAgainLater) {
  const Folder folder;
  auto store = opened(folder, {.max_bytes = 128 << 10, .keep_days = 10});
  int added = 0;
  while (added < 10'000) {
    const auto one = store->add(some_report(), 1, {}, {});
    if (!one) {
      EXPECT_EQ(one.error().code, ErrorCode::kTooManyBytes);
      break;
    }
    ++added;
  }
  EXPECT_GT(added, 50);
  EXPECT_LT(added, 1000);
  EXPECT_EQ(count_of(*store), static_cast<std::size_t>(added)) << "nothing half-written";
  ASSERT_TRUE(store->purge(100, {}));
  EXPECT_LE(std::filesystem::file_size(folder.file()), 128U << 10);
  EXPECT_LT(store->load()->bytes, 64U << 10);
  EXPECT_TRUE(store->add(some_report(), 100, {}, {}));
}

TEST(FeedbackStore, TellsTheFirstDataSetOfAReport) {
  const Folder folder;
  auto store = opened(folder);
  const auto first = store->add(some_report(), 1, {}, {});
  EXPECT_EQ(*store->begin_data_set(std::vector{first->id}, 2), 1);
  const auto second = store->add(some_report(), 3, {}, {});
  EXPECT_FALSE((*store->find(second->id, {}))->data_set);
  EXPECT_EQ(*store->begin_data_set(std::vector{first->id, second->id, std::string("erased since")}, 4), 2);
  EXPECT_EQ((*store->find(first->id, {}))->data_set, 1);
  EXPECT_EQ((*store->find(second->id, {}))->data_set, 2);
}

TEST(FeedbackStore, HoldsNoTimeFinerThanADayAndNoOrder) {
  const Folder folder;
  auto store = opened(folder);
  std::vector<std::string> in_order;
  for (int i = 0; i < 30; ++i) in_order.push_back(store->add(some_report(), 20'000, {}, {})->id);
  std::vector<std::string> read;
  ASSERT_TRUE(store->each([&](const StoredReport& stored) { read.push_back(stored.id); }));
  EXPECT_TRUE(std::is_sorted(read.begin(), read.end())) << "by their random ids";
  EXPECT_FALSE(std::is_sorted(in_order.begin(), in_order.end()));
}

TEST(GridBox, IsWithinThePhotoAndNeverEmpty) {
  EXPECT_EQ(grid_box({0, 0, 6400, 3200}, {6400, 3200}), (GridBox{0, 0, 64, 32}));
  EXPECT_EQ(grid_box({149, 151, 100, 100}, {6400, 3200}), (GridBox{1, 2, 1, 1}));
  EXPECT_EQ(grid_box({-1e6F, -1e6F, 1, 1}, {6400, 3200}), (GridBox{0, 0, 1, 1}));
  EXPECT_EQ(grid_box({6399, 3199, 1e6F, 1e6F}, {6400, 3200}), (GridBox{63, 31, 1, 1}));
  EXPECT_EQ(grid_box({0, 0, 1, 1}, {10'000, 1}), (GridBox{0, 0, 1, 1}));
  const BoxF back = box_of({1, 2, 3, 4}, {6400, 3200});
  EXPECT_FLOAT_EQ(back.x, 100);
  EXPECT_FLOAT_EQ(back.height, 400);
}

TEST(Day, IsWrittenAsADate) {
  EXPECT_EQ(date_text(0), "1970-01-01");
  EXPECT_EQ(date_text(20'786), "2026-11-29");
}

}  // namespace
}  // namespace face_privacy
