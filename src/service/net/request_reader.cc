#include "service/net/request_reader.h"

namespace face_privacy {

namespace http = boost::beast::http;

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return Method::kGet;
    case http::verb::head: return Method::kHead;
    case http::verb::post: return Method::kPost;
    case http::verb::put: return Method::kPut;
    case http::verb::delete_: return Method::kDelete;
    case http::verb::options: return Method::kOptions;
    default: return Method::kOther;
  }
}

bool is_broken_http(const boost::system::error_code& error) {
  return error.category() == http::make_error_code(http::error::end_of_stream).category() &&
         error != http::error::partial_message;
}

bool is_too_slow(std::chrono::duration<double> taken, std::uint64_t received,
                 std::chrono::milliseconds stall_timeout) {
  // At this rate a phone's 4 MB photo takes four minutes.
  constexpr double kMinBytesPerSecond = 16 * 1024;
  return taken >
         stall_timeout + std::chrono::duration<double>(static_cast<double>(received) / kMinBytesPerSecond);
}

}  // namespace face_privacy
