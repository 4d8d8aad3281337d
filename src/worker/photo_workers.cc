#include "worker/photo_workers.h"

#include <algorithm>
#include <utility>

namespace face_privacy {

PhotoWorkers::PhotoWorkers(std::unique_ptr<WorkerPool> pool, PhotoWorkerGreeting greeting, Settings settings)
    : pool_(std::move(pool)),
      greeting_(std::move(greeting)),
      enter_(std::move(settings.enter)),
      weights_(std::move(settings.weights)) {}

Result<PhotoWorkers> PhotoWorkers::start(Settings settings) {
  WorkerPool::Settings pool_settings;
  pool_settings.host = {settings.limits, static_cast<std::uint32_t>(settings.spares),
                        to_wire(settings.photos)};
  auto pool = WorkerPool::start(std::move(pool_settings));
  if (!pool) return fail(pool);
  auto greeting = from_wire<PhotoWorkerGreeting>((*pool)->greeting());
  if (!greeting) return fail(ErrorCode::kIo, "the process that photos are worked on in is another program");
  return PhotoWorkers(std::move(*pool), std::move(*greeting), std::move(settings));
}

namespace {

// Of formats other than JPEG none is edited in place, or read without libraries; two bytes save them the way
// to a process that would decline.
bool may_be_jpeg(ByteView file) { return file.size() > 2 && file[0] == 0xFF && file[1] == 0xD8; }

// Who looks for people has a process of his own.
bool may_share_process(ByteView file, const DetectOptions& options) {
  return options.people.empty() && may_be_jpeg(file);
}

}  // namespace

JobRequest PhotoWorkers::request(JobKind kind, Bytes options, ByteView file,
                                 const StopCondition& stop) const {
  JobRequest request;
  request.kind = static_cast<std::uint8_t>(kind);
  request.options = std::move(options);
  request.input = file;
  request.needs_libraries = !may_be_jpeg(file);
  if (enter_) request.enter = [this, &stop](std::uint64_t bytes) { return enter_(bytes, stop); };
  return request;
}

namespace {

// A worker that was taken over may say anything.
bool makes_sense(const DetectReport& report, std::size_t people) {
  const auto is_known = [&](const FaceMatch& match) {
    const bool names_somebody = match.verdict != Verdict::kCover;
    return names_somebody ? match.person >= 0 && static_cast<std::size_t>(match.person) < people
                          : match.person == kNobody;
  };
  return report.matches.size() == (people > 0 ? report.face_count() : 0) &&
         std::all_of(report.matches.begin(), report.matches.end(), is_known);
}

bool makes_sense(const std::vector<ReferenceLook>& looks, std::size_t photos) {
  std::size_t size = 0;
  for (const ReferenceLook& look : looks) {
    if (look.fault.has_value() != look.embedding.empty()) return false;
    if (look.fault) continue;
    if (size == 0) size = look.embedding.size();
    if (look.embedding.size() != size) return false;
  }
  return looks.size() == photos;
}

// Each index is one of `count`.
bool are_indices(const std::vector<int>& indices, std::size_t count) {
  return std::all_of(indices.begin(), indices.end(),
                     [&](int i) { return i >= 0 && static_cast<std::size_t>(i) < count; });
}

// Each face that was compared is in one group, and no other face is in any.
bool makes_sense(const GroupAnswer& answer, std::size_t pictures) {
  if (answer.doubts.size() != pictures) return false;
  std::vector<bool> is_in(pictures, false);
  for (const std::vector<int>& group : answer.grouping.groups) {
    if (group.empty() || !are_indices(group, pictures)) return false;
    for (const int face : group) {
      const auto at = static_cast<std::size_t>(face);
      if (is_in[at] || answer.doubts[at] != Doubt::kNone) return false;
      is_in[at] = true;
    }
  }
  const std::size_t groups = answer.grouping.groups.size();
  return answer.grouping.alike.size() <= kMaxLikenesses &&
         std::all_of(answer.grouping.alike.begin(), answer.grouping.alike.end(), [&](const Likeness& alike) {
           return are_indices({alike.one, alike.other}, groups) && alike.one != alike.other;
         });
}

// One behind the other, as a job's input.
template <class Files, class FileOf>
Bytes joined(const Files& files, ReferenceJob& sizes, const FileOf& file_of) {
  Bytes together;
  for (const auto& one : files) {
    const ByteView file = file_of(one);
    sizes.sizes.push_back(file.size());
    together.insert(together.end(), file.begin(), file.end());
  }
  return together;
}

}  // namespace

Result<WorkedPhoto> PhotoWorkers::redact(ByteView file, const PhotoOptions& options,
                                         const StopCondition& stop) const {
  JobRequest job = request(JobKind::kRedact, to_wire(options), file, stop);
  // Before a receipt is signed, the result is read by whatever reads it.
  job.may_share_process = options.receipt == Receipt::kNone && may_share_process(file, options.detection);
  auto done = pool_->run(job, stop);
  if (!done) return fail(done);
  auto report = from_wire<PhotoReport>(done->report);
  if (!report || done->file.view().empty()) return fail_as_crashed();
  const DetectReport& detection = report->detection;
  const bool fits = report->kept.size() == detection.face_count();
  if (!fits || !makes_sense(detection, options.detection.people.size())) return fail_as_crashed();
  return WorkedPhoto{std::move(done->file), std::move(*report)};
}

Result<DetectReport> PhotoWorkers::detect(ByteView file, const DetectOptions& options,
                                          const StopCondition& stop) const {
  return detect_as(JobKind::kDetect, file, options, stop);
}

Result<DetectReport> PhotoWorkers::detect_built_in(ByteView file, const DetectOptions& options) const {
  return detect_as(JobKind::kDetectBuiltIn, file, options, {});
}

Result<std::vector<ReferenceLook>> PhotoWorkers::look_at_references(std::span<const ByteView> photos,
                                                                    const StopCondition& stop) const {
  ReferenceJob job;
  const Bytes together = joined(photos, job, [](ByteView photo) { return photo; });
  auto done = pool_->run(request(JobKind::kReferences, to_wire(job), together, stop), stop);
  if (!done) return fail(done);
  auto answer = from_wire<ReferenceAnswer>(done->report);
  ::explicit_bzero(done->report.data(), done->report.size());
  if (!answer || !makes_sense(answer->looks, photos.size())) return fail_as_crashed();
  return std::move(answer->looks);
}

Result<GroupedPictures> PhotoWorkers::group(std::span<const FacePicture> pictures, const SaidPairs& said,
                                            const StopCondition& stop) const {
  GroupJob job;
  job.said = said;
  const Bytes together = joined(pictures, job.pictures, [](const FacePicture& one) { return one.file; });
  for (const FacePicture& picture : pictures) job.photos.push_back(picture.photo);
  auto done = pool_->run(request(JobKind::kGroup, to_wire(job), together, stop), stop);
  if (!done) return fail(done);
  auto answer = from_wire<GroupAnswer>(done->report);
  if (!answer || !makes_sense(*answer, pictures.size())) return fail_as_crashed();
  return GroupedPictures{std::move(answer->grouping), std::move(answer->doubts)};
}

Result<DetectReport> PhotoWorkers::detect_as(JobKind kind, ByteView file, const DetectOptions& options,
                                             const StopCondition& stop) const {
  JobRequest job = request(kind, to_wire(options), file, stop);
  job.may_share_process = may_share_process(file, options);
  auto done = pool_->run(job, stop);
  if (!done) return fail(done);
  auto report = from_wire<DetectReport>(done->report);
  if (!report || !makes_sense(*report, options.people.size())) return fail_as_crashed();
  return std::move(*report);
}

}  // namespace face_privacy
