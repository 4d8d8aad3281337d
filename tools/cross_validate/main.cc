// face-privacy-cross-validate MODEL.onnx PROFILE IMAGES TRUTH.jsonl [FOLDS]
// The network looks at each photo once; what its passes found is then joined by every rule.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "codec/codec.h"
#include "crypto/digest.h"
#include "detect/known_weights.h"
#include "detect/look.h"
#include "detect/retinaface/int8_engine.h"
#include "detect/retinaface/onnx_engine.h"
#include "eval/matching.h"
#include "eval/truth.h"
#include "folds.h"
#include "nn/model_file.h"

namespace {

using namespace face_privacy;

constexpr float kMinOverlap = 0.4F;  // as `eval`'s

// How passes are joined. Shares of the score that a face keeps which the pass did not see, times the share
// that the profile has.
struct Rule {
  float majority;
  float kept_of_largest;
  float kept_of_others;
};

// The profile's own comes first.
std::vector<Rule> rules() {
  std::vector<Rule> all{{kMajority, 1, 1}};
  for (const float majority : {0.F, 0.33F, kMajority, 0.6F}) {
    for (const float largest : {0.5F, 0.8F, 1.F, 1.25F, 1.6F, 2.F}) {
      for (const float others : {0.5F, 0.8F, 1.F, 1.25F, 1.6F, 2.F})
        all.push_back({majority, largest, others});
    }
  }
  return all;
}

std::vector<Face> joined(Findings findings, const Rule& rule) {
  bool is_first = true;
  for (Pass& pass : findings.passes) {
    if (!pass.cross_checks) continue;
    pass.cross_checks->kept_share = std::min(
        1.F, pass.cross_checks->kept_share * (is_first ? rule.kept_of_largest : rule.kept_of_others));
    is_first = false;
  }
  return agreed_faces(findings, rule.majority);
}

BoxesOfPhoto scored(const std::vector<Face>& faces, const TruthPhoto& truth, Size picture) {
  const auto matches = match_faces(faces, truth, picture, kMinOverlap);
  BoxesOfPhoto boxes;
  for (std::size_t i = 0; i < faces.size(); ++i) boxes.push_back({faces[i].score, matches[i].has_value()});
  return boxes;
}

struct LookedAt {
  Findings findings;
  Size size;
};

// As Detector::find_faces.
Result<LookedAt> look_at(const std::string& path, const Network& network, const ProfilePlan& plan) {
  std::ifstream file(path, std::ios::binary);
  const Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto photo = decode(bytes, Limits{});
  if (!photo) return fail(photo);
  const StopCondition stop;
  const Size size = photo->pixels.view().size();
  PictureLook look(network, {size, {photo->pixels.view()}}, stop);
  auto findings = run_profile(look, plan);
  if (!findings) return fail(findings);
  const auto way = find_way_up(look, *findings, plan);
  if (!way) return fail(way);
  if (*way != Orientation::kUpright) {
    findings = look_again(look, network, *way, plan, std::move(*findings), stop);
    if (!findings) return fail(findings);
  }
  return LookedAt{std::move(*findings), size};
}

Result<LoadedNetwork> load(const std::string& path) {
  const auto file = read_model_file(path);
  if (!file) return fail(file);
  const std::string sha256 = to_hex(face_privacy::sha256(*file));
  const KnownWeights* const known = known_weights(sha256);
  const CodingFacts facts = known != nullptr ? known->coding : CodingFacts{};
  auto loaded = int8::load_network(*file, sha256, int8::ranges_path(path), facts);
  if (loaded) return LoadedNetwork{std::move(loaded->network), loaded->layout, std::move(loaded->engine)};
  return load_onnx_network(*file, 1, facts);
}

Result<Table> look_at_all(const std::string& images, const std::vector<TruthPhoto>& truth,
                          const LoadedNetwork& network, const ProfilePlan& plan, int folds) {
  const auto all = rules();
  Table table{{}, {}, std::vector<std::vector<BoxesOfPhoto>>(all.size())};
  for (const TruthPhoto& photo : truth) {
    const auto looked = look_at(images + "/" + photo.image, *network.network, plan);
    if (!looked) {
      std::cerr << photo.image << ": " << looked.error().message << '\n';
      continue;
    }
    table.fold.push_back(fold_of(photo.image, folds));
    table.labelled.push_back(static_cast<int>(photo.faces.size() + photo.noses.size()));
    for (std::size_t rule = 0; rule < all.size(); ++rule) {
      table.boxes[rule].push_back(scored(joined(looked->findings, all[rule]), photo, looked->size));
    }
  }
  return table;
}

void print(const char* name, const Counts& counts) {
  std::printf("| %s | %d | %.3f | %.3f | %d |\n", name, counts.labelled, counts.recall(), counts.precision(),
              counts.false_alarms);
}

void report(const Table& table, float min_score, int folds) {
  const Choice standard{0, min_score};
  Counts chosen_on;
  Counts left_out;
  std::printf("| left out | majority | kept, largest | kept, others | score >= |\n|---|---|---|---|---|\n");
  for (int fold = 0; fold < folds; ++fold) {
    const Choice choice = choose_without(table, fold, standard);
    const Rule rule = rules()[choice.rule];
    std::printf("| %d | %.2f | x %.2f | x %.2f | %.2f |\n", fold + 1, rule.majority, rule.kept_of_largest,
                rule.kept_of_others, choice.min_score);
    chosen_on += count(table, choice, [&](int other) { return other != fold; });
    left_out += count(table, choice, [&](int other) { return other == fold; });
  }
  std::printf("\n| | faces | recall | precision | false alarms |\n|---|---|---|---|---|\n");
  print("chosen without the fold, on the fold", left_out);
  print("the same, on the photos that chose", chosen_on);
  print("the profile as it is", count(table, standard, [](int) { return true; }));
}

}  // namespace

int main(int argc, char** argv) {
  const auto profile = argc >= 5 ? profile_from_name(argv[2]) : std::nullopt;
  const int folds = argc >= 6 ? std::atoi(argv[5]) : 5;
  if (!profile || argc > 6 || folds < 2) {
    std::cerr << "usage: face-privacy-cross-validate MODEL.onnx PROFILE IMAGES TRUTH.jsonl [FOLDS]\n";
    return 2;
  }
  std::ifstream file(argv[4]);
  const std::string lines((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto truth = parse_truth(lines);
  const auto network = load(argv[1]);
  if (!truth || !network) {
    std::cerr << (truth ? network.error().message : truth.error().message) << '\n';
    return 1;
  }
  const ProfilePlan& plan = plan_of(*profile, network->layout);
  const auto table = look_at_all(argv[3], *truth, *network, plan, folds);
  std::printf("%zu photos, profile %s, %s, %d folds\n\n", table->fold.size(), argv[2],
              network->engine.c_str(), folds);
  report(*table, plan.min_score, folds);
  return table->fold.empty() ? 1 : 0;
}
