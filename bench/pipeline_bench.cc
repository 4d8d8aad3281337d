// Whole photos through the usual pipeline and through this program's paths, in turn, as tables in
// Markdown: time by stage, peak memory and ratios on one core, then what a second core brings. Run by
// scripts/bench.
//
// Stages are in wall time. Totals and ratios are in processor time, which on a core of one's own is the
// same, and on a machine that others use as well says more.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <opencv2/core/utility.hpp>

#include "base/process_memory.h"
#include "contenders.h"
#include "measure.h"
#include "scene.h"

namespace face_privacy::bench {
namespace {

constexpr SceneKind kSmallPhoto{2, 0.4};
constexpr SceneKind kPhoto{12, 2.2};
constexpr SceneKind kDetailedPhoto{12, 3.8};

struct Setting {
  std::string program;
  std::string models;
  std::string demo_photos;
  std::filesystem::path scenes;  // a folder that the photos are left in
  int repetitions = 5;

  // Photos of the fast profile take little time, so that chance has more of a say in it.
  int rounds(Profile profile) const { return profile == Profile::kFast ? 3 * repetitions : repetitions; }
  std::string model() const { return models + "/mnet.25_v1.onnx"; }
  std::filesystem::path file_of(const Scene& scene) const { return scenes / (scene.file_name + ".jpg"); }
};

// `pipeline_bench --peak MODEL FILE PROFILE CONTENDER`: one photo in a process of its own.
constexpr const char* kPeakFlag = "--peak";

double peak_mb(const Setting& setting, const Scene& scene, Profile profile, std::size_t contender) {
  return std::atof(output_of({setting.program, kPeakFlag, setting.model(), setting.file_of(scene),
                              std::string(name_of(profile)), std::to_string(contender)})
                       .c_str());
}

int print_peak(char** argv) {
  std::ifstream in(argv[3], std::ios::binary);
  const std::vector<unsigned char> jpeg{std::istreambuf_iterator<char>(in), {}};
  const auto contenders = make_contenders(argv[2], load_engines(argv[2]));
  const Contender& contender = contenders.at(static_cast<std::size_t>(std::atoi(argv[5])));
  const Profile profile = *profile_from_name(argv[4]);
  std::printf("%.1f\n", peak_memory_mb([&] { contender.run(jpeg, profile); }));
  return 0;
}

void print_stage_header() {
  std::printf(
      "| photo | way | found | decode ms | detect ms | redact ms | encode ms | all, CPU ms | peak MB | usual "
      "/ "
      "this |\n|---|---|---|---|---|---|---|---|---|---|\n");
}

struct Sample {
  Run run;
  double cpu_ms;
};

// Contenders take turns, so that what else goes on in the machine meets all of them.
std::vector<std::vector<Sample>> sample_in_turn(const Setting& setting, const Scene& scene, Profile profile,
                                                const std::vector<Contender>& contenders) {
  std::vector<std::vector<Sample>> samples(contenders.size());
  for (int i = 0; i <= setting.rounds(profile); ++i) {
    for (std::size_t c = 0; c < contenders.size(); ++c) {
      const double start_ms = thread_cpu_ms();
      const Run run = contenders[c].run(scene.jpeg, profile);
      if (i > 0) samples[c].push_back({run, thread_cpu_ms() - start_ms});  // the first round warms up
    }
  }
  return samples;
}

void print_stages(const Setting& setting, const Scene& scene, Profile profile,
                  const std::vector<Contender>& contenders) {
  const auto samples = sample_in_turn(setting, scene, profile, contenders);
  for (std::size_t c = 0; c < contenders.size(); ++c) {
    const auto quartile = [&](auto pick) {
      std::vector<double> values;
      for (const Sample& sample : samples[c]) values.push_back(pick(sample));
      return lower_quartile(values);
    };
    const double cpu_ms = quartile([](const Sample& s) { return s.cpu_ms; });
    std::vector<double> usual_by_this;  // of one round each, in which the machine was as fast for both
    for (std::size_t i = 0; i < samples[c].size(); ++i) {
      usual_by_this.push_back(samples[0][i].cpu_ms / samples[c][i].cpu_ms);
    }
    std::printf("| %s | %s | %d | %.1f | %.1f | %.1f | %.1f | **%.1f** | %.0f | %.1fx |\n",
                scene.name.c_str(), contenders[c].name.c_str(), samples[c].front().run.faces,
                quartile([](const Sample& s) { return s.run.timings.decode.count(); }),
                quartile([](const Sample& s) { return s.run.timings.detect.count(); }),
                quartile([](const Sample& s) { return s.run.timings.redact.count(); }),
                quartile([](const Sample& s) { return s.run.timings.encode.count(); }), cpu_ms,
                peak_mb(setting, scene, profile, c), median(usual_by_this));
  }
  std::fflush(stdout);
}

void print_second_core(const Setting& setting, const std::vector<Scene>& scenes, Profile profile,
                       const std::vector<Contender>& contenders, const std::vector<int>& cores) {
  constexpr int kPhotosEach = 4;
  std::printf(
      "\n### %s: one photo on one core, and two at a time on two\n\n"
      "| photo | way | photos/s on one | photos/s on two | two / one |\n|---|---|---|---|---|\n",
      std::string(name_of(profile)).c_str());
  for (const Scene& scene : scenes) {
    for (const Contender& contender : contenders) {
      std::vector<double> one;
      std::vector<double> two;
      std::vector<double> ratio;
      for (int i = 0; i < setting.rounds(profile); ++i) {
        const auto work = [&] { contender.run(scene.jpeg, profile); };
        one.push_back(-photos_per_second({cores[0]}, kPhotosEach, work));
        two.push_back(-photos_per_second({cores[0], cores[1]}, kPhotosEach, work));
        ratio.push_back(two.back() / one.back());
      }
      // The negatives' lower quartile: the faster runs.
      const double on_one = -lower_quartile(one);
      const double on_two = -lower_quartile(two);
      std::printf("| %s | %s | %.1f | %.1f | %.2f |\n", scene.name.c_str(), contender.name.c_str(), on_one,
                  on_two, median(ratio));
      std::fflush(stdout);
    }
  }
}

int run_all(const Setting& setting) {
  const std::vector<int> cores = allowed_cores();
  bind_to(cores.front());
  const auto engines = load_engines(setting.model());
  const auto contenders = make_contenders(setting.model(), engines);
  const Material material = cut_material(setting.demo_photos, *engines.front().detector);
  std::vector<Scene> scenes;
  for (const SceneKind& kind : {kSmallPhoto, kPhoto, kDetailedPhoto}) {
    for (const int faces : {0, 1, 10, 50}) {
      scenes.push_back(make_scene(kind, faces, material));
      std::ofstream out(setting.file_of(scenes.back()), std::ios::binary);
      out.write(reinterpret_cast<const char*>(scenes.back().jpeg.data()),
                static_cast<std::streamsize>(scenes.back().jpeg.size()));
    }
  }
  const std::vector<Scene> with_ten_faces{scenes[2], scenes[6]};

  std::printf("Engines:");
  for (const NamedEngine& engine : engines)
    std::printf(" %s is %s.", engine.name.c_str(), engine.detector->model().engine.c_str());
  std::printf(
      " The usual pipeline has the first. Times are lower quartiles of %d rounds (profile fast: %d), ratios "
      "the "
      "medians of their rounds.\n",
      setting.repetitions, setting.rounds(Profile::kFast));
  for (const Profile profile : {Profile::kFast, Profile::kBalanced, Profile::kThorough}) {
    std::printf("\n### %s: one photo on one core\n\n", std::string(name_of(profile)).c_str());
    print_stage_header();
    if (profile == Profile::kThorough) {  // seconds each, nearly all of it detection
      print_stages(setting, with_ten_faces.back(), profile, contenders);
      continue;
    }
    for (const Scene& scene : scenes) print_stages(setting, scene, profile, contenders);
  }
  if (cores.size() < 2) {
    std::printf("\nOnly one core to run on: no figures for two.\n");
    return 0;
  }
  print_second_core(setting, with_ten_faces, Profile::kFast, contenders, cores);
  return 0;
}

int main_or_throw(int argc, char** argv) {
  keep_freed_memory();
  cv::setNumThreads(1);
  if (argc == 6 && std::string(argv[1]) == kPeakFlag) return print_peak(argv);
  if (argc < 4) {
    std::fprintf(stderr,
                 "usage: pipeline_bench MODELS_FOLDER DEMO_PHOTOS_FOLDER SCENES_FOLDER [REPETITIONS]\n");
    return 2;
  }
  Setting setting{argv[0], argv[1], argv[2], argv[3]};
  if (argc > 4) setting.repetitions = std::atoi(argv[4]);
  return run_all(setting);
}

}  // namespace
}  // namespace face_privacy::bench

int main(int argc, char** argv) {
  try {
    return face_privacy::bench::main_or_throw(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pipeline_bench: %s\n", error.what());
    return 1;
  }
}
