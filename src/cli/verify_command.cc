#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/key_files.h"
#include "cli/output.h"
#include "cli/photo_files.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

// docs/receipts.md lists them.
constexpr int kExitNotAReceipt = 3;
constexpr int kExitWrongAlgorithm = 4;
constexpr int kExitUnknownKey = 5;
constexpr int kExitBadSignature = 6;
constexpr int kExitOtherPhoto = 7;
constexpr int kExitCheckFailed = 8;
constexpr int kExitOtherInput = 9;

struct VerifyArguments {
  std::string photo;
  std::string receipt;
  std::vector<std::string> keys;
  std::string input;
  std::string opening;
  bool json = false;
};

int status_of(ReceiptVerdict verdict) {
  switch (verdict) {
    case ReceiptVerdict::kValid: return kExitDone;
    case ReceiptVerdict::kNotAReceipt: return kExitNotAReceipt;
    case ReceiptVerdict::kWrongAlgorithm: return kExitWrongAlgorithm;
    case ReceiptVerdict::kUnknownKey: return kExitUnknownKey;
    case ReceiptVerdict::kBadSignature: return kExitBadSignature;
    case ReceiptVerdict::kOtherPhoto: return kExitOtherPhoto;
  }
  return kExitNotAReceipt;
}

std::string sentence_of(ReceiptVerdict verdict) {
  switch (verdict) {
    case ReceiptVerdict::kValid: return "the receipt is genuine and of this file";
    case ReceiptVerdict::kNotAReceipt: return "this is no receipt";
    case ReceiptVerdict::kWrongAlgorithm: return "the receipt names another algorithm than EdDSA, or none";
    case ReceiptVerdict::kUnknownKey: return "the receipt is signed with none of these keys";
    case ReceiptVerdict::kBadSignature: return "the receipt or its signature was changed";
    case ReceiptVerdict::kOtherPhoto: return "the receipt is genuine, but of other bytes than this file";
  }
  return "";
}

bool own_check_failed(const boost::json::object& payload) {
  const auto* checks = payload.if_contains("checks");
  return checks == nullptr || to_text(*checks).find(R"("verdict":"fail")") != std::string::npos;
}

int told(const VerifyArguments& arguments, const boost::json::object& report, const std::string& sentence,
         int status) {
  if (arguments.json) {
    print_line(to_text(report));
  } else if (status == kExitDone) {
    print_line(sentence);
    print_line(to_text(report.at("receipt")));
  } else {
    print_error("", sentence);
  }
  return status == kExitDone ? status_after_output(status) : status;
}

Result<int> verify_against(const VerifyArguments& arguments, const std::vector<PublicKey>& keys) {
  constexpr std::size_t kMaxFileBytes = std::size_t{1} << 32;
  const auto photo = read_file(arguments.photo, kMaxFileBytes);
  if (!photo) return fail(photo.error().code, arguments.photo + ": " + photo.error().message);
  const auto receipt = read_file(arguments.receipt, Limits{}.max_bytes);
  if (!receipt) return fail(receipt.error().code, arguments.receipt + ": " + receipt.error().message);
  const std::string_view text{reinterpret_cast<const char*>(receipt->data()), receipt->size()};
  const ReceiptCheck check = check_receipt(text, *photo, keys);
  const boost::json::object report = to_json(check);
  if (check.verdict != ReceiptVerdict::kValid) {
    return told(arguments, report, sentence_of(check.verdict), status_of(check.verdict));
  }
  if (!arguments.input.empty()) {
    const auto input = read_file(arguments.input, kMaxFileBytes);
    if (!input) return fail(input.error().code, arguments.input + ": " + input.error().message);
    if (!opens_commitment(check.payload, arguments.opening, *input)) {
      return told(arguments, report, "the receipt is genuine, but not of this input", kExitOtherInput);
    }
  }
  if (own_check_failed(check.payload)) {
    return told(arguments, report, "the receipt is genuine, and says that a place may not be covered",
                kExitCheckFailed);
  }
  return told(arguments, report, sentence_of(check.verdict), kExitDone);
}

int verify(const VerifyArguments& arguments) {
  const auto keys = read_key_files(arguments.keys);
  const auto status = keys ? verify_against(arguments, *keys) : Result<int>(fail(keys));
  return status ? *status : report_error(status.error());
}

}  // namespace

void add_verify_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command = app.add_subcommand("verify", "Does a receipt hold for this redacted photo?");
  command->add_option("photo", arguments->photo, "The redacted photo")->required();
  command->add_option("receipt", arguments->receipt, "Its receipt")->required();
  command
      ->add_option(
          "--key", arguments->keys,
          "Public key (PEM) or key set (JSON, as /.well-known/face-privacy-keys.json); may be repeated")
      ->required()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  auto* input = command->add_option("--input", arguments->input, "Was this file the input? Needs --opening");
  command->add_option("--opening", arguments->opening, "What came with a receipt --receipt-input")
      ->needs(input);
  command->add_flag("--json", arguments->json, "A JSON line with the verdict and the receipt");
  command->footer(
      "Exit status: 0 genuine and of this file; 1 a file cannot be read; 2 usage; 3 no receipt; 4 another\n"
      "algorithm; 5 none of the keys; 6 a wrong signature; 7 another file; 8 genuine, but its own check "
      "says that\n"
      "a place may not be covered; 9 genuine, but not of --input.");
  command->callback([arguments, &chosen] { chosen = [arguments] { return verify(*arguments); }; });
}

}  // namespace face_privacy
