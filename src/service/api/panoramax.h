// The protocol by which Panoramax's servers have their pictures blurred (GeoVisio's blur API): a form with
// the field `picture` in, a JPEG or a form with it out.
#pragma once

#include "pipeline/pipeline.h"
#include "service/http/http_message.h"

namespace face_privacy {

// As the specification wants it: a JPEG with its metadata, as far as any may stay.
PhotoOptions panoramax_options(const DetectOptions& defaults);

// The answer's body and the headers that describe it.
Response panoramax_answer(const PhotoReport& report, ByteView file, const ModelInfo& model, bool as_form);

}  // namespace face_privacy
