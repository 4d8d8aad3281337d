// Several threads at the same time, through every library, as the service and folders do.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "codec/test_support.h"

namespace face_privacy {
namespace {

TEST(Codec, WorksOnSeveralThreadsAtOnce) {
  constexpr const char* kNames[] = {"progressive.jpg", "cmyk.jpg",  "interlaced.png",
                                    "rgb16.png",       "lzw.tiff",  "animated.gif",
                                    "alpha.avif",      "8bit.heic", "animated.webp"};
  std::vector<Bytes> files;
  std::vector<Bytes> expected;
  for (const char* name : kNames) {
    files.push_back(test_file(name));
    expected.push_back(rewritten(files.back()));
  }
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 3 * files.size(); ++i) {
        const std::size_t file = (i + t) % files.size();
        wrong[t] += rewritten(files[file]) == expected[file] ? 0 : 1;
        wrong[t] +=
            decode_error(ByteView(files[file]).first(files[file].size() / 2)) == ErrorCode::kIo ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

}  // namespace
}  // namespace face_privacy
