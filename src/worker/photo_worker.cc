// What happens in the host and in its workers: photos are worked on here, and nowhere else.
#include <malloc.h>
#include <sys/resource.h>

#include <utility>
#include <vector>

#include "base/byte_reader.h"
#include "base/freed_memory.h"
#include "codec/codec.h"
#include "media/demuxer.h"
#include "pipeline/people.h"
#include "pipeline/working_memory.h"
#include "worker/clip_worker.h"
#include "worker/photo_workers.h"

namespace face_privacy {
namespace {

class PhotoWorker {
 public:
  PhotoWorker(PhotoWorkerSettings settings, Detector detector, std::optional<Detector> other,
              std::optional<Recognizer> recognizer)
      : settings_(std::move(settings)),
        detector_(std::move(detector)),
        other_(std::move(other)),
        recognizer_(std::move(recognizer)) {}

  PhotoWorkerGreeting greeting() const {
    PhotoWorkerGreeting greeting{detector_.model()};
    if (recognizer_) greeting.recognizer = recognizer_->info();
    if (other_) greeting.second_model = other_->model();
    for (const Profile profile : {Profile::kFast, Profile::kBalanced, Profile::kThorough}) {
      greeting.default_min_scores[static_cast<std::size_t>(profile)] = detector_.default_min_score(profile);
    }
    return greeting;
  }

  // The first run of everything takes longer than those after it: pages are read, names are looked up.
  Result<void> warm_up() const {
    if (settings_.warm_up.empty()) return {};
    const auto outcome = redact_photo(settings_.warm_up, detector_, {}, Limits{});
    if (!outcome) return fail(outcome);
    return {};
  }

  Result<JobAnswer> answer(const Job& job) const {
    if (is_clip_job(job.kind())) {
      stop_wiping_freed_memory();  // its process does nothing else
      return answer_clip_job(job, detector_, recognizer(), other());
    }
    switch (static_cast<JobKind>(job.kind())) {
      case JobKind::kRedact: return redact(job);
      case JobKind::kDetect: return detect(job, settings_.limits);
      case JobKind::kDetectBuiltIn: return detect(job, Limits{});
      case JobKind::kReferences: return look_at_references(job);
      case JobKind::kGroup: return group(job);
    }
    return fail(ErrorCode::kInvalidOption, "there is no such job");
  }

  void prepare_worker() {
    if (settings_.niceness > 0) ::setpriority(PRIO_PROCESS, 0, settings_.niceness);
    if (must_load_in_worker()) load_in_worker();
  }

 private:
  // ONNX Runtime's own threads are not forked with the rest. Weights that run on several are loaded
  // again, in each worker.
  bool must_load_in_worker() const {
    return settings_.detector.threads > 1 && detector_.model().engine.starts_with("onnxruntime");
  }
  void load_in_worker() {
    auto loaded = Detector::load(settings_.detector);
    if (loaded) detector_ = std::move(*loaded);
  }

  // Does `work` in place, where no library of others reads the photo and the process can be used again;
  // where that cannot be, any other way, after which the process is of no further use.
  template <class Options, class Work>
  Result<JobAnswer> in_place_or_else(const Job& job, Options options, const Limits& limits,
                                     const Work& work) const {
    DetectOptions& detection = detection_of(options);
    JpegPath& path = detection.jpeg_path;
    if (path == JpegPath::kFastest) {
      if (const auto photo = open_photo_in_place(job.input(), limits)) {
        path = JpegPath::kInPlace;
        job.wait_for_room(working_bytes(photo->header, options));
        Result<JobAnswer> answer = work(*photo, options);
        if (answer) answer->may_stay = keeps_nothing_ && detection.people.empty() && !is_signed(options);
        if (answer || answer.error().code != ErrorCode::kUnsupportedPhoto) return answer;
        path = JpegPath::kFastest;
      }
    }
    if (!job.is_first()) return fail(ErrorCode::kUnsupportedPhoto, "this needs a process of its own");
    stop_wiping_freed_memory();
    const auto photo = open_photo(job.input(), limits);
    if (!photo) return fail(photo);
    job.wait_for_room(working_bytes(photo->header, options));
    return work(*photo, options);
  }
  static bool is_signed(const DetectOptions& /*options*/) { return false; }
  static bool is_signed(const PhotoOptions& options) { return options.receipt != Receipt::kNone; }
  static DetectOptions& detection_of(DetectOptions& options) { return options; }
  static DetectOptions& detection_of(PhotoOptions& options) { return options.detection; }

  Result<JobAnswer> redact(const Job& job) const {
    const auto options = from_wire<PhotoOptions>(job.options());
    if (!options) return fail(ErrorCode::kInvalidOption, "the options cannot be read");
    const auto work = [&](const OpenedPhoto& photo, const PhotoOptions& how) -> Result<JobAnswer> {
      const auto valid = Valid<PhotoOptions>::of(how);
      if (!valid) return fail(valid);
      auto redacted = redact_photo(photo, detector_, *valid, settings_.limits, {}, recognizer(), other());
      if (!redacted) return fail(redacted);
      return JobAnswer{to_wire(redacted->report), std::move(redacted->file)};
    };
    return in_place_or_else(job, *options, settings_.limits, work);
  }

