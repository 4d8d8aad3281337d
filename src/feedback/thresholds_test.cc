#include "feedback/thresholds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace face_privacy {
namespace {

// What docs/detection.md says of the profile balanced: recall and precision over the score. Beyond its ends
// the curves go on to where they must end.
struct CurvePoint {
  double score;
  double recall;
  double precision;
};
constexpr std::array kBalanced{
    CurvePoint{0.05, 0.976, 0.50},  CurvePoint{0.10, 0.972, 0.569}, CurvePoint{0.15, 0.969, 0.618},
    CurvePoint{0.20, 0.964, 0.654}, CurvePoint{0.25, 0.959, 0.687}, CurvePoint{0.30, 0.955, 0.709},
    CurvePoint{0.40, 0.949, 0.743}, CurvePoint{0.50, 0.944, 0.766}, CurvePoint{0.60, 0.938, 0.785},
    CurvePoint{0.80, 0.900, 0.850}, CurvePoint{1.00, 0.0, 1.0}};
constexpr double kFacesAPhoto = 2.66;

double recall_of(const CurvePoint& point) { return point.recall; }
double false_alarms_of(const CurvePoint& point) {
  return kFacesAPhoto * point.recall * (1 / point.precision - 1);
}

// Draws scores so that as many are above each point as the curve says; 0: below all of it.
class ScoreSource {
 public:
  explicit ScoreSource(double (*amount)(const CurvePoint&)) : amount_(amount) {}
  double total() const { return amount_(kBalanced.front()); }
  double draw(double amount) const {
    for (std::size_t i = 1; i < kBalanced.size(); ++i) {
      const double low = amount_(kBalanced[i]);
      const double high = amount_(kBalanced[i - 1]);
      if (amount < low || amount > high || high <= low) continue;
      const double share = (high - amount) / (high - low);
      return kBalanced[i - 1].score + share * (kBalanced[i].score - kBalanced[i - 1].score);
    }
    return 0;
  }

 private:
  double (*amount_)(const CurvePoint&);
};

class SimulatedPhotos {
 public:
  explicit SimulatedPhotos(unsigned seed) : random_(seed) {}

  struct Photo {
    std::vector<double> faces;   // scores; 0: no candidate
    std::vector<double> others;  // likewise, of what is no face
  };

  Photo next() {
    Photo photo;
    for (int left = std::poisson_distribution<int>(kFacesAPhoto)(random_); left > 0; --left) {
      photo.faces.push_back(faces_.draw(chance_(random_)));
    }
    for (int left = std::poisson_distribution<int>(others_.total())(random_); left > 0; --left) {
      photo.others.push_back(others_.draw(chance_(random_) * others_.total()));
    }
    return photo;
  }

