// Times whole photos through the usual pipeline and through this program's paths, in turn, and prints
// medians, ratios and peak memory as a table. Run by scripts/bench.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "detect/model_file.h"
#include "detect/onnx_network.h"
#include "detect/profile.h"
#include "pipeline/pipeline.h"
#include "scene.h"
#include "usual_pipeline.h"

namespace face_privacy::bench {
namespace {

struct Run {
  Timings timings;
  int faces = 0;
};

struct Contender {
  const char* name;
  std::function<Run(const Scene&)> run;
};

template <class T>
T value_or_exit(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

// Peak memory of one run in a process of its own, in MB above what the process began with.
double peak_memory_mb(const std::function<void()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const bool told = ::write(ends[1], &usage.ru_maxrss, sizeof usage.ru_maxrss) > 0;
    ::_exit(told ? 0 : 1);
  }
  long peak_kb = 0;
  const bool heard = ::read(ends[0], &peak_kb, sizeof peak_kb) > 0;
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  return heard ? static_cast<double>(peak_kb) / 1024 : 0;
}

class Comparison {
 public:
  Comparison(std::vector<Contender> contenders, int repetitions)
      : contenders_(std::move(contenders)), repetitions_(repetitions) {}

  void print(const Scene& scene) const {
    std::vector<std::vector<Run>> runs(contenders_.size());
    for (int i = 0; i <= repetitions_; ++i) {
      for (std::size_t c = 0; c < contenders_.size(); ++c) {
        const Run run = contenders_[c].run(scene);
        if (i > 0) runs[c].push_back(run);  // the first round warms up
      }
    }
    double usual = 0;
    for (std::size_t c = 0; c < contenders_.size(); ++c) {
      const auto stage = [&](auto pick) {
        std::vector<double> values;
        for (const Run& run : runs[c]) values.push_back(pick(run.timings).count());
        return median(values);
      };
      const double total = stage([](const Timings& t) { return t.total(); });
      if (c == 0) usual = total;
      const double memory = peak_memory_mb([&] { contenders_[c].run(scene); });
      std::printf(
          "| %d MP, %.1f MB, %d faces | %s | %d | %.1f | %.1f | %.1f | %.1f | **%.1f** | %.0f | %.1fx |\n",
          scene.megapixels, static_cast<double>(scene.jpeg.size()) / 1e6, scene.faces, contenders_[c].name,
          runs[c].front().faces, stage([](const Timings& t) { return t.decode; }),
          stage([](const Timings& t) { return t.detect; }), stage([](const Timings& t) { return t.redact; }),
          stage([](const Timings& t) { return t.encode; }), total, memory, usual / total);
    }
    std::fflush(stdout);
  }

 private:
  std::vector<Contender> contenders_;
  int repetitions_;
};

struct Material {
  cv::Mat background;
  std::vector<cv::Mat> heads;
};

// Heads and a background from the demo photos that npm brought; boxes by the detector itself.
Material cut_material(const std::string& folder, const Detector& detector) {
  Material material;
  for (const char* name : {"sample4.jpg", "sample5.jpg", "sample6.jpg"}) {
    const cv::Mat photo = cv::imread(folder + "/" + name);
    cv::Mat rgb(photo.rows, photo.cols, CV_8UC3);
    for (int y = 0; y < photo.rows; ++y) {
      for (int x = 0; x < photo.cols; ++x) {
        const auto& bgr = photo.at<cv::Vec3b>(y, x);
        rgb.at<cv::Vec3b>(y, x) = {bgr[2], bgr[1], bgr[0]};
      }
    }
    const ImageView view{rgb.data, rgb.cols, rgb.rows, rgb.step[0], kRgb8};
    const auto faces =
        value_or_exit(detector.find_faces({view.size(), {view}}, Profile::kBalanced, 0.9F, {}));
    for (const Face& face : faces) {
      const int side = static_cast<int>(2.2F * face.box.width);
      const PointF center = face.box.center();
      const cv::Rect crop(static_cast<int>(center.x) - side / 2, static_cast<int>(center.y) - side / 2, side,
                          side);
      const cv::Rect inside = crop & cv::Rect({0, 0}, photo.size());
      if (inside == crop) material.heads.push_back(photo(crop).clone());
    }
    // The lower quarter of sample6 shows clothes and furniture, mirrored to a picture of its own.
    if (std::string(name) == "sample6.jpg") {
      cv::Mat lower = photo.rowRange(photo.rows * 3 / 4, photo.rows).clone();
      cv::Mat mirrored;
      cv::flip(lower, mirrored, 0);
      cv::vconcat(std::vector<cv::Mat>{lower, mirrored, lower, mirrored}, material.background);
    }
  }
  return material;
}

std::vector<Size> input_sizes(Profile profile, Size picture) {
  std::vector<Size> sizes;
  for (const Pass& pass : plan_of(profile).passes) sizes.push_back(input_size(picture, pass));
  return sizes;
}

int run_all(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: pipeline_bench MODELS_FOLDER DEMO_PHOTOS_FOLDER [REPETITIONS]\n");
    return 2;
  }
  cv::setNumThreads(1);
  const std::string weights = std::string(argv[1]) + "/mnet.25_v1.onnx";
  const int repetitions = argc > 3 ? std::atoi(argv[3]) : 7;
  const Detector detector = value_or_exit(Detector::load({weights, 1}));
  const auto file = value_or_exit(read_model_file(weights));
  const auto reference = value_or_exit(load_onnx_network(file, 1));
  const Material material = cut_material(argv[2], detector);

  for (const Profile profile : {Profile::kFast, Profile::kBalanced, Profile::kThorough}) {
    const auto with_program = [&](const Scene& scene, JpegPath path) {
      BlurOptions options;
      options.detection.profile = profile;
      options.jpeg_path = path;
      const auto result = value_or_exit(redact_photo(scene.jpeg, detector, options, Limits{}));
      return Run{result.report.detection.timings, static_cast<int>(result.report.detection.face_count())};
    };
    const auto usual = [&](const Scene& scene) {
      const auto header = value_or_exit(read_header(scene.jpeg, Limits{}));
      const auto result = usual_pipeline(scene.jpeg, *reference.network, input_sizes(profile, header.size),
                                         detector.default_min_score(profile));
      return Run{result.timings, result.faces};
    };
    const Comparison comparison(
        {{"usual", usual},
         {"general path", [&](const Scene& s) { return with_program(s, JpegPath::kGeneral); }},
         {"fast path", [&](const Scene& s) { return with_program(s, JpegPath::kFastest); }}},
        repetitions);
    std::printf("\n### %s, %s\n\n", std::string(name_of(profile)).c_str(), detector.model().engine.c_str());
    std::printf(
        "| photo | path | found | decode ms | detect ms | redact ms | encode ms | total ms | peak MB | usual "
        "/ this |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n");
    for (const int megapixels : {2, 12}) {
      for (const int faces : {0, 1, 10, 50}) {
        comparison.print(make_scene(megapixels, faces, material.background, material.heads));
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace face_privacy::bench

int main(int argc, char** argv) { return face_privacy::bench::run_all(argc, argv); }
