#include "service/admission/compute_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <vector>

#include "service/admission/memory_gate.h"

namespace face_privacy {
namespace {

// Occupies the one thread of a pool until it is let go.
class Occupied {
 public:
  explicit Occupied(ComputePool& pool) {
    EXPECT_TRUE(pool.submit({}, [this] {
      began_.count_down();
      let_go_.wait();
    }));
    began_.wait();
  }
  void let_go() { let_go_.count_down(); }

 private:
  std::latch began_{1};
  std::latch let_go_{1};
};

TEST(ComputePool, RefusesWhatTheQueueDoesNotHold) {
  ComputePool pool(1, 2);
  Occupied busy(pool);
  EXPECT_TRUE(pool.submit({}, [] {}));
  EXPECT_FALSE(pool.full());
  EXPECT_TRUE(pool.submit({}, [] {}));
  EXPECT_TRUE(pool.full());
  EXPECT_FALSE(pool.submit({}, [] {}));
  EXPECT_EQ(pool.load().queue_depth, 2);
  EXPECT_EQ(pool.load().busy_threads, 1);
  busy.let_go();
}

TEST(ComputePool, TakesWorkForAnIdleThreadEvenWithoutAQueue) {
  ComputePool pool(1, 0);
  std::latch done(1);
  EXPECT_TRUE(pool.submit({}, [&] { done.count_down(); }));
  done.wait();
}

TEST(ComputePool, NeverBeginsWhatNobodyWantsAndGivesItsPlaceAway) {
  std::atomic<bool> unwanted_ran = false;
  std::atomic<bool> wanted_ran = false;
  {
    ComputePool pool(1, 1);
    Occupied busy(pool);
    std::stop_source client;
    EXPECT_TRUE(pool.submit(client.get_token(), [&] { unwanted_ran = true; }));
    EXPECT_TRUE(pool.full());
    client.request_stop();
    EXPECT_FALSE(pool.full());
    std::latch done(1);
    EXPECT_TRUE(pool.submit({}, [&] {
      wanted_ran = true;
      done.count_down();
    }));
    busy.let_go();
    done.wait();
  }
  EXPECT_TRUE(wanted_ran);
  EXPECT_FALSE(unwanted_ran);
}

constexpr std::chrono::hours kAsLongAsItTakes{1};

TEST(MemoryGate, LetsTheSecondHugePhotoInOnlyWhenTheFirstIsOut) {
  MemoryGate gate(100, kAsLongAsItTakes);
  auto first = std::make_unique<Result<MemoryGate::Place>>(gate.enter(80, {}));
  ASSERT_TRUE(*first);
  EXPECT_TRUE(gate.enter(20, {}));
  std::stop_source stop;
  stop.request_stop();
  const auto refused = gate.enter(80, StopCondition(std::nullopt, stop.get_token()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCancelled);
  std::jthread second([&] { EXPECT_TRUE(gate.enter(80, {})); });
  first.reset();
}

TEST(MemoryGate, RefusesWhoWouldWaitTooLongAndLetsTheNextOneIn) {
  MemoryGate gate(100, std::chrono::milliseconds(1));
  const auto first = gate.enter(80, {});
  const auto refused = gate.enter(80, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
  EXPECT_TRUE(gate.enter(20, {}));
}

TEST(MemoryGate, NoOrdinaryPhotoWaitsForAHugeOne) {
  MemoryGate gate(100, std::chrono::milliseconds(1));
  const auto huge = gate.enter(1000, {});
  const auto second_huge = gate.enter(30, {});
  EXPECT_FALSE(second_huge);
  std::vector<Result<MemoryGate::Place>> ordinary;
  for (int i = 0; i < 4; ++i) ordinary.push_back(gate.enter(25, {}));
  for (const auto& place : ordinary) EXPECT_TRUE(place);
  EXPECT_FALSE(gate.enter(25, {}));
}

TEST(MemoryGate, LetsAPhotoAboveTheLimitInAlone) {
  MemoryGate gate(100, kAsLongAsItTakes);
  EXPECT_TRUE(gate.enter(1000, {}));
  EXPECT_TRUE(gate.enter(1, {}));
}

}  // namespace
}  // namespace face_privacy
