#include "service/net/model_updates.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "service/api/photo_pipeline.h"
#include "service/api/sight.h"

namespace face_privacy {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::string_view kLive = "live";
constexpr std::string_view kUnchanged = "unchanged";
constexpr std::string_view kUnusable = "unusable";

// Other weights may be slower: at 32 bits they are by a factor of four. By much more, photos would queue up
// and be refused, and faces would stay uncovered elsewhere.
constexpr double kMostTimes = 10;
constexpr Milliseconds kAnyway{500};  // below this, no weights are too slow, however busy the machine is
constexpr int kLooks = 3;

PhotoPipeline pipeline_of(WorkerSet workers) {
  return make_photo_pipeline(std::make_shared<const ServingWorkers>(std::move(workers)));
}

// Of the quickest of a few looks at the built-in photo: what else the machine does makes some slower.
Result<Milliseconds> time_of_sight(const PhotoPipeline& pipeline) {
  Milliseconds best = Milliseconds::max();
  for (int i = 0; i < kLooks; ++i) {
    const Clock::time_point start = Clock::now();
    if (const auto sees = check_sight(pipeline); !sees) return fail(sees);
    best = std::min(best, Milliseconds(Clock::now() - start));
  }
  return best;
}

std::string whole(Milliseconds time) { return std::to_string(static_cast<int>(time.count())) + " ms"; }

}  // namespace

std::vector<std::string_view> pull_results() {
  std::vector<std::string_view> results{kLive, kUnchanged, kUnusable};
  for (const RegistryFault fault : kRegistryFaults) results.push_back(name_of(fault));
  return results;
}

ModelUpdates::~ModelUpdates() { stop(); }

void ModelUpdates::stop() {
  stop_.request_stop();
  const std::lock_guard lock(mutex_);
  asked_.notify_all();
}

void ModelUpdates::ask() {
  const std::lock_guard lock(mutex_);
  is_asked_ = true;
  if (!thread_.joinable()) thread_ = std::jthread([this] { answer_questions(); });
  asked_.notify_all();
}

void ModelUpdates::answer_questions() {
  std::unique_lock lock(mutex_);
  while (asked_.wait(lock, stop_.get_token(), [this] { return is_asked_; })) {
    is_asked_ = false;
    lock.unlock();
    pull();
    lock.lock();
    if (stop_.stop_requested()) return;
  }
}

void ModelUpdates::pull() {
  const std::lock_guard lock(pulling_);
  PullOutcome result = outcome();
  if (stop_.stop_requested()) return;
  result.model = settings_.serving->get()->photos->model();
  settings_.on_outcome(result);
}

PullOutcome ModelUpdates::outcome() {
  const auto failed = [](const RegistryError& error) {
    return PullOutcome{name_of(error.fault), error.message, {}};
  };
  const ModelSource& source = settings_.source;
  const auto resolved = source.server.resolve(source.reference, source.keys, stop_.get_token());
  if (!resolved) return failed(resolved.error());
  const auto& [version, statement] = *resolved;
  const bool same_weights = settings_.serving->get()->photos->model().sha256 == statement.sha256;
  if (same_weights && (!pulled_ || pulled_->ranges_sha256 == statement.ranges_sha256)) {
    return {kUnchanged, {}, {}};
  }
  const auto weights = source.server.fetch(version, statement, kMaxWeightsBytes, stop_.get_token());
  if (!weights) return failed(weights.error());
  return try_weights(*weights);
}

PullOutcome ModelUpdates::try_weights(const VerifiedWeights& weights) {
  const auto unusable = [&](const Error& error) {
    return PullOutcome{kUnusable, weights.name + ": " + error.message, {}};
  };
  auto held = WeightsInMemory::hold(weights.files.weights, weights.files.ranges);
  if (!held) return unusable(held.error());
  auto candidate = settings_.start(std::make_shared<const WeightsInMemory>(std::move(*held)), weights.name,
                                   weights.statement.sha256);
  if (!candidate) return unusable(candidate.error());
  if (const auto passed = check(*candidate); !passed) return unusable(passed.error());
  settings_.serving->replace(std::move(*candidate));
  pulled_ = weights.statement;
  return {kLive, {}, {}};
}

// Through the same door as photos: a process, a decoder, the profile that looks least hard.
Result<void> ModelUpdates::check(const WorkerSet& candidate) const {
  const auto time = time_of_sight(pipeline_of(candidate));
  if (!time) return fail(time);
  const auto time_now = time_of_sight(pipeline_of(*settings_.serving->get()));
  if (!time_now || *time <= std::max(kAnyway, kMostTimes * *time_now)) return {};
  return fail(ErrorCode::kModel, "the weights take " + whole(*time) +
                                     " for the built-in photo, those that serve " + whole(*time_now));
}

}  // namespace face_privacy
