#include <gtest/gtest.h>

#include "crypto/base64url.h"
#include "receipt/jws.h"

namespace face_privacy {
namespace {

const std::string kPayload = R"({"v":1,"output":{"sha256":"00"}})";

// RFC 8037, appendix A.
TEST(Keys, HaveTheThumbprintAndTheSignatureOfTheStandard) {
  const auto bytes = from_base64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  const auto key = PublicKey::from_bytes(*bytes);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  const auto signature = from_base64url(
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_TRUE(key->verifies(*signature, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"));
  EXPECT_FALSE(key->verifies(*signature, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmd"));
}

TEST(Keys, GoThroughPem) {
  const SigningKey key = SigningKey::generate();
  const auto again = SigningKey::from_pem(key.pem());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key().id(), key.public_key().id());
  const auto other_half = PublicKey::from_pem(key.public_key().pem());
  ASSERT_TRUE(other_half);
  EXPECT_EQ(other_half->id(), key.public_key().id());
  EXPECT_EQ(key.public_key().pem().find("PRIVATE"), std::string::npos);
  for (const std::string& wrong : {std::string("-----BEGIN"), std::string(), key.public_key().pem()}) {
    EXPECT_FALSE(SigningKey::from_pem(wrong));
  }
  EXPECT_FALSE(PublicKey::from_pem(key.pem()));
}

TEST(Receipt, HoldsForTheKeyThatSignedIt) {
  const SigningKey key = SigningKey::generate();
  const SigningKey earlier = SigningKey::generate();
  const std::string receipt = sign_receipt(kPayload, key);
  const OpenedReceipt opened = open_receipt("\n" + receipt + "\n", {earlier.public_key(), key.public_key()});
  EXPECT_EQ(opened.verdict, ReceiptVerdict::kValid);
  EXPECT_EQ(opened.payload, kPayload);
  EXPECT_EQ(open_receipt(receipt, {earlier.public_key()}).verdict, ReceiptVerdict::kUnknownKey);
  EXPECT_EQ(open_receipt(receipt, {}).verdict, ReceiptVerdict::kUnknownKey);
}

TEST(Receipt, AnyFlippedBitIsNoticed) {
  const SigningKey key = SigningKey::generate();
  const std::string receipt = sign_receipt(kPayload, key);
  for (std::size_t i = 0; i < 8 * receipt.size(); ++i) {
    std::string changed = receipt;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ 1 << i % 8);
    EXPECT_NE(open_receipt(changed, {key.public_key()}).verdict, ReceiptVerdict::kValid) << "bit " << i;
  }
}

TEST(Receipt, NoOtherAlgorithmIsTaken) {
  const SigningKey key = SigningKey::generate();
  const std::string receipt = sign_receipt(kPayload, key);
  const std::string behind = receipt.substr(receipt.find('.'));
  const auto with_header = [&](const std::string& header) {
    return open_receipt(to_base64url(byte_view(header)) + behind, {key.public_key()}).verdict;
  };
  EXPECT_EQ(with_header(R"({"alg":"none"})"), ReceiptVerdict::kWrongAlgorithm);
  EXPECT_EQ(with_header(R"({"alg":"HS256","kid":")" + key.public_key().id() + "\"}"),
            ReceiptVerdict::kWrongAlgorithm);
  EXPECT_EQ(with_header(R"({"typ":"face-privacy-receipt","alg":"none"})"), ReceiptVerdict::kWrongAlgorithm);
  EXPECT_EQ(with_header("{ \"alg\" : \"none\" }"), ReceiptVerdict::kWrongAlgorithm);
  EXPECT_EQ(with_header(R"({"alg":null})"), ReceiptVerdict::kWrongAlgorithm);
  EXPECT_EQ(with_header(R"({"typ":"face-privacy-receipt"})"), ReceiptVerdict::kNotAReceipt);
  EXPECT_EQ(with_header(R"({ "alg":"EdDSA"})"), ReceiptVerdict::kNotAReceipt);
  const std::string unsigned_receipt =
      to_base64url(byte_view(R"({"alg":"none"})")) + "." + to_base64url(byte_view(kPayload)) + ".";
  EXPECT_EQ(open_receipt(unsigned_receipt, {key.public_key()}).verdict, ReceiptVerdict::kWrongAlgorithm);
}

TEST(Receipt, WhatIsNoneIsToldSo) {
  const SigningKey key = SigningKey::generate();
  for (const char* text : {"", ".", "..", "...", "a.b.c", "\xFF\xD8\xFF", "e30.e30.e30"}) {
    EXPECT_EQ(open_receipt(text, {key.public_key()}).verdict, ReceiptVerdict::kNotAReceipt) << text;
  }
  EXPECT_EQ(open_receipt(std::string(100'000, 'A'), {key.public_key()}).verdict,
            ReceiptVerdict::kNotAReceipt);
}

}  // namespace
}  // namespace face_privacy
