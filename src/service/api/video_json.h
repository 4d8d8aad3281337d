// Jobs as JSON; the shapes are in docs/api.md.
#pragma once

#include <boost/json/object.hpp>

#include "service/jobs/video_jobs.h"

namespace face_privacy {

boost::json::object to_json(const JobView& job);

}  // namespace face_privacy
