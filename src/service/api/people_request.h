// People who may be seen, as a request names them: photos in parts `reference[NAME]`, or a token of
// /v1/references in `references`.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_condition.h"
#include "match/references.h"
#include "service/api/photo_options.h"
#include "service/api/photo_pipeline.h"
#include "service/api/reference_token.h"
#include "service/http/request_target.h"

namespace face_privacy {

struct ReferencePart {
  std::string name;  // of the person
  ByteView photo;
};

// NAME of a part "reference[NAME]"; nothing for other parts.
std::optional<std::string_view> person_of_part(std::string_view part_name);

// Takes the option `references` out of `fields`; empty: it is not there. kDuplicateOption.
OrProblem<std::string> take_token(std::vector<OptionField>& fields);

// Looks at the photos, one person for each name, in the order in which names come. kInvalidOption for too
// many, kBadReference, kNoRecognizer, and what the workers say.
OrProblem<std::vector<Person>> learn_people(std::span<const ReferencePart> parts,
                                            const PhotoPipeline& pipeline, const StopCondition& stop);

// Those of `parts` or of `token`, whichever is there; nobody where neither is. `holder` as of
// ReferenceTokens. Errors are those of learn_people, and kInvalidOption for both and for a token that opens
// nothing.
OrProblem<std::vector<Person>> people_named(std::span<const ReferencePart> parts, const std::string& token,
                                            std::string_view holder, const PhotoPipeline& pipeline,
                                            const ReferenceTokens& tokens, const StopCondition& stop);

tl::unexpected<Problem> without_recognizer();

}  // namespace face_privacy
