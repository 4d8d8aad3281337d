// Receipts and key sets come from anywhere: none that was not signed here holds, and keys are keys or an
// error.
#include <cstdint>
#include <string>

#include "report/receipts.h"

using namespace face_privacy;

namespace {

void expect(bool holds) {
  if (!holds) __builtin_trap();
}

// A signature that nobody can make again.
const std::vector<PublicKey>& keys() {
  static const std::vector<PublicKey> kKeys{SigningKey::generate().public_key()};
  return kKeys;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  expect(open_receipt(text, keys()).verdict != ReceiptVerdict::kValid);
  expect(check_receipt(text, {data, size}, keys()).verdict != ReceiptVerdict::kValid);
  const auto read = read_public_keys(text);
  if (!read) return 0;
  const auto again = read_public_keys(key_set(*read));
  expect(again && again->size() == read->size());
  for (std::size_t i = 0; i < read->size(); ++i) expect((*again)[i].id() == (*read)[i].id());
  return 0;
}