 private:
  std::mt19937 random_;
  std::uniform_real_distribution<double> chance_{0, 1};
  ScoreSource faces_{recall_of};
  ScoreSource others_{false_alarms_of};
};

constexpr double kCandidatesFrom = 0.05;
constexpr double kHalfPercent = 0.005;  // scores are rounded

// What somebody reports who sees the faces from `min_score` on, removes what is none, and draws what is
// missing.
FeedbackReport report_of(const SimulatedPhotos::Photo& photo, double min_score) {
  FeedbackReport report{{640, 480}, "balanced", std::string(64, '0'), percent_of(min_score), {}, {}};
  report.candidates.emplace().from = percent_of(kCandidatesFrom);
  for (const double score : photo.faces) {
    const bool shown = score >= min_score;
    const bool candidate = score >= kCandidatesFrom;
    report.boxes.push_back({{},
                            shown ? Correction::kConfirmed : Correction::kDrawn,
                            candidate ? std::optional(percent_of(score)) : std::nullopt});
  }
  for (const double score : photo.others) {
    if (score >= min_score) {
      report.boxes.push_back({{}, Correction::kRemoved, percent_of(score)});
    } else if (score >= kCandidatesFrom) {
      report.candidates->passed_over.push_back(percent_of(score));
    }
  }
  return report;
}

struct Truth {
  double recall;
  double precision;
};

Truth truth_at(const std::vector<SimulatedPhotos::Photo>& population, double min_score) {
  double faces = 0;
  double found = 0;
  double wrong = 0;
  for (const auto& photo : population) {
    faces += static_cast<double>(photo.faces.size());
    for (const double score : photo.faces) found += score >= min_score ? 1 : 0;
    for (const double score : photo.others) wrong += score >= min_score ? 1 : 0;
  }
  return {found / faces, found / (found + wrong)};
}

// Of all thresholds at which precision is at least `precision`, the best.
double best_recall(const std::vector<SimulatedPhotos::Photo>& population, double precision) {
  double best = 0;
  for (int percent = 5; percent < 100; ++percent) {
    const Truth truth = truth_at(population, percent / 100.0 - kHalfPercent);
    if (truth.precision >= precision) best = std::max(best, truth.recall);
  }
  return best;
}

std::vector<FeedbackReport> corrections(unsigned seed, double in_force) {
  SimulatedPhotos seen(seed);
  std::vector<FeedbackReport> reports;
  for (int i = 0; i < 200; ++i) reports.push_back(report_of(seen.next(), in_force));
  return reports;
}

// 200 corrected photos against 20,000 that nobody saw, from thresholds in force that are too low and too
// high. Chance alone moves precision over 200 photos by some 1.7 points, so that a run in twenty may miss.
TEST(Thresholds, TwoHundredCorrectionsFindTheThresholdOfAllPhotos) {
  SimulatedPhotos everything(1);
  std::vector<SimulatedPhotos::Photo> population(20'000);
  for (auto& photo : population) photo = everything.next();
  for (const double wanted : {0.646, 0.72}) {
    const double best = best_recall(population, wanted);
    for (const double in_force : {0.1, 0.19, 0.5}) {
      int close = 0;
      constexpr int kRuns = 20;
      for (unsigned seed = 10; seed < 10 + kRuns; ++seed) {
        const auto stats = threshold_stats(corrections(seed, in_force));
        ASSERT_EQ(stats.size(), 1U);
        const auto proposal = stats[0].proposal(wanted);
        ASSERT_TRUE(proposal);
        const Truth reached = truth_at(population, proposal->min_score / 100.0 - kHalfPercent);
        close += std::abs(reached.recall - best) <= 0.005 ? 1 : 0;
        EXPECT_NEAR(reached.precision, wanted, 0.06);
      }
      EXPECT_GE(close, kRuns * 9 / 10) << "precision " << wanted << ", in force " << in_force;
      RecordProperty("within_half_a_point", close);
    }
  }
}

FeedbackReport small_report(Percent min_score) {
  FeedbackReport report{{640, 480}, "fast", "m", min_score, {}, {}};
  report.boxes = {
      {{}, Correction::kConfirmed, 90}, {{}, Correction::kRemoved, 42}, {{}, Correction::kDrawn, {}}};
  return report;
}

TEST(Thresholds, SaysNothingBelowWhatWasLookedAt) {
  const auto stats = threshold_stats(std::vector{small_report(40)});
  EXPECT_FALSE(stats[0].at(39));
  ASSERT_TRUE(stats[0].at(40));
  EXPECT_EQ(stats[0].at(40)->false_alarms, 1);
  EXPECT_EQ(stats[0].at(43)->false_alarms, 0);
  EXPECT_DOUBLE_EQ(stats[0].at(43)->recall(), 0.5);
  EXPECT_EQ(stats[0].beyond_any_threshold, 0) << "nobody looked for candidates";
}

TEST(Thresholds, CountsByBinAndGroup) {
  FeedbackReport other = small_report(40);
  other.candidates = Candidates{5, {7, 8, 30}};
  other.boxes.push_back({{}, Correction::kDrawn, 31});
  FeedbackReport thorough = small_report(20);
  thorough.profile = "thorough";
  const auto stats = threshold_stats(std::vector{small_report(40), other, thorough});
  ASSERT_EQ(stats.size(), 2U);
  EXPECT_EQ(stats[0].profile, "fast");
  EXPECT_EQ(stats[0].reports, 2);
  EXPECT_EQ(stats[0].bins[18].confirmed, 2);
  EXPECT_EQ(stats[0].bins[8].removed, 2);
  EXPECT_EQ(stats[0].bins[6].drawn, 1);
  EXPECT_EQ(stats[0].bins[1].passed_over, 2);
  EXPECT_EQ(stats[0].beyond_any_threshold, 1);
  EXPECT_EQ(stats[0].at(10)->reports, 1) << "the other report looked no further than its threshold";
}

TEST(Thresholds, ProposesNothingFromAHandful) {
  EXPECT_FALSE(threshold_stats(std::vector{small_report(40)})[0].proposal(0.5));
  EXPECT_TRUE(threshold_stats({}).empty());
}

}  // namespace
}  // namespace face_privacy
