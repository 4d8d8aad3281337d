// Jobs as JSON; the shapes are in docs/api.md.
#pragma once

#include <boost/json/object.hpp>

#include "service/jobs/video_jobs.h"

namespace face_privacy {

boost::json::object to_json(const JobView& job);

// "video/mp4" ...
std::string_view media_type_of(Container container);

}  // namespace face_privacy
