#include "scene.h"

#include <cmath>
#include <cstdio>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

namespace face_privacy::bench {
namespace {

// A head crop is 2.2 times as large as its face, and a face is 200 px in a picture 4000 px wide.
constexpr double kHeadPerFace = 2.2;
constexpr double kHeadSharePerWidth = kHeadPerFace * 200 / 4000;
constexpr int kQuality = 90;

cv::Size size_of(int megapixels) {
  return megapixels == 12 ? cv::Size{4032, 3024} : cv::Size{1632, 1224};  // as phones take them
}

void paste(const cv::Mat& head, cv::Mat& picture, cv::Point center, int side) {
  cv::Mat scaled;
  cv::resize(head, scaled, {side, side}, 0, 0, cv::INTER_AREA);
  const cv::Rect place(center.x - side / 2, center.y - side / 2, side, side);
  const cv::Rect inside = place & cv::Rect({0, 0}, picture.size());
  scaled(inside - place.tl()).copyTo(picture(inside));
}

cv::Mat picture_with_faces(cv::Size size, int faces, const Material& material) {
  cv::Mat picture;
  cv::resize(material.background, picture, size, 0, 0, cv::INTER_CUBIC);
  const int side = static_cast<int>(size.width * kHeadSharePerWidth);
  const int columns = std::max(1, static_cast<int>(std::ceil(std::sqrt(faces * 4.0 / 3))));
  const int rows = std::max(1, (faces + columns - 1) / columns);
  for (int i = 0; i < faces; ++i) {
    const cv::Point center((i % columns * 2 + 1) * size.width / (2 * columns),
                           (i / columns * 2 + 1) * size.height / (2 * rows));
    paste(material.heads[static_cast<std::size_t>(i) % material.heads.size()], picture, center, side);
  }
  return picture;
}

std::vector<unsigned char> encoded_with_grain(const cv::Mat& picture, const cv::Mat& grain, double strength) {
  cv::Mat grainy;
  cv::scaleAdd(grain, strength, picture, grainy);
  cv::Mat bytes;
  grainy.convertTo(bytes, CV_8U);
  std::vector<unsigned char> jpeg;
  cv::imencode(".jpg", bytes, jpeg, {cv::IMWRITE_JPEG_QUALITY, kQuality});
  return jpeg;
}

std::vector<unsigned char> encoded_to_size(const cv::Mat& picture, double megabytes) {
  cv::Mat wide;
  picture.convertTo(wide, CV_16S);
  cv::Mat grain(picture.size(), CV_16SC3);
  cv::RNG random(1);
  random.fill(grain, cv::RNG::NORMAL, 0, 16);  // so that whole numbers hold it at small strengths
  double weak = 0;
  double strong = 1;
  std::vector<unsigned char> jpeg;
  for (int i = 0; i < 9; ++i) {
    const double strength = (weak + strong) / 2;
    jpeg = encoded_with_grain(wide, grain, strength);
    (static_cast<double>(jpeg.size()) < megabytes * 1e6 ? weak : strong) = strength;
  }
  return jpeg;
}

std::vector<cv::Mat> heads_in(const cv::Mat& photo, const Detector& detector) {
  cv::Mat rgb;
  cv::cvtColor(photo, rgb, cv::COLOR_BGR2RGB);
  const ImageView view{rgb.data, rgb.cols, rgb.rows, rgb.step[0], kRgb8};
  const auto faces = detector.find_faces({view.size(), {view}}, Profile::kBalanced, 0.9F, {});
  if (!faces) throw std::runtime_error(faces.error().message);
  std::vector<cv::Mat> heads;
  for (const Face& face : *faces) {
    const int side = static_cast<int>(kHeadPerFace * face.box.width);
    const PointF center = face.box.center();
    const cv::Rect crop(static_cast<int>(center.x) - side / 2, static_cast<int>(center.y) - side / 2, side,
                        side);
    if ((crop & cv::Rect({0, 0}, photo.size())) == crop) heads.push_back(photo(crop).clone());
  }
  return heads;
}

// The lower quarter of that photo shows clothes and furniture, mirrored to a picture of its own.
cv::Mat background_of(const cv::Mat& photo) {
  const cv::Mat lower = photo.rowRange(photo.rows * 3 / 4, photo.rows);
  cv::Mat mirrored;
  cv::flip(lower, mirrored, 0);
  cv::Mat background;
  cv::vconcat(std::vector<cv::Mat>{lower, mirrored, lower, mirrored}, background);
  return background;
}

}  // namespace

Material cut_material(const std::string& demo_photos, const Detector& detector) {
  Material material;
  for (const char* name : {"sample4.jpg", "sample5.jpg", "sample6.jpg"}) {
    const cv::Mat photo = cv::imread(demo_photos + "/" + name);
    if (photo.empty()) throw std::runtime_error("no demo photo " + demo_photos + "/" + name);
    const auto heads = heads_in(photo, detector);
    material.heads.insert(material.heads.end(), heads.begin(), heads.end());
    material.background = background_of(photo);  // the last photo's
  }
  return material;
}

Scene make_scene(const SceneKind& kind, int faces, const Material& material) {
  const cv::Mat picture = picture_with_faces(size_of(kind.megapixels), faces, material);
  Scene scene;
  scene.jpeg = encoded_to_size(picture, kind.megabytes);
  char name[64];
  std::snprintf(name, sizeof name, "%d MP, %.1f MB, %d faces", kind.megapixels,
                static_cast<double>(scene.jpeg.size()) / 1e6, faces);
  scene.name = name;
  std::snprintf(name, sizeof name, "%dmp-%.1fmb-%dfaces", kind.megapixels, kind.megabytes, faces);
  scene.file_name = name;
  return scene;
}

}  // namespace face_privacy::bench
