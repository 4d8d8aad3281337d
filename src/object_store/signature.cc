#include "object_store/signature.h"

#include <array>

#include "crypto/digest.h"

namespace face_privacy {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr std::size_t kDayLetters = 8;  // of x-amz-date

bool stays(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string encoded_but(std::string_view text, char kept) {
  std::string result;
  for (const char c : text) {
    if (stays(c) || (kept != '\0' && c == kept)) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kHexDigits[byte >> 4];
    result += kHexDigits[byte & 15];
  }
  return result;
}

std::string signed_names(const SignableRequest& request) {
  std::string names;
  for (const auto& [name, value] : request.fields) {
    if (!names.empty()) names += ';';
    names += name;
  }
  return names;
}

std::string canonical(const SignableRequest& request) {
  std::string text = request.method + "\n" + request.path + "\n" + encoded_query(request.query) + "\n";
  for (const auto& [name, value] : request.fields) text.append(name).append(":").append(value).append("\n");
  return text + "\n" + signed_names(request) + "\n" + request.payload_sha256;
}

Sha256 signing_key(const std::string& secret, std::string_view day, const SigningScope& scope) {
  Sha256 key = hmac_sha256(byte_view("AWS4" + secret), byte_view(day));
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")}) {
    key = hmac_sha256(key, byte_view(part));
  }
  return key;
}

}  // namespace

std::string amz_date(std::time_t now) {
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

std::string encoded(std::string_view text) { return encoded_but(text, '\0'); }
std::string encoded_path(std::string_view path) { return encoded_but(path, '/'); }

std::string encoded_query(const QueryParameters& query) {
  // Sorted as it is signed: by the encoded names.
  std::map<std::string, std::string> sorted;
  for (const auto& [name, value] : query) sorted.emplace(encoded(name), encoded(value));
  std::string text;
  for (const auto& [name, value] : sorted) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

std::string authorization(const SignableRequest& request, const AwsCredentials& credentials,
                          const SigningScope& scope, const std::string& date) {
  const std::string day = date.substr(0, kDayLetters);
  const std::string place = day + "/" + scope.region + "/" + scope.service + "/aws4_request";
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + date + "\n" + place + "\n" + to_hex(sha256(canonical(request)));
  const Sha256 signature = hmac_sha256(signing_key(credentials.secret, day, scope), byte_view(to_sign));
  return std::string(kAlgorithm) + " Credential=" + credentials.key_id + "/" + place +
         ",SignedHeaders=" + signed_names(request) + ",Signature=" + to_hex(signature);
}

}  // namespace face_privacy
