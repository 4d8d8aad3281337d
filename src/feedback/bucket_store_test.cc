#include "feedback/bucket_store.h"

#include <gtest/gtest.h>

#include <set>

#include "crypto/digest.h"
#include "feedback/report_object.h"
#include "object_store/test_support.h"

namespace face_privacy {
namespace {

using Reply = tl::expected<HttpReply, HttpError>;

FeedbackReport some_report(const std::string& model = std::string(64, 'a')) {
  FeedbackReport report{{4000, 3000}, "balanced", model, 35, {}, Candidates{5, {6, 12, 33}}};
  report.boxes = {{{1, 2, 3, 4}, Correction::kConfirmed, 98},
                  {{9, 9, 1, 1}, Correction::kRemoved, 41},
                  {{20, 30, 5, 6}, Correction::kMoved, 77},
                  {{40, 40, 2, 2}, Correction::kDrawn, 21},
                  {{50, 40, 2, 2}, Correction::kDrawn, std::nullopt}};
  return report;
}

SealedCrop some_crop(std::size_t number, const std::string& mark) {
  return {number, {8, 9, 100, 120}, Bytes(mark.begin(), mark.end())};
}

class ABucketStore : public testing::Test {
 protected:
  BucketStore store_with(const FeedbackLimits& limits) {
    return {std::make_shared<ObjectStore>(bucket_.store()), limits};
  }
  std::size_t count_of(std::string_view folder) const {
    std::size_t count = 0;
    for (const auto& [key, body] : bucket_.objects)
      count += key.starts_with("feedback/" + std::string(folder)) ? 1 : 0;
    return count;
  }
  static std::set<std::string> ids_of(const FeedbackStore& store) {
    std::set<std::string> ids;
    EXPECT_TRUE(store.each([&](const StoredReport& stored) { ids.insert(stored.id); }));
    return ids;
  }

