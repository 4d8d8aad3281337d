#include "scene.h"

#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace face_privacy::bench {
namespace {

// A head crop is 2.2 times as large as its face, and a face is 200 px in a picture 4000 px wide.
constexpr double kHeadSharePerWidth = 2.2 * 200 / 4000;

void paste(const cv::Mat& head, cv::Mat& picture, cv::Point center, int side) {
  cv::Mat scaled;
  cv::resize(head, scaled, {side, side}, 0, 0, cv::INTER_AREA);
  const cv::Rect place(center.x - side / 2, center.y - side / 2, side, side);
  const cv::Rect inside = place & cv::Rect({0, 0}, picture.size());
  scaled(inside - place.tl()).copyTo(picture(inside));
}

}  // namespace

Scene make_scene(int megapixels, int faces, const cv::Mat& background, const std::vector<cv::Mat>& heads) {
  const int height = static_cast<int>(std::lround(std::sqrt(megapixels * 1e6 * 3 / 4) / 16)) * 16;
  const int width = height * 4 / 3 / 16 * 16;
  cv::Mat picture;
  cv::resize(background, picture, {width, height}, 0, 0, cv::INTER_CUBIC);
  const int side = static_cast<int>(width * kHeadSharePerWidth);
  const int columns = std::max(1, static_cast<int>(std::ceil(std::sqrt(faces * 4.0 / 3))));
  const int rows = std::max(1, (faces + columns - 1) / columns);
  for (int i = 0; i < faces; ++i) {
    const cv::Point center((i % columns * 2 + 1) * width / (2 * columns),
                           (i / columns * 2 + 1) * height / (2 * rows));
    paste(heads[static_cast<std::size_t>(i) % heads.size()], picture, center, side);
  }
  Scene scene{megapixels, faces, {}};
  cv::imencode(".jpg", picture, scene.jpeg, {cv::IMWRITE_JPEG_QUALITY, 90});
  return scene;
}

}  // namespace face_privacy::bench
