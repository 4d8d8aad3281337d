// Tokens that a client sends back, as text, and as what comes out of one that was sealed.
#include <array>

#include "service/api/reference_token.h"
#include "worker/photo_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace face_privacy;
  static const ReferenceTokens tokens(std::array<std::uint8_t, ReferenceTokens::kKeyBytes>{1, 2, 3});
  const auto now = ReferenceTokens::Clock::time_point{};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (tokens.open(text, "", now)) __builtin_trap();  // nobody guesses a tag of 128 bits
  // A name of any bytes and a face of any numbers come back as they were.
  std::vector<float> face;
  for (std::size_t i = 0; i + sizeof(float) <= size && face.size() < 512; i += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, data + i, sizeof value);
    face.push_back(value);
  }
  const std::vector<Person> people{{std::string(text), Embedding(face.begin(), face.end())}};
  const auto opened = tokens.open(tokens.seal(people, text, now), text, now);
  if (size < (std::size_t{1} << 19) && (!opened || opened->front().name != text)) __builtin_trap();
  return 0;
}
