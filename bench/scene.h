// Photos of a given size with a given number of faces, put together from real ones, so that times can
// be compared where only the number of faces differs.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace face_privacy::bench {

struct Scene {
  int megapixels;
  int faces;
  std::vector<unsigned char> jpeg;  // quality 90, 4:2:0
};

// `heads` are crops of one face each with hair and shoulders; `background` is a photo without faces.
Scene make_scene(int megapixels, int faces, const cv::Mat& background, const std::vector<cv::Mat>& heads);

}  // namespace face_privacy::bench
