#include "service/api/photo_pipeline.h"

#include <utility>

namespace face_privacy {

namespace {

using Workers = std::shared_ptr<const PhotoWorkers>;

// Who works on a photo that is, or is not, compared with people.
class Choice {
 public:
  explicit Choice(std::shared_ptr<const ServingWorkers> serving) : serving_(std::move(serving)) {}

  Workers plain() const { return serving_->get()->photos; }
  Result<Workers> for_options(const DetectOptions& options) const {
    return options.people.empty() ? plain() : for_people();
  }
  // A receipt tells what a recognizer makes of covered faces, where there is one.
  Result<Workers> for_options(const PhotoOptions& options) const {
    const bool wants_recognizer = options.receipt != Receipt::kNone && serving_->get()->people != nullptr;
    return wants_recognizer ? for_people() : for_options(options.detection);
  }
  Result<Workers> for_people() const {
    const auto people = serving_->get()->people;
    if (!people) return fail(ErrorCode::kModel, "there is no recognizer to compare faces with");
    return people->get();
  }

 private:
  std::shared_ptr<const ServingWorkers> serving_;
};

}  // namespace

PhotoPipeline make_photo_pipeline(const std::shared_ptr<const ServingWorkers>& serving) {
  const Choice choice(serving);
  PhotoPipeline pipeline;
  pipeline.compares_people = serving->get()->people != nullptr;
  pipeline.look_at_references = [choice](std::span<const ByteView> photos,
                                         const StopCondition& stop) -> Result<std::vector<ReferenceLook>> {
    const auto chosen = choice.for_people();
    if (!chosen) return fail(chosen);
    return (*chosen)->look_at_references(photos, stop);
  };
  pipeline.group = [choice](std::span<const FacePicture> pictures, const SaidPairs& said,
                            const StopCondition& stop) -> Result<GroupedPictures> {
    const auto chosen = choice.for_people();
    if (!chosen) return fail(chosen);
    return (*chosen)->group(pictures, said, stop);
  };
  pipeline.redact = [choice](ByteView file, const PhotoOptions& options,
                             const StopCondition& stop) -> Result<RedactedFile> {
    const auto chosen = choice.for_options(options);
    if (!chosen) return fail(chosen);
    auto worked = (*chosen)->redact(file, options, stop);
    if (!worked) return fail(worked);
    const auto owner = std::make_shared<const HandedBytes>(std::move(worked->file));
    return RedactedFile{Body(owner->view(), owner), std::move(worked->report), (*chosen)->model(),
                        (*chosen)->recognizer(), (*chosen)->second_model()};
  };
  pipeline.detect = [choice](ByteView file, const DetectOptions& options,
                             const StopCondition& stop) -> Result<DetectedFaces> {
    const auto chosen = choice.for_options(options);
    if (!chosen) return fail(chosen);
    auto report = (*chosen)->detect(file, options, stop);
    if (!report) return fail(report);
    return DetectedFaces{std::move(*report), (*chosen)->model()};
  };
  pipeline.detect_built_in = [choice](ByteView file, const DetectOptions& options) {
    return choice.plain()->detect_built_in(file, options);
  };
  pipeline.model = [choice] { return choice.plain()->model(); };
  pipeline.default_min_score = [choice](Profile profile) {
    return choice.plain()->default_min_score(profile);
  };
  return pipeline;
}

}  // namespace face_privacy
