#include <gtest/gtest.h>

#include <string>

#include "crypto/digest.h"
#include "registry/answers.h"
#include "registry/references.h"
#include "registry/weights.h"

namespace face_privacy {
namespace {

TEST(ModelReference, NamesAnAliasOrAVersion) {
  const auto alias = parse_model_reference("models:/face-privacy@production");
  ASSERT_TRUE(alias);
  EXPECT_EQ(alias->name, "face-privacy");
  EXPECT_EQ(alias->alias, "production");
  EXPECT_EQ(alias->text(), "models:/face-privacy@production");
  const auto version = parse_model_reference("models:/face-privacy/12");
  ASSERT_TRUE(version);
  EXPECT_EQ(version->version, "12");
  EXPECT_EQ(version->text(), "models:/face-privacy/12");
  for (const char* text : {"models:/", "models:/a", "models:/a@", "models:/@b", "models:/a/b",
                           "models:/a/1/2", "models:/a@b/c", "models:/a&b@c", "models:/a@1", "model.onnx"}) {
    EXPECT_FALSE(parse_model_reference(text)) << text;
  }
}

TEST(ArtifactPath, StaysBelowTheArtifacts) {
  EXPECT_EQ(artifact_path("mlflow-artifacts:/1/0af/artifacts/weights"), "1/0af/artifacts/weights");
  for (const char* uri : {"mlflow-artifacts:/", "mlflow-artifacts:/a//b", "mlflow-artifacts:/../a",
                          "mlflow-artifacts:/a/..", "mlflow-artifacts:/a/./b", "mlflow-artifacts:/a/",
                          "mlflow-artifacts:/a?b", "mlflow-artifacts:/a b", "mlflow-artifacts:/%2e%2e/a",
                          "mlflow-artifacts://host/a", "s3://bucket/a", "file:///etc/passwd", ""}) {
    EXPECT_FALSE(artifact_path(uri)) << uri;
  }
}

std::string version_answer(const std::string& source, const std::string& version = "\"3\"") {
  return R"({"model_version":{"name":"face-privacy","version":)" + version + R"(,"source":")" + source +
         R"(","tags":[{"key":"sha256","value":"ab"},{"key":"other","value":"x"},{"key":"signature","value":"s"}]}})";
}

TEST(Answers, OfMlflowAreRead) {
  const auto version = read_model_version(version_answer("mlflow-artifacts:/1/a/artifacts/weights"));
  ASSERT_TRUE(version);
  EXPECT_EQ(version->name, "face-privacy");
  EXPECT_EQ(version->version, "3");
  EXPECT_EQ(version->artifacts, "1/a/artifacts/weights");
  EXPECT_EQ(version->sha256, "ab");
  EXPECT_EQ(version->signature, "s");
  EXPECT_EQ(version->ranges_sha256, "");
  EXPECT_EQ(read_experiment(R"({"experiment":{"experiment_id":"7"}})")->id, "7");
  EXPECT_EQ(read_experiment(R"({"experiment_id":"7"})")->id, "7");
  EXPECT_EQ(read_run(R"({"run":{"info":{"run_id":"f0","artifact_uri":"mlflow-artifacts:/7/f0/artifacts"}}})")
                ->artifacts,
            "7/f0/artifacts");
  EXPECT_EQ(read_error_code(R"({"error_code":"RESOURCE_DOES_NOT_EXIST"})"), "RESOURCE_DOES_NOT_EXIST");
}

TEST(Answers, OfAnybodyElseAreNone) {
  EXPECT_FALSE(read_model_version(version_answer("mlflow-artifacts:/../../etc")));
  EXPECT_FALSE(read_model_version(version_answer("mlflow-artifacts:/1/a", "3")));
  EXPECT_FALSE(read_model_version(version_answer("mlflow-artifacts:/1/a", R"("../1")")));
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string(100'000, '['),
        std::string(R"({"model_version":[]})"), std::string(R"({"run":{"info":{"run_id":"a/b"}}})")}) {
    EXPECT_FALSE(read_model_version(text));
    EXPECT_FALSE(read_run(text));
    EXPECT_FALSE(read_experiment(text));
    EXPECT_EQ(read_error_code(text), "");
  }
}

class Signatures : public testing::Test {
 protected:
  ModelVersion version(const WeightsStatement& statement) const {
    ModelVersion version{statement.name, "1", "1/a", statement.sha256, statement.ranges_sha256, {}};
    version.signature = sign_weights(statement, key_);
    return version;
  }
  RegistryFault fault_of(const ModelVersion& version) const {
    const auto opened = signed_statement(version, {key_.public_key()});
    EXPECT_FALSE(opened);
    return opened ? RegistryFault{} : opened.error().fault;
  }

  const SigningKey key_ = SigningKey::generate();
  const WeightsStatement statement_{"face-privacy", to_hex(sha256("weights")), {}};
  const WeightsStatement with_ranges_{"face-privacy", to_hex(sha256("weights")), to_hex(sha256("ranges"))};
};

TEST_F(Signatures, HoldForWhatWasSigned) {
  for (const WeightsStatement& statement : {statement_, with_ranges_}) {
    const auto opened =
        signed_statement(version(statement), {SigningKey::generate().public_key(), key_.public_key()});
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->text(), statement.text());
  }
}

TEST_F(Signatures, HoldForNothingElse) {
  ModelVersion changed = version(statement_);
  changed.name = "recognizer";
  EXPECT_EQ(fault_of(changed), RegistryFault::kBadSignature);
  changed = version(statement_);
  changed.sha256 = to_hex(sha256("other"));
  EXPECT_EQ(fault_of(changed), RegistryFault::kBadSignature);
  changed = version(statement_);
  changed.ranges_sha256 = to_hex(sha256("ranges"));
  EXPECT_EQ(fault_of(changed), RegistryFault::kBadSignature);
  changed = version(with_ranges_);
  changed.ranges_sha256.clear();
  EXPECT_EQ(fault_of(changed), RegistryFault::kBadSignature);
  changed = version(statement_);
  changed.signature = changed.signature.substr(1);
  EXPECT_EQ(fault_of(changed), RegistryFault::kBadSignature);
  changed.signature.clear();
  EXPECT_EQ(fault_of(changed), RegistryFault::kUnsigned);
  EXPECT_FALSE(signed_statement(version(statement_), {}));
  EXPECT_FALSE(signed_statement(version(statement_), {SigningKey::generate().public_key()}));
}

TEST_F(Signatures, OfWhatIsNoDigestDoNotHold) {
  for (const std::string& digest :
       {std::string("ab"), std::string(64, 'A'), std::string("ab\nranges none")}) {
    EXPECT_EQ(fault_of(version({"face-privacy", digest, {}})), RegistryFault::kBadSignature);
  }
}

TEST_F(Signatures, HashesTellOtherBytes) {
  const Bytes bytes{'w', 'e', 'i', 'g', 'h', 't', 's'};
  EXPECT_TRUE(check_hash(bytes, statement_.sha256));
  const auto other = check_hash(bytes, to_hex(sha256("other")));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().fault, RegistryFault::kWrongHash);
}

}  // namespace
}  // namespace face_privacy