  Result<JobAnswer> detect(const Job& job, const Limits& limits) const {
    const auto options = from_wire<DetectOptions>(job.options());
    if (!options) return fail(ErrorCode::kInvalidOption, "the options cannot be read");
    const auto work = [&](const OpenedPhoto& photo, const DetectOptions& how) -> Result<JobAnswer> {
      const auto valid = Valid<DetectOptions>::of(how);
      if (!valid) return fail(valid);
      const auto report = detect_photo(photo, detector_, *valid, limits, {}, recognizer());
      if (!report) return fail(report);
      return JobAnswer{to_wire(*report), {}};
    };
    return in_place_or_else(job, *options, limits, work);
  }

  Result<JobAnswer> look_at_references(const Job& job) const {
    const auto sizes = from_wire<ReferenceJob>(job.options());
    const auto photos = sizes ? photos_of(*sizes, job) : std::nullopt;
    if (!photos || !recognizer_) return fail(ErrorCode::kInvalidOption, "there is no such job");
    std::uint64_t most = 0;
    for (const ByteView file : *photos) {
      const auto photo = open_photo(file, settings_.limits);
      if (photo) most = std::max(most, working_bytes(photo->header, DetectOptions{}));
    }
    job.wait_for_room(most);  // they are decoded one after the other
    ReferenceAnswer answer;
    for (const ByteView photo : *photos) {
      auto look = look_at_reference(photo, detector_, *recognizer_, settings_.limits, {});
      if (!look) return fail(look);
      answer.looks.push_back(std::move(*look));
    }
    return JobAnswer{to_wire(std::move(answer)), {}};
  }

  Result<JobAnswer> group(const Job& job) const {
    const auto asked = from_wire<GroupJob>(job.options());
    const auto files = asked ? photos_of(asked->pictures, job) : std::nullopt;
    if (!files || files->size() != asked->photos.size() || !recognizer_) {
      return fail(ErrorCode::kInvalidOption, "there is no such job");
    }
    job.wait_for_room(working_bytes({Format::kPng, {kMaxFacePicturePx, kMaxFacePicturePx}}, DetectOptions{}));
    std::vector<FacePicture> pictures;
    pictures.reserve(files->size());
    for (std::size_t i = 0; i < files->size(); ++i) pictures.push_back({(*files)[i], asked->photos[i]});
    auto grouped = group_pictures(pictures, asked->said, detector_, *recognizer_, settings_.limits, {});
    if (!grouped) return fail(grouped);
    return JobAnswer{to_wire(GroupAnswer{std::move(grouped->grouping), std::move(grouped->doubts)}), {}};
  }

  static std::optional<std::vector<ByteView>> photos_of(const ReferenceJob& sizes, const Job& job) {
    ByteReader input(job.input());
    std::vector<ByteView> photos;
    photos.reserve(sizes.sizes.size());
    for (const std::uint64_t size : sizes.sizes) photos.push_back(input.take(size));
    return input.ok() && input.at_end() ? std::optional(std::move(photos)) : std::nullopt;
  }

  const Recognizer* recognizer() const { return recognizer_ ? &*recognizer_ : nullptr; }
  const Detector* other() const { return other_ ? &*other_ : nullptr; }

  const PhotoWorkerSettings settings_;
  Detector detector_;
  std::optional<Detector> other_;  // of the second look
  std::optional<Recognizer> recognizer_;
  // The 8-bit engine wipes what a run leaves; ONNX Runtime keeps memory of its own, and threads their stacks.
  const bool keeps_nothing_ =
      settings_.detector.threads <= 1 && !detector_.model().engine.starts_with("onnxruntime");
};

Result<Detector> load_detector(const Detector::Settings& settings) {
  auto detector = Detector::load(settings);
  const std::string& name = settings.name.empty() ? settings.model_path : settings.name;
  if (!detector) return fail(detector.error().code, name + ": " + detector.error().message);
  return detector;
}

}  // namespace

Result<WorkerProgram> prepare_photo_workers(ByteView bytes) {
  auto settings = from_wire<PhotoWorkerSettings>(bytes);
  if (!settings) return fail(ErrorCode::kIo, "the settings cannot be read");
  Detector::Settings of_host = settings->detector;
  of_host.threads = 1;
  auto detector = load_detector(of_host);
  if (!detector) return fail(detector);
  std::optional<Detector> other;
  if (settings->second_detector) {
    auto loaded = load_detector(*settings->second_detector);
    if (!loaded) return fail(loaded);
    other.emplace(std::move(*loaded));
  }
  std::optional<Recognizer> recognizer;
  if (settings->recognizer) {
    auto loaded = Recognizer::load(*settings->recognizer);
    if (!loaded) {
      return fail(loaded.error().code, settings->recognizer->model_path + ": " + loaded.error().message);
    }
    recognizer.emplace(std::move(*loaded));
  }
  const Libraries libraries = settings->libraries;
  if (libraries >= Libraries::kPhotos) prepare_codecs();
  if (libraries >= Libraries::kClips) start_media();
  const auto worker = std::make_shared<PhotoWorker>(std::move(*settings), std::move(*detector),
                                                    std::move(other), std::move(recognizer));
  if (auto warm = worker->warm_up(); !warm) {
    return fail(warm.error().code, "the first photo failed: " + warm.error().message);
  }
#if defined(__GLIBC__)
  ::malloc_trim(0);  // what is free here would be copied by each worker that writes to it
#endif
  WorkerProgram program;
  program.greeting = to_wire(worker->greeting());
  program.handle = [worker](const Job& job) { return worker->answer(job); };
  if (libraries == Libraries::kNone) program.load_libraries = prepare_codecs;
  program.in_each_worker = [worker] { worker->prepare_worker(); };
  return program;
}

}  // namespace face_privacy
