#include "receipt/jws.h"

#include <algorithm>
#include <optional>

#include "crypto/base64url.h"

namespace face_privacy {
namespace {

constexpr std::string_view kBeforeKeyId = R"({"alg":"EdDSA","kid":")";
constexpr std::string_view kBehindKeyId = R"(","typ":"face-privacy-receipt"})";
constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::optional<std::string> text_from(std::string_view base64url) {
  const auto bytes = from_base64url(base64url);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

std::string_view behind_space(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

// Whether a header that is not ours names an algorithm, and another than EdDSA. It only chooses the reason
// for a refusal.
bool names_other_algorithm(std::string_view header) {
  constexpr std::string_view kName = R"("alg")";
  const std::size_t at = header.find(kName);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = behind_space(header.substr(at + kName.size()));
  if (!rest.starts_with(':')) return false;
  return !behind_space(rest.substr(1)).starts_with(R"("EdDSA")");
}

std::string header_of(std::string_view key_id) {
  return std::string(kBeforeKeyId) + std::string(key_id) + std::string(kBehindKeyId);
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // header and payload
};

std::optional<Parts> parts_of(std::string_view receipt) {
  if (receipt.size() > kMaxReceiptBytes) return std::nullopt;
  const std::size_t first = receipt.find('.');
  const std::size_t last = receipt.rfind('.');
  if (first == last || receipt.find('.', first + 1) != last) return std::nullopt;
  return Parts{receipt.substr(0, first), receipt.substr(first + 1, last - first - 1),
               receipt.substr(last + 1), receipt.substr(0, last)};
}

}  // namespace

std::string_view name_of(ReceiptVerdict verdict) {
  switch (verdict) {
    case ReceiptVerdict::kValid: return "valid";
    case ReceiptVerdict::kNotAReceipt: return "not_a_receipt";
    case ReceiptVerdict::kWrongAlgorithm: return "wrong_algorithm";
    case ReceiptVerdict::kUnknownKey: return "unknown_key";
    case ReceiptVerdict::kBadSignature: return "bad_signature";
    case ReceiptVerdict::kOtherPhoto: return "other_photo";
  }
  return "not_a_receipt";
}

std::string sign_receipt(std::string_view payload, const SigningKey& key) {
  const std::string header = header_of(key.public_key().id());
  const std::string text = to_base64url(byte_view(header)) + "." + to_base64url(byte_view(payload));
  return text + "." + to_base64url(key.sign(text));
}

OpenedReceipt open_receipt(std::string_view receipt, const std::vector<PublicKey>& keys) {
  const auto refused = [](ReceiptVerdict verdict) { return OpenedReceipt{verdict, {}}; };
  const auto parts = parts_of(trimmed(receipt));
  if (!parts) return refused(ReceiptVerdict::kNotAReceipt);
  const auto header = text_from(parts->header);
  auto payload = text_from(parts->payload);
  if (!header || !payload) return refused(ReceiptVerdict::kNotAReceipt);
  if (!header->starts_with(kBeforeKeyId) || !header->ends_with(kBehindKeyId)) {
    return refused(names_other_algorithm(*header) ? ReceiptVerdict::kWrongAlgorithm
                                                  : ReceiptVerdict::kNotAReceipt);
  }
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const PublicKey& each) { return *header == header_of(each.id()); });
  if (key == keys.end()) return refused(ReceiptVerdict::kUnknownKey);
  const auto signature = from_base64url(parts->signature);
  if (!signature || !key->verifies(*signature, parts->signed_text))
    return refused(ReceiptVerdict::kBadSignature);
  return {ReceiptVerdict::kValid, std::move(*payload)};
}

}  // namespace face_privacy
