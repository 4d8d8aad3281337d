// What a server that speaks S3 answers, as far as it is needed: a few elements of flat XML, read with
// mistrust.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace face_privacy {

// <Error><Code>...: up to 64 letters, else empty.
std::string read_s3_error_code(std::string_view xml);

struct ListedObject {
  std::string key;
  std::uint64_t bytes = 0;
};
struct Listing {
  std::vector<ListedObject> objects;
  std::string next;  // where the next page begins; empty: this is the last one
};
// <ListBucketResult> with encoding-type=url. Nothing where it is none, or says that it goes on and not where.
std::optional<Listing> read_listing(std::string_view xml);

}  // namespace face_privacy
