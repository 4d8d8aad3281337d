#pragma once

#include <vector>

#include "base/bytes.h"
#include "service/api/groups_request.h"
#include "service/api/people_request.h"
#include "service/api/photo_options.h"
#include "service/http/request_target.h"

namespace face_privacy {

// 10,000 boxes, each with four numbers of a dozen characters, and room.
inline constexpr std::size_t kMaxOptionBytes = std::size_t{1} << 20;

struct PhotoBody {
  ByteView photo;                         // lives as long as the body; empty: none
  std::vector<OptionField> options;       // multipart fields that are none
  std::vector<ReferencePart> references;  // parts `reference[NAME]`
  std::vector<FacePart> faces;            // parts `face[PHOTO]`
};

// Of a multipart body the photo is the one part with a file name, with a media type that is no
// text, or whose bytes look like a photo; those named `reference[NAME]` and `face[PHOTO]` show people, and
// the others are options. kInvalidMultipart, kSeveralPhotos.
OrProblem<PhotoBody> read_multipart_body(ByteView body, std::string_view boundary);

// A body that is the photo itself. kMissingPhoto.
OrProblem<PhotoBody> read_plain_body(ByteView body);

}  // namespace face_privacy
