// Where reports are: a file, or a bucket with what the environment says of it.
#pragma once

#include <string>

#include "feedback/feedback_store.h"

namespace face_privacy {

// `name` is a file, or "s3://BUCKET/PREFIX". Of a bucket, region, endpoint and credentials are where AWS's
// own programs look for them: AWS_REGION or AWS_DEFAULT_REGION; AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL;
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or what ECS and EKS tell a container.
// kInvalidOption where something is missing.
Result<FeedbackPlace> feedback_place(const std::string& name);

}  // namespace face_privacy
