#include "cli/feedback_place.h"

#include <cstdlib>
#include <initializer_list>

#include "object_store/object_store.h"

namespace face_privacy {
namespace {

// Of the first that is set; empty where none is.
std::string first_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

Result<std::shared_ptr<CredentialSource>> fixed_credentials(const std::string& key_id) {
  AwsCredentials credentials{key_id, first_of({"AWS_SECRET_ACCESS_KEY"}), first_of({"AWS_SESSION_TOKEN"})};
  if (credentials.secret.empty()) {
    return fail(ErrorCode::kInvalidOption, "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not");
  }
  return std::make_shared<CredentialSource>(std::move(credentials));
}

Result<std::shared_ptr<CredentialSource>> credentials() {
  const std::string key_id = first_of({"AWS_ACCESS_KEY_ID"});
  if (!key_id.empty()) return fixed_credentials(key_id);
  const std::string relative = first_of({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"});
  const std::string full = first_of({"AWS_CONTAINER_CREDENTIALS_FULL_URI"});
  if (relative.empty() && full.empty()) {
    return fail(ErrorCode::kInvalidOption,
                "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the "
                "container a role");
  }
  auto agent = relative.empty() ? ContainerAgent::parse_full(full) : ContainerAgent::parse_relative(relative);
  if (!agent) return fail(agent);
  if (relative.empty()) {
    agent->token = first_of({"AWS_CONTAINER_AUTHORIZATION_TOKEN"});
    agent->token_file = first_of({"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"});
  }
  return std::make_shared<CredentialSource>(std::move(*agent), plain_send_http(), system_wall_clock());
}

bool is_region(const std::string& text) {
  return !text.empty() && text.size() <= 40 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

Result<BucketPlace> bucket_place(const std::string& text) {
  auto name = BucketName::parse(text);
  if (!name) return fail(name);
  BucketPlace place{std::move(*name), first_of({"AWS_REGION", "AWS_DEFAULT_REGION"}), {}};
  if (!is_region(place.region)) {
    return fail(ErrorCode::kInvalidOption, "AWS_REGION is needed: where the bucket is, e.g. eu-central-1");
  }
  const std::string endpoint = first_of({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  if (endpoint.empty()) return place;
  const auto url = parse_server_url(endpoint);
  if (!url) return fail(url.error().code, "AWS_ENDPOINT_URL: " + url.error().message);
  place.endpoint = *url;
  return place;
}

}  // namespace

Result<FeedbackPlace> feedback_place(const std::string& name) {
  if (!is_bucket_name(name)) return FeedbackPlace{name, nullptr};
  const auto place = bucket_place(name);
  if (!place) return fail(place.error().code, name + ": " + place.error().message);
  auto source = credentials();
  if (!source) return fail(source.error().code, name + ": " + source.error().message);
  return FeedbackPlace{name, std::make_shared<const ObjectStore>(*place, std::move(*source))};
}

}  // namespace face_privacy
