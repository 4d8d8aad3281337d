#pragma once

#include <memory>

#include "base/replaceable.h"
#include "worker/clip_workers.h"
#include "worker/people_workers.h"
#include "worker/photo_workers.h"

namespace face_privacy {

// Those that have loaded the same weights.
struct WorkerSet {
  std::shared_ptr<const PhotoWorkers> photos;
  std::shared_ptr<PeopleWorkers> people;  // null: there is no recognizer
  std::shared_ptr<ClipWorkers> clips;
  std::shared_ptr<ClipWorkers> people_in_clips;  // null: there is no recognizer
};

// A job keeps the set that it began with, so that other weights never see half of it.
using ServingWorkers = Replaceable<WorkerSet>;

}  // namespace face_privacy
