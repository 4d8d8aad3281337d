#include "detect/profile.h"

#include <array>
#include <cmath>

#include "detect/retinaface/engine.h"

namespace face_privacy {
namespace {

constexpr Pass kSmallestScale{.long_side_px = 320, .min_face_px = 40};

constexpr std::array kFastPasses{Pass{960}, kSmallestScale};

// The pass at 1920 looks at a mirrored copy: its errors differ from the upright passes', so where they agree
// there is a face. Fur, foliage and walls look like one to a single pass.
constexpr Pass kMirrored{.long_side_px = 1920,
                         .orientation = Orientation::kMirrored,
                         .cross_checks = CrossCheckRule{.from_px = 0, .to_px = 400, .kept_share = 0.5F}};
constexpr Pass kMiddle{.long_side_px = 800,
                       .min_face_px = 18,
                       .cross_checks = CrossCheckRule{.from_px = 20, .to_px = 2000, .kept_share = 0.35F}};
constexpr Pass kSmall{.long_side_px = 480, .min_face_px = 20};

constexpr std::array kBalancedPasses{kMirrored, kMiddle, kSmall, kSmallestScale};

constexpr std::array kThoroughPasses{
    Pass{.long_side_px = 3840, .min_picture_px = 2560},
    Pass{2560},
    kMirrored,
    Pass{.long_side_px = 960, .orientation = Orientation::kTurnedLeft, .min_score = 0.6F},
    Pass{.long_side_px = 960, .orientation = Orientation::kTurnedRight, .min_score = 0.6F},
    Pass{.long_side_px = 960, .orientation = Orientation::kUpsideDown, .min_score = 0.8F},
    kMiddle,
    kSmall,
    kSmallestScale,
};

constexpr ProfilePlan kFast{kFastPasses, 0.4F, false};
constexpr ProfilePlan kBalanced{kBalancedPasses, 0.19F};
constexpr ProfilePlan kThorough{kThoroughPasses, 0.18F};

// Networks with priors have none below 10 or 16 px, and see small faces no worse at a smaller scale, with
// fewer false alarms: passes and scores were chosen for the permissive weights.
constexpr std::array kPriorsFastPasses{Pass{960}, kSmallestScale};
constexpr Pass kPriorsMirrored{
    .long_side_px = 1120,
    .orientation = Orientation::kMirrored,
    .cross_checks = CrossCheckRule{.from_px = 0, .to_px = 400, .kept_share = 0.5F}};
constexpr std::array kPriorsBalancedPasses{kPriorsMirrored, kMiddle, kSmallestScale};
constexpr std::array kPriorsThoroughPasses{
    Pass{1600},
    kPriorsMirrored,
    Pass{.long_side_px = 960, .orientation = Orientation::kTurnedLeft, .min_score = 0.8F},
    Pass{.long_side_px = 960, .orientation = Orientation::kTurnedRight, .min_score = 0.8F},
    Pass{.long_side_px = 960, .orientation = Orientation::kUpsideDown, .min_score = 0.9F},
    kMiddle,
    kSmallestScale,
};

constexpr ProfilePlan kPriorsFast{kPriorsFastPasses, 0.55F, false};
constexpr ProfilePlan kPriorsBalanced{kPriorsBalancedPasses, 0.25F};
constexpr ProfilePlan kPriorsThorough{kPriorsThoroughPasses, 0.2F};

// SCRFD sees small faces at a smaller scale than RetinaFace does, and costs more.
constexpr std::array kScrfdFastPasses{Pass{640}};
constexpr std::array kScrfdBalancedPasses{Pass{.long_side_px = 1280, .orientation = Orientation::kMirrored},
                                          Pass{640}, Pass{320}};
constexpr std::array kScrfdThoroughPasses{
    Pass{1920}, Pass{.long_side_px = 1280, .orientation = Orientation::kMirrored}, Pass{640}, Pass{320}};

constexpr ProfilePlan kScrfdFast{kScrfdFastPasses, 0.2F, false};
constexpr ProfilePlan kScrfdBalanced{kScrfdBalancedPasses, 0.25F};
constexpr ProfilePlan kScrfdThorough{kScrfdThoroughPasses, 0.25F};

// Beyond this a small picture only becomes slower to look at, and blurs into false alarms.
constexpr double kLargestEnlargement = 3;

// A panorama shrunk to the long side alone would have no faces left: its short side stays at least
// this share of the pass's long side.
constexpr double kSmallestShortSide = 0.4;

// Of a pass's input, that of a panorama included: its short side stays the larger share only so far. A tile
// of the pass's long side each way is what a square picture takes; twice that holds panoramas up to 12.5 : 1
// as they are.
constexpr double kLargestInputPx = 24'000'000;
constexpr double kLargestInputSquares = 2;

// Sides of a tile: what bounds the memory of one run. Neighbors overlap, so that a face up to that
// size is whole in one of them; larger ones are found by the smaller passes.
constexpr int kLargestTilePx = 2048;
constexpr int kTileOverlapPx = 256;

int to_multiple(double side) {
  return std::max(1, static_cast<int>(std::lround(side / kInputMultiple))) * kInputMultiple;
}

double scale_for(Size picture, const Pass& pass) {
  const auto [shorter, longer] = std::minmax(picture.width, picture.height);
  const double fit = static_cast<double>(pass.long_side_px) / longer;
  const double panorama = kSmallestShortSide * pass.long_side_px / shorter;
  const double square_px = static_cast<double>(pass.long_side_px) * pass.long_side_px;
  const double most_px = std::min(kLargestInputPx, kLargestInputSquares * square_px);
  const double bounded =
      std::sqrt(most_px / (static_cast<double>(picture.width) * static_cast<double>(picture.height)));
  return std::min({kLargestEnlargement, std::max(fit, panorama), std::max(fit, bounded)});
}

struct Span {
  int begin;
  int length;
};

// Pieces of equal length, of at most `limit`, that cover [0, length) and overlap.
std::vector<Span> pieces(int length, int limit) {
  if (length <= limit) return {{0, length}};
  const int overlap = std::min(kTileOverlapPx, limit / 2);
  const int count = (length - overlap + limit - overlap - 1) / (limit - overlap);
  const int piece =
      to_multiple(std::ceil(static_cast<double>(length + (count - 1) * overlap) / count / kInputMultiple) *
                  kInputMultiple);
  std::vector<Span> result;
  for (int i = 0; i < count; ++i) {
    const double begin = static_cast<double>(length - piece) * i / (count - 1);
    result.push_back({static_cast<int>(begin / kInputMultiple) * kInputMultiple, piece});
  }
  return result;
}

}  // namespace

std::string_view name_of(Profile profile) {
  switch (profile) {
    case Profile::kFast: return "fast";
    case Profile::kBalanced: return "balanced";
    case Profile::kThorough: return "thorough";
  }
  return "";
}

std::optional<Profile> profile_from_name(std::string_view name) {
  for (const Profile profile : {Profile::kFast, Profile::kBalanced, Profile::kThorough}) {
    if (name == name_of(profile)) return profile;
  }
  return std::nullopt;
}

const ProfilePlan& plan_of(Profile profile, OutputLayout layout) {
  struct Plans {
    const ProfilePlan& insightface;
    const ProfilePlan& priors;
    const ProfilePlan& scrfd;
  };
  constexpr Plans kFastPlans{kFast, kPriorsFast, kScrfdFast};
  constexpr Plans kBalancedPlans{kBalanced, kPriorsBalanced, kScrfdBalanced};
  constexpr Plans kThoroughPlans{kThorough, kPriorsThorough, kScrfdThorough};
  const Plans& plans = profile == Profile::kFast       ? kFastPlans
                       : profile == Profile::kBalanced ? kBalancedPlans
                                                       : kThoroughPlans;
  switch (layout) {
    case OutputLayout::kInsightface: return plans.insightface;
    case OutputLayout::kPriors: return plans.priors;
    case OutputLayout::kScrfd: return plans.scrfd;
  }
  return plans.insightface;
}

FaceSizes reliable_sizes(const Pass& pass) {
  constexpr float kSmallest = 24;
  constexpr float kLargest = 400;
  return {std::max(kSmallest, static_cast<float>(pass.min_face_px)), kLargest};
}

NetworkInput network_input(Size picture, const Pass& pass) {
  const double scale = scale_for(picture, pass);
  NetworkInput input{{to_multiple(picture.width * scale), to_multiple(picture.height * scale)}, {}};
  // A picture of ordinary shape stays whole up to the largest tile.
  const int limit = std::min(kLargestTilePx, to_multiple(pass.long_side_px));
  for (const Span& rows : pieces(input.size.height, limit)) {
    for (const Span& columns : pieces(input.size.width, limit)) {
      input.tiles.push_back({columns.begin, rows.begin, columns.length, rows.length});
    }
  }
  return input;
}

std::vector<Pass> passes_for(Size picture, const ProfilePlan& plan) {
  std::vector<Pass> passes;
  for (const Pass& pass : plan.passes) {
    if (std::max(picture.width, picture.height) < pass.min_picture_px) continue;
    // Small pictures come to the same size in several passes, as they are not enlarged further.
    const bool repeats = std::any_of(passes.begin(), passes.end(), [&](const Pass& other) {
      return other.orientation == pass.orientation &&
             network_input(picture, other).size == network_input(picture, pass).size;
    });
    if (!repeats) passes.push_back(pass);
  }
  return passes;
}

}  // namespace face_privacy
