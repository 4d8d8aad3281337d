// Photos of a given size with a given number of faces, put together from real ones, so that times can
// be compared where only the number of faces differs.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "detect/detector.h"

namespace face_privacy::bench {

struct Material {
  cv::Mat background;          // a photo without faces
  std::vector<cv::Mat> heads;  // one face each, with hair and shoulders
};

// From the demo photos that an npm package brings; where the faces are says the detector.
Material cut_material(const std::string& demo_photos, const Detector& detector);

struct SceneKind {
  int megapixels;    // 2 or 12
  double megabytes;  // of the file
};

struct Scene {
  std::string name;
  std::string file_name;            // without an ending
  std::vector<unsigned char> jpeg;  // quality 90, 4:2:0
};

// Faces are 200 px wide in a picture 4000 px wide. Grain is laid over all of it until the file has the
// size asked for, since a photo's size is mostly the noise of its sensor.
Scene make_scene(const SceneKind& kind, int faces, const Material& material);

}  // namespace face_privacy::bench
