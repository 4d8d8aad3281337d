// What a registry answers, and what a user names: nothing that is read leads out of the registry's artifacts
// or into a request, and no signature holds that was not made here.
#include <algorithm>
#include <cstdint>
#include <string>

#include "http_client/server_url.h"
#include "registry/answers.h"
#include "registry/references.h"
#include "registry/weights.h"

using namespace face_privacy;

namespace {

void expect(bool holds) {
  if (!holds) __builtin_trap();
}

// A path that stands in a request line as it is.
void expect_inside(const std::string& path) {
  expect(!path.empty() && path.size() <= 1024 && path.front() != '/' && path.back() != '/');
  expect(("/" + path + "/").find("/../") == std::string::npos && path.find("//") == std::string::npos);
  expect(std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 127; }));
  expect(path.find_first_of("?#%\\:@") == std::string::npos);
}

const std::vector<PublicKey>& keys() {
  static const std::vector<PublicKey> kKeys{SigningKey::generate().public_key()};
  return kKeys;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto version = read_model_version(text)) {
    expect_inside(version->artifacts);
    expect(is_registry_name(version->name));
    expect(version->version.find_first_not_of("0123456789") == std::string::npos);
    expect(!signed_statement(*version, keys()));
  }
  if (const auto run = read_run(text); run && !run->artifacts.empty()) expect_inside(run->artifacts);
  if (const auto path = artifact_path(text)) expect_inside(*path);
  if (const auto experiment = read_experiment(text)) expect(experiment->id.size() <= 64);
  expect(read_error_code(text).size() <= 64);
  if (const auto url = parse_server_url(text)) {
    expect(!url->host.empty() && url->port > 0 && url->text().find_first_of(" \r\n@") == std::string::npos);
    const auto again = parse_server_url(url->text());
    expect(again && again->text() == url->text());
  }
  if (const auto reference = parse_model_reference(text)) expect(reference->text() == text);
  return 0;
}
