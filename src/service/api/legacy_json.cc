#include "service/api/legacy_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <string>

namespace face_privacy {
namespace {

namespace json = boost::json;

double rounded(float value, double parts) { return std::round(value * parts) / parts; }

json::array to_json(const PointF& point) { return {rounded(point.x, 100), rounded(point.y, 100)}; }

int edge(float value, int size) { return std::clamp(static_cast<int>(std::lround(value)), 0, size); }

json::object to_json(const Face& face, Size picture) {
  return {{"score", rounded(face.score, 10'000)},
          {"facial_area",
           {edge(face.box.x, picture.width), edge(face.box.y, picture.height),
            edge(face.box.right(), picture.width), edge(face.box.bottom(), picture.height)}},
          {"landmarks",
           {{"right_eye", to_json(face.landmarks.right_eye)},
            {"left_eye", to_json(face.landmarks.left_eye)},
            {"nose", to_json(face.landmarks.nose)},
            {"mouth_right", to_json(face.landmarks.mouth_right)},
            {"mouth_left", to_json(face.landmarks.mouth_left)}}}};
}

}  // namespace

json::object to_legacy_json(const DetectReport& report) {
  json::object result;
  for (const auto& frame : report.faces) {
    for (const Face& face : frame) {
      result["face_" + std::to_string(result.size() + 1)] = to_json(face, report.size);
    }
  }
  return result;
}

}  // namespace face_privacy
