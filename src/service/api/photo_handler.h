// What is asked about a photo, from the body to the answer: blur, detect, references, groups of
// faces, receipts and Panoramax's call. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/stop_condition.h"
#include "report/receipts.h"
#include "service/api/groups_request.h"
#include "service/api/held_photos.h"
#include "service/api/people_request.h"
#include "service/api/photo_facts.h"
#include "service/api/photo_pipeline.h"
#include "service/api/problem.h"
#include "service/api/reference_token.h"
#include "service/api/routes.h"
#include "service/http/http_message.h"
#include "service/http/request_target.h"

namespace face_privacy {

// What to do with the body of a request that takes a photo.
struct PhotoCall {
  Route route{};
  std::string request_id;
  std::string key_name;
  std::vector<OptionField> query;
  std::optional<std::string> boundary;  // of multipart/form-data; none: the body is the photo
  std::string accept;                   // the header's value
};

struct PhotoAnswer {
  Response response;
  std::optional<PhotoFacts> facts;  // of a photo, where the status is 200
  std::string fault;                // what went wrong inside, for the log alone
};

class PhotoHandler {
 public:
  struct Settings {
    PhotoPipeline pipeline;
    DetectOptions detection;            // where a request says nothing
    std::optional<NoiseKey> noise_key;  // of photos that are pixelated; none: fresh noise
    ReceiptKeys receipts;
    std::string version;  // of the program, for receipts
    std::shared_ptr<HeldPhotos> held;
  };
  PhotoHandler(Settings settings, std::shared_ptr<const ReferenceTokens> tokens)
      : settings_(std::move(settings)), tokens_(std::move(tokens)) {}

  // What is wrong with the options of a call, before its body is there.
  std::optional<Problem> option_problem(Route route, std::vector<OptionField> fields) const;

  // The compute part.
  OrProblem<PhotoAnswer> answer(const PhotoCall& call, ByteView body, Seconds queue_time,
                                const StopCondition& stop) const;

 private:
  OrProblem<PhotoAnswer> redact(const PhotoCall& call, ByteView photo, std::span<const OptionField> fields,
                                std::span<const Person> people, Seconds queue_time,
                                const StopCondition& stop) const;
  OrProblem<PhotoAnswer> detect(Route route, ByteView photo, std::span<const OptionField> fields,
                                std::span<const Person> people, Seconds queue_time,
                                const StopCondition& stop) const;
  // Those of the body's parts, or of the token in `fields`, which is taken out.
  OrProblem<std::vector<Person>> people_of(const PhotoCall& call, std::span<const ReferencePart> parts,
                                           std::vector<OptionField>& fields, const StopCondition& stop) const;
  // About one photo, whose bytes are `photo`.
  OrProblem<PhotoAnswer> about_photo(const PhotoCall& call, ByteView photo,
                                     std::span<const ReferencePart> references,
                                     std::vector<OptionField> fields, Seconds queue_time,
                                     const StopCondition& stop) const;
  PhotoAnswer seal(const std::vector<Person>& people, const PhotoCall& call) const;
  OrProblem<PhotoAnswer> group(std::span<const FacePart> faces, std::span<const OptionField> fields,
                               const StopCondition& stop) const;
  OrProblem<PhotoAnswer> verify(ByteView photo, std::span<const OptionField> fields) const;
  OrProblem<PhotoAnswer> panoramax(const PhotoCall& call, ByteView photo, Seconds queue_time,
                                   const StopCondition& stop) const;
  PhotoFacts facts_of_redaction(const PhotoReport& report, const PhotoOptions& options, ByteView photo,
                                Seconds queue_time) const;
  float min_score_of(const DetectOptions& options) const;

  Settings settings_;
  const std::shared_ptr<const ReferenceTokens> tokens_;
};

}  // namespace face_privacy
