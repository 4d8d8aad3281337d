#include "usual_pipeline.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "detect/merge.h"
#include "detect/retinaface/head_decoder.h"

namespace face_privacy::bench {
namespace {

constexpr int kQuality = 90;    // as the scenes were encoded
constexpr double kGrow = 0.25;  // of the face box, on each side

std::vector<Face> detect(const cv::Mat& picture, const Network& network, Size input, float min_score) {
  cv::Mat small;
  cv::resize(picture, small, {input.width, input.height}, 0, 0, cv::INTER_LINEAR);
  cv::cvtColor(small, small, cv::COLOR_BGR2RGB);
  auto outputs = network.run({small.data, small.cols, small.rows, small.step[0], kRgb8});
  if (!outputs) throw std::runtime_error(outputs.error().message);
  auto faces = decode_heads(*outputs, network.coding(), min_score);
  const float scale_x = static_cast<float>(picture.cols) / static_cast<float>(input.width);
  const float scale_y = static_cast<float>(picture.rows) / static_cast<float>(input.height);
  for (Face& face : faces) {
    face.box = {face.box.x * scale_x, face.box.y * scale_y, face.box.width * scale_x,
                face.box.height * scale_y};
  }
  return faces;
}

void blur(cv::Mat& picture, const BoxF& box) {
  const cv::Rect grown(
      static_cast<int>(box.x - kGrow * box.width), static_cast<int>(box.y - kGrow * box.height),
      static_cast<int>(box.width * (1 + 2 * kGrow)), static_cast<int>(box.height * (1 + 2 * kGrow)));
  const cv::Rect inside = grown & cv::Rect({0, 0}, picture.size());
  if (inside.empty()) return;
  cv::Mat face = picture(inside);
  const int kernel = std::max(inside.width, inside.height) / 3 | 1;
  cv::GaussianBlur(face, face, {kernel, kernel}, 0);
}

}  // namespace

UsualResult usual_pipeline(std::span<const unsigned char> jpeg, const Network& network,
                           std::span<const Size> inputs, float min_score) {
  UsualResult result;
  auto last = StopCondition::Clock::now();
  const auto lap = [&last](Milliseconds& stage) {
    const auto now = StopCondition::Clock::now();
    stage = now - last;
    last = now;
  };
  cv::Mat picture =
      cv::imdecode(cv::Mat(1, static_cast<int>(jpeg.size()), CV_8U, const_cast<unsigned char*>(jpeg.data())),
                   cv::IMREAD_COLOR);
  lap(result.timings.decode);
  std::vector<Face> faces;
  for (const Size input : inputs) {
    const auto found = detect(picture, network, input, min_score);
    faces.insert(faces.end(), found.begin(), found.end());
  }
  faces = suppress_repeats(std::move(faces));
  lap(result.timings.detect);
  for (const Face& face : faces) blur(picture, face.box);
  lap(result.timings.redact);
  cv::imencode(".jpg", picture, result.jpeg, {cv::IMWRITE_JPEG_QUALITY, kQuality});
  lap(result.timings.encode);
  result.faces = static_cast<int>(faces.size());
  return result;
}

}  // namespace face_privacy::bench