  BucketInMemory bucket_;
  BucketStore store_{std::make_shared<ObjectStore>(bucket_.store()), {}};
};

TEST_F(ABucketStore, GivesBackWhatItWasGiven) {
  const auto added = store_.add(some_report(), 20'000, {}, {});
  ASSERT_TRUE(added);
  BucketStore other = store_with({});
  const auto found = other.find(added->id, {});
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->report, some_report());
  EXPECT_EQ((*found)->day, 20'000);
  EXPECT_FALSE((*found)->data_set);
  EXPECT_EQ(ids_of(other), std::set{added->id});
  EXPECT_FALSE(*other.find("none", {}));
  EXPECT_FALSE(*other.find(std::string(32, '0'), {}));
}

TEST_F(ABucketStore, AsksForNoObjectThatIsNotThere) {
  const auto added = store_.add(some_report(), 1, {}, {});
  bucket_.fault = [&](const HttpCall& call) -> std::optional<Reply> {
    const std::string key = call.path.substr(std::string("/bucket/").size());
    if (call.method == "GET" && !key.starts_with('?') && !bucket_.objects.contains(key)) {
      return HttpReply{403, "<Error><Code>AccessDenied</Code></Error>"};
    }
    return std::nullopt;
  };
  EXPECT_TRUE(store_.find(added->id, {}));
  EXPECT_TRUE(store_.find(std::string(32, '0'), {}));
  EXPECT_EQ(ids_of(store_).size(), 1U);
  EXPECT_EQ(*store_.erase(std::string(32, '0'), added->erase_token, {}),
            FeedbackStore::Erased::kNoSuchReport);
  EXPECT_EQ(*store_.erase(added->id, added->erase_token, {}), FeedbackStore::Erased::kYes);
}

TEST_F(ABucketStore, ErasesForTheTokenAlone) {
  const auto added = store_.add(some_report(), 1, std::vector{some_crop(3, "one"), some_crop(4, "two")}, {});
  const auto other = store_.add(some_report(), 1, {}, {});
  ASSERT_TRUE(added && other);
  ASSERT_TRUE(store_.begin_data_set(std::vector{added->id}, 2));
  EXPECT_EQ(*store_.erase(added->id, other->erase_token, {}), FeedbackStore::Erased::kWrongToken);
  EXPECT_EQ(*store_.erase(std::string(32, '0'), added->erase_token, {}),
            FeedbackStore::Erased::kNoSuchReport);
  EXPECT_EQ(*store_.erase("../" + added->id, added->erase_token, {}), FeedbackStore::Erased::kNoSuchReport);
  EXPECT_NE(bucket_.all_bytes().find(added->id), std::string::npos);
  EXPECT_EQ(*store_.erase(added->id, added->erase_token, {}), FeedbackStore::Erased::kYes);
  EXPECT_EQ(*store_.erase(added->id, added->erase_token, {}), FeedbackStore::Erased::kNoSuchReport);
  EXPECT_EQ(bucket_.all_bytes().find(added->id), std::string::npos) << "report, crops and mark";
  EXPECT_EQ(count_of("reports/"), 1U);
  EXPECT_EQ(bucket_.all_bytes().find(other->erase_token), std::string::npos) << "only its hash is kept";
}

TEST_F(ABucketStore, CountsWhatComesWhileItPurges) {
  ASSERT_TRUE(store_.add(some_report(), 1, {}, {}) && store_.add(some_report(), 1000, {}, {}));
  bool came = false;
  bucket_.fault = [&](const HttpCall& call) -> std::optional<Reply> {
    if (call.method != "DELETE" || came) return std::nullopt;
    came = true;
    EXPECT_TRUE(store_.add(some_report(), 1000, {}, {}));
    return std::nullopt;
  };
  EXPECT_EQ(*store_.purge(1000, {}), 1);
  EXPECT_TRUE(came);
  EXPECT_EQ(store_.load()->reports, 2);
}

TEST_F(ABucketStore, AnErasingThatBreaksOffCanBeAskedForAgain) {
  const auto added = store_.add(some_report(), 1, std::vector{some_crop(3, "one")}, {});
  bucket_.fault = [](const HttpCall& call) -> std::optional<Reply> {
    if (call.method == "DELETE" && call.path.find("/reports/") != std::string::npos) {
      return HttpReply{403, "<Error><Code>AccessDenied</Code></Error>"};
    }
    return std::nullopt;
  };
  EXPECT_EQ(store_.erase(added->id, added->erase_token, {}).error().code, ErrorCode::kIo);
  bucket_.fault = {};
  EXPECT_EQ(*store_.erase(added->id, added->erase_token, {}), FeedbackStore::Erased::kYes);
  EXPECT_EQ(count_of("crops/") + count_of("reports/"), 0U);
}

TEST_F(ABucketStore, AddsWholeOrNotAtAll) {
  bucket_.fault = [](const HttpCall& call) -> std::optional<Reply> {
    if (call.method == "PUT" && call.path.find("/reports/") != std::string::npos) {
      return HttpReply{403, "<Error><Code>AccessDenied</Code></Error>"};
    }
    return std::nullopt;
  };
  EXPECT_EQ(store_.add(some_report(), 1, std::vector{some_crop(3, "one")}, {}).error().code, ErrorCode::kIo);
  EXPECT_EQ(count_of("crops/") + count_of("reports/"), 0U);
  EXPECT_EQ(store_.load()->bytes, 0U);
}

TEST_F(ABucketStore, AnAnswerThatWasLostIsNoSecondReport) {
  int lost = 1;
  bucket_.fault = [&](const HttpCall& call) -> std::optional<Reply> {
    if (call.path.find("/reports/") == std::string::npos || lost-- <= 0) return std::nullopt;
    bucket_.objects[call.path.substr(std::string("/bucket/").size())] = call.body;
    return tl::unexpected(HttpError{HttpFault::kUnreachable, "the answer could not be read"});
  };
  const auto added = store_.add(some_report(), 1, {}, {});
  ASSERT_TRUE(added);
  EXPECT_EQ(ids_of(store_), std::set{added->id});
}

TEST_F(ABucketStore, PurgesByTheDayInTheName) {
  BucketStore store = store_with({.keep_days = 100, .keep_crop_days = 10});
  const auto early = store.add(some_report(), 100, std::vector{some_crop(3, "early")}, {});
  const auto late = store.add(some_report(), 105, std::vector{some_crop(3, "late")}, {});
  ASSERT_TRUE(store.begin_data_set(std::vector{early->id, late->id}, 106));
  EXPECT_EQ(*store.purge(110, {}), 0);
  EXPECT_EQ(count_of("crops/"), 2U);
  EXPECT_EQ(*store.purge(111, {}), 0) << "the numbers stay";
  EXPECT_EQ(bucket_.all_bytes().find("early"), std::string::npos);
  EXPECT_NE(bucket_.all_bytes().find("late"), std::string::npos);
  EXPECT_EQ(*store.purge(201, {}), 1);
  EXPECT_EQ(*store.purge(203, {}), 0);
  EXPECT_EQ(bucket_.all_bytes().find(early->id), std::string::npos) << "its mark as well";
  EXPECT_EQ(ids_of(store), std::set{late->id});
  EXPECT_EQ(store.load()->reports, 1);
}

TEST_F(ABucketStore, PurgesWhatBelongsToNoReportAfterADay) {
  const std::string crop = "feedback/crops/" + std::string(32, '7') + "-3-" + date_text(100);
  bucket_.objects[crop] = "crop";
  bucket_.objects["feedback/crops/of-somebody-else"] = "x";
  ASSERT_TRUE(store_.purge(101, {}));
  EXPECT_TRUE(bucket_.objects.contains(crop)) << "its report may still come";
  ASSERT_TRUE(store_.purge(102, {}));
  EXPECT_FALSE(bucket_.objects.contains(crop));
  EXPECT_TRUE(bucket_.objects.contains("feedback/crops/of-somebody-else"));
}

TEST_F(ABucketStore, IsFullAtWhatItKnowsOfAndHasRoomAgainLater) {
  BucketStore store = store_with({.max_bytes = 16 << 10, .keep_days = 10});
  int added = 0;
  while (added < 100) {
    const auto one = store.add(some_report(), 1, {}, {});
    if (!one) {
      EXPECT_EQ(one.error().code, ErrorCode::kTooManyBytes);
      break;
    }
    ++added;
  }
  EXPECT_GT(added, 10);
  EXPECT_LT(added, 100);
  BucketStore another = store_with({.max_bytes = 16 << 10, .keep_days = 10});
  ASSERT_TRUE(another.purge(1, {}));
  EXPECT_EQ(another.load()->reports, added);
  EXPECT_EQ(another.load()->bytes, store.load()->bytes);
  EXPECT_EQ(another.add(some_report(), 1, {}, {}).error().code, ErrorCode::kTooManyBytes);
  ASSERT_TRUE(store.purge(100, {}));
  EXPECT_TRUE(store.add(some_report(), 100, {}, {}));
}

TEST_F(ABucketStore, TellsTheFirstDataSetOfAReport) {
  const auto first = store_.add(some_report(), 1, {}, {});
  EXPECT_EQ(*store_.begin_data_set(std::vector{first->id}, 2), 1);
  const auto second = store_.add(some_report(), 3, {}, {});
  EXPECT_FALSE((*store_.find(second->id, {}))->data_set);
  bucket_.objects["feedback/data-sets/2"] = "by another export at the same time";
  EXPECT_EQ(*store_.begin_data_set(std::vector{first->id, second->id, std::string(32, '0')}, 4), 3);
  EXPECT_EQ((*store_.find(first->id, {}))->data_set, 1);
  EXPECT_EQ((*store_.find(second->id, {}))->data_set, 3);
  std::map<std::string, std::optional<int>> sets;
  ASSERT_TRUE(store_.each([&](const StoredReport& stored) { sets[stored.id] = stored.data_set; }));
  EXPECT_EQ(sets[first->id], 1);
  EXPECT_EQ(sets[second->id], 3);
}

TEST_F(ABucketStore, GivesBackCrops) {
  const auto added =
      store_.add(some_report(), 1, std::vector{some_crop(1, "one"), some_crop(3, "three")}, {});
  std::map<std::size_t, StoredCrop> crops;
  ASSERT_TRUE(store_.each_crop([&](const StoredCrop& crop) { crops[crop.crop.number] = crop; }));
  ASSERT_EQ(crops.size(), 2U);
  EXPECT_EQ(crops[1].action, Correction::kRemoved);
  EXPECT_EQ(crops[3].report, added->id);
  EXPECT_EQ(crops[3].crop.box, (Rect{8, 9, 100, 120}));
  EXPECT_EQ(crops[3].crop.sealed, some_crop(3, "three").sealed);
}

TEST_F(ABucketStore, WritesNoReportWhereVersionsAreKept) {
  bucket_.versions = true;
  EXPECT_EQ(store_.add(some_report(), 1, {}, {}).error().code, ErrorCode::kIo);
  EXPECT_EQ(count_of("reports/"), 0U);
  bucket_.versions = false;
  EXPECT_FALSE(store_.add(some_report(), 1, {}, {})) << "it looks again with the next purge";
  ASSERT_TRUE(store_.purge(1, {}));
  EXPECT_TRUE(store_.add(some_report(), 1, {}, {}));
  bucket_.versions = true;
  EXPECT_FALSE(store_.add(some_report(), 1, {}, {}));
  EXPECT_FALSE(store_.add(some_report(), 1, {}, {}));
}

TEST_F(ABucketStore, HoldsNoTimeFinerThanADayAndNoOrder) {
  std::vector<std::string> in_order;
  for (int i = 0; i < 30; ++i) in_order.push_back(store_.add(some_report(), 20'000, {}, {})->id);
  EXPECT_FALSE(std::is_sorted(in_order.begin(), in_order.end()));
  for (const auto& [key, body] : bucket_.objects) {
    if (key.find("/reports/") == std::string::npos) continue;
    EXPECT_EQ(key.substr(key.size() - 16), "-2024-10-04.json");
    EXPECT_EQ(body.find("2024-"), std::string::npos);  // the hash of the token has no dash
  }
}

TEST_F(ABucketStore, ADamagedReportIsSaidToBeOne) {
  bucket_.objects["feedback/reports/" + std::string(32, '7') + "-2024-10-04.json"] = "{\"version\":1}";
  EXPECT_EQ(store_.each([](const StoredReport&) {}).error().code, ErrorCode::kInvalidOption);
}

TEST(ReportObject, OtherThingsAreNone) {
  ReportObject object{sha256("token"), some_report(), {{3, {1, 2, 3, 4}}}};
  const std::string text = to_text(object);
  const auto read = read_report_object(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->report, object.report);
  EXPECT_EQ(read->token, object.token);
  EXPECT_EQ(read->crops, object.crops);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const std::size_t place = changed.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return read_report_object(changed.replace(place, from.size(), to)).has_value();
  };
  EXPECT_TRUE(with("balanced", "thorough"));
  EXPECT_FALSE(with("\"version\":1", "\"version\":2"));
  EXPECT_FALSE(with("[4000,3000]", "[4000]"));
  EXPECT_FALSE(with("[4000,3000]", "[4000,-1]"));
  EXPECT_FALSE(with("confirmed", "forgotten"));
  EXPECT_FALSE(with("\"score\":98", "\"score\":101"));
  EXPECT_FALSE(with("[1,2,3,4]", "[1,2,3,400]"));
  EXPECT_FALSE(with("\"of\":3", "\"of\":5")) << "there is no such box";
  EXPECT_FALSE(read_report_object(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(read_report_object("[]"));
}

}  // namespace
}  // namespace face_privacy
