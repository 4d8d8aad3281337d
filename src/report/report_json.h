// Reports as the JSON that the command line and the HTTP service both give.
#pragma once

#include <boost/json/value.hpp>
#include <span>
#include <string>

#include "match/references.h"
#include "pipeline/clip_checks.h"

namespace face_privacy {

// {"image":{"width","height"},"faces":[...],"model":{"name","sha256"}}. Numbers are rounded to a
// hundredth of a pixel, scores to four digits. Faces of an animation also have "frame", from 0. Where people
// were looked for, each face has "match":{"person","verdict","score","why"}.
boost::json::object to_json(const DetectReport& report, const ModelInfo& model,
                            std::span<const Person> people = {});

// The same plus "kept" for each face and "output":{"format"}, "regions" with how many of them each of
// "styles" has, "timings_ms", and "removed", the kinds of metadata that the file had and the result has not;
// where a receipt was asked for also "checks":
// {"places","showing","to_review":[{"box"}]}, where there is a recognizer with "compared" and "alike".
boost::json::object to_json(const PhotoReport& report, const ModelInfo& model,
                            std::span<const Person> people = {});

// Of a clip, where a receipt was asked for:
// {"frames","places","showing","looked_at","to_review":[{"box","frame"}]}, where there is a recognizer with
// "compared" and "alike".
boost::json::object to_json(const ClipChecks& checks);

// One line of JSON. Unlike Boost's own serializer it writes 588.56 and not 5.8856E2.
std::string to_text(const boost::json::value& value);

}  // namespace face_privacy
