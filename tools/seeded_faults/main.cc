// face-privacy-seeded-faults MODEL.onnx RECOGNIZER.onnx|- FACES PHOTO...
// Seeds faults into FACES faces of the photos, each kind into each face, and counts how many the looks before
// a receipt notice; then how often they are raised for photos without a fault, and what they cost.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"
#include "pipeline/test_support.h"

namespace {

using namespace face_privacy;

constexpr std::array kFaults{Fault::kAside, Fault::kSkipped, Fault::kForgotten, Fault::kWeakBlur};
constexpr std::array kStyles{Style::kBlur, Style::kPixelate, Style::kFill};

Bytes file_at(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

double cpu_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

struct Looks {
  const Detector& detector;
  const Recognizer* recognizer;

  Checkers checkers() const { return {{detector}, recognizer}; }
};

struct Tally {
  int seeded = 0;
  int showing = 0;   // told by the pixels
  int compared = 0;  // photos in which the recognizer had something to say of the face
  int alike = 0;     // told by it
  std::vector<std::string> missed;
};

void seed(const Looks& looks, const PlannedPhoto& planned, std::size_t face, Fault fault, Style style,
          const std::string& name, Tally& tally) {
  PlannedPhoto known = plan_with_fault(planned, face, fault);
  known.kept.assign(known.kept.size(), true);  // the recognizer is to look at this face alone
  known.kept[face] = false;
  const Bytes output = with_fault(planned, face, fault, style);
  const auto checks =
      check_output(known.photo, output, JpegPath::kFastest, known.cover(), looks.checkers(), Limits{}, {});
  ++tally.seeded;
  if (checks && checks->showing > 0) {
    ++tally.showing;
  } else {
    const Face& missed = planned.faces[0][face];
    char text[256];
    std::snprintf(text, sizeof text, "%s: face of %.0f x %.0f px, score %.2f", name.c_str(),
                  static_cast<double>(missed.box.width), static_cast<double>(missed.box.height),
                  static_cast<double>(missed.score));
    tally.missed.emplace_back(text);
  }
  if (!checks || !checks->likeness) return;
  tally.compared += checks->likeness->compared;
  tally.alike += checks->likeness->alike > 0 ? 1 : 0;
}

void print(Fault fault, Style style, const Looks& looks, const Tally& tally) {
  std::printf("%-20s %-8s %3d seeded, %3d noticed", std::string(name_of(fault)).c_str(),
              std::string(name_of(style)).c_str(), tally.seeded, tally.showing);
  if (looks.recognizer != nullptr)
    std::printf("; recognizer: %d compared, %d noticed", tally.compared, tally.alike);
  std::printf("\n");
  for (const std::string& missed : tally.missed) std::printf("    missed: %s\n", missed.c_str());
}

// One face a photo, in an order that is the same each time.
void seed_faults(const Looks& looks, std::vector<std::string> photos, int faces) {
  std::mt19937 random(1);
  std::shuffle(photos.begin(), photos.end(), random);
  std::array<std::array<Tally, kStyles.size()>, kFaults.size()> tallies;
  for (const std::string& path : photos) {
    if (tallies[0][0].seeded >= faces) break;
    const auto planned = plan_photo(file_at(path), looks.detector, Profile::kBalanced);
    if (!planned || planned->faces[0].empty()) continue;
    const std::size_t face = random() % planned->faces[0].size();
    if (!only_region_over(*planned, face)) continue;
    for (std::size_t i = 0; i < kFaults.size(); ++i) {
      for (std::size_t style = 0; style < kStyles.size(); ++style)
        seed(looks, *planned, face, kFaults[i], kStyles[style], path.substr(path.rfind('/') + 1),
             tallies[i][style]);
    }
  }
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    for (std::size_t style = 0; style < kStyles.size(); ++style)
      print(kFaults[i], kStyles[style], looks, tallies[i][style]);
  }
}

struct Alarms {
  int photos = 0;
  int places = 0;
  int showing = 0;  // photos
  int compared = 0;
  int alike = 0;      // photos
  int to_review = 0;  // photos
  double detect_ms = 0;
  double plain_ms = 0;
  double signed_ms = 0;
};

void look_at(const Looks& looks, const Bytes& file, Style style, Alarms& alarms) {
  PhotoOptions options;
  options.redaction.style = style;
  double start = cpu_ms();
  if (!detect_photo(file, looks.detector, {}, Limits{})) return;
  alarms.detect_ms += cpu_ms() - start;
  start = cpu_ms();
  if (!redact_photo(file, looks.detector, options, Limits{})) return;
  alarms.plain_ms += cpu_ms() - start;
  options.receipt = Receipt::kOutput;
  start = cpu_ms();
  const auto blurred = redact_photo(file, looks.detector, options, Limits{}, {}, looks.recognizer);
  if (!blurred) return;
  alarms.signed_ms += cpu_ms() - start;
  const OutputChecks& checks = *blurred->report.checks;
  ++alarms.photos;
  alarms.places += checks.places;
  alarms.showing += checks.showing > 0 ? 1 : 0;
  alarms.to_review += checks.to_review.empty() ? 0 : 1;
  if (!checks.likeness) return;
  alarms.compared += checks.likeness->compared;
  alarms.alike += checks.likeness->alike > 0 ? 1 : 0;
}

void look_at_all(const Looks& looks, const std::vector<std::string>& photos) {
  for (const Style style : kStyles) {
    Alarms alarms;
    for (const std::string& path : photos) look_at(looks, file_at(path), style, alarms);
    std::printf("%-8s %d photos, %d places: alarm in %d photos (%.1f %%), place to review in %d",
                std::string(name_of(style)).c_str(), alarms.photos, alarms.places, alarms.showing,
                100.0 * alarms.showing / std::max(1, alarms.photos), alarms.to_review);
    if (looks.recognizer != nullptr)
      std::printf("; recognizer: %d faces compared, alarm in %d photos", alarms.compared, alarms.alike);
    std::printf("; looks take %.2f of detection (CPU)\n",
                (alarms.signed_ms - alarms.plain_ms) / std::max(1.0, alarms.detect_ms));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: face-privacy-seeded-faults MODEL.onnx RECOGNIZER.onnx|- FACES PHOTO...\n");
    return 2;
  }
  const auto detector = Detector::load({.model_path = argv[1], .engine = Engine::kAuto});
  std::optional<Recognizer> recognizer;
  if (std::string(argv[2]) != "-") {
    Recognizer::Settings settings;
    settings.model_path = argv[2];
    auto loaded = Recognizer::load(settings);
    if (loaded) recognizer.emplace(std::move(*loaded));
    if (!recognizer) std::fprintf(stderr, "%s: cannot be loaded\n", argv[2]);
  }
  if (!detector) {
    std::fprintf(stderr, "%s: %s\n", argv[1], detector.error().message.c_str());
    return 1;
  }
  const Looks looks{*detector, recognizer ? &*recognizer : nullptr};
  const std::vector<std::string> photos(argv + 4, argv + argc);
  seed_faults(looks, photos, std::stoi(argv[3]));
  look_at_all(looks, photos);
  return 0;
}
