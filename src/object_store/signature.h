// Signature Version 4, by which a request to AWS and to what speaks like it says who asks.
#pragma once

#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace face_privacy {

struct AwsCredentials {
  std::string key_id;
  std::string secret;
  std::string session_token;  // empty: the key is one that lasts
};

// In the form in which it is signed and sent: each name and value once percent-encoded.
using QueryParameters = std::map<std::string, std::string>;

struct SignableRequest {
  std::string method;
  std::string path;                           // as encoded_path gives it
  QueryParameters query;                      // not yet encoded
  std::map<std::string, std::string> fields;  // all that are signed, names in lower case; "host" is needed
  std::string payload_sha256;                 // hex
};

struct SigningScope {
  std::string region;
  std::string service;
};

// "20261129T203000Z", as x-amz-date has it.
std::string amz_date(std::time_t now);

// The field Authorization of a request whose field x-amz-date has `date`.
std::string authorization(const SignableRequest& request, const AwsCredentials& credentials,
                          const SigningScope& scope, const std::string& date);

// All but letters, digits and "-._~" as %XX; of a path the slashes stay.
std::string encoded(std::string_view text);
std::string encoded_path(std::string_view path);
std::string encoded_query(const QueryParameters& query);

}  // namespace face_privacy
