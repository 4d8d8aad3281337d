#include "service/api/photo_pipeline.h"

#include <utility>

namespace face_privacy {

namespace {

using Workers = std::shared_ptr<const PhotoWorkers>;

// Who works on a photo that is, or is not, compared with people.
class Choice {
 public:
  Choice(Workers plain, std::shared_ptr<PeopleWorkers> people)
      : plain_(std::move(plain)), people_(std::move(people)) {}

  Result<Workers> for_options(const DetectOptions& options) const {
    return options.people.empty() ? plain_ : for_people();
  }
  Result<Workers> for_people() const {
    if (!people_) return fail(ErrorCode::kModel, "there is no recognizer to compare faces with");
    return people_->get();
  }

 private:
  Workers plain_;
  std::shared_ptr<PeopleWorkers> people_;
};

}  // namespace

PhotoPipeline make_photo_pipeline(const std::shared_ptr<const PhotoWorkers>& workers,
                                  const std::shared_ptr<PeopleWorkers>& people) {
  const Choice choice(workers, people);
  PhotoPipeline pipeline;
  pipeline.compares_people = people != nullptr;
  pipeline.look_at_references = [choice](std::span<const ByteView> photos,
                                         const StopCondition& stop) -> Result<std::vector<ReferenceLook>> {
    const auto chosen = choice.for_people();
    if (!chosen) return fail(chosen);
    return (*chosen)->look_at_references(photos, stop);
  };
  pipeline.blur = [choice](ByteView file, const BlurOptions& options,
                           const StopCondition& stop) -> Result<RedactedFile> {
    const auto chosen = choice.for_options(options.detection);
    if (!chosen) return fail(chosen);
    auto worked = (*chosen)->blur(file, options, stop);
    if (!worked) return fail(worked);
    const auto owner = std::make_shared<const MappedBytes>(std::move(worked->file));
    return RedactedFile{Body(owner->view(), owner), std::move(worked->report)};
  };
  pipeline.detect = [choice](ByteView file, const DetectOptions& options,
                             const StopCondition& stop) -> Result<DetectReport> {
    const auto chosen = choice.for_options(options);
    if (!chosen) return fail(chosen);
    return (*chosen)->detect(file, options, stop);
  };
  pipeline.detect_built_in = [workers](ByteView file, const DetectOptions& options) {
    return workers->detect_built_in(file, options);
  };
  pipeline.model = workers->model();
  pipeline.default_min_score = [workers](Profile profile) { return workers->default_min_score(profile); };
  return pipeline;
}

}  // namespace face_privacy
