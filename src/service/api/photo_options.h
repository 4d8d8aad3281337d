// From the options of a request, as they were written, to those of the pipeline.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pipeline/pipeline.h"
#include "service/api/problem.h"
#include "service/http/request_target.h"

namespace face_privacy {

template <class T>
using OrProblem = tl::expected<T, Problem>;

// `defaults` holds where the request says nothing. kUnknownOption, kDuplicateOption, kInvalidOption.
OrProblem<PhotoOptions> parse_photo_options(std::span<const OptionField> fields,
                                            const DetectOptions& defaults);
// What is asked for takes the place of what `options` has. Of a photo's options those that hold for a clip,
// too; the caller sees to it that there are no others.
OrProblem<CommonOptions> change_common_options(std::span<const OptionField> fields,
                                               const CommonOptions& options);
OrProblem<DetectOptions> parse_detect_options(std::span<const OptionField> fields,
                                              const DetectOptions& defaults);

// For an option that is not among `names`, which are in one text.
Problem unknown_option(std::string_view name, const std::string& names);

}  // namespace face_privacy
