#pragma once

#include <boost/json/object.hpp>

#include "pipeline/pipeline.h"

namespace face_privacy {

// The JSON of POST /detect_faces, as the earlier service gave it: "face_1", "face_2", ... best
// first, facial_area as whole pixels [left, top, right, bottom] within the picture.
boost::json::object to_legacy_json(const DetectReport& report);

}  // namespace face_privacy
