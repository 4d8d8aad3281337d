// What a server that speaks S3 answers, what a user names as a bucket, and where credentials are lent:
// nothing that is read is larger than what it was read from, and a name that is taken can stand in a request
// line.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "object_store/answers.h"
#include "object_store/credential_source.h"
#include "object_store/object_store.h"

using namespace face_privacy;

namespace {

void expect(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  expect(read_s3_error_code(text).size() <= 64);
  if (const auto listing = read_listing(text)) {
    std::size_t bytes = 0;
    for (const ListedObject& object : listing->objects) bytes += object.key.size();
    expect(bytes <= size && listing->next.size() <= size);
  }
  if (const auto place = BucketName::parse(text)) {
    const auto is_plain = [](char c) { return c > ' ' && c < 127; };
    expect(!place->bucket.empty() && std::all_of(place->bucket.begin(), place->bucket.end(), is_plain));
    expect(place->bucket.find('/') == std::string_view::npos);
  }
  (void)ContainerAgent::parse_full(text);
  (void)ContainerAgent::parse_relative(text);
  return 0;
}
