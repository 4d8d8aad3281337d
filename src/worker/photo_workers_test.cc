#include "worker/photo_workers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "test_paths.h"

namespace face_privacy {
namespace {

// Answers how many of the needles that the input lists are in this process's heap.
constexpr std::uint8_t kFindTraces = 200;
using Needle = std::uint64_t;

const std::uint8_t* heap_start = nullptr;

// Everything that eight bytes of the second half are, where a JPEG has nothing but codes.
std::vector<Needle> needles_of(ByteView bytes) {
  std::vector<Needle> needles;
  for (std::size_t at = bytes.size() / 2; at + sizeof(Needle) <= bytes.size(); ++at) {
    Needle needle = 0;
    std::memcpy(&needle, bytes.data() + at, sizeof needle);
    needles.push_back(needle);
  }
  std::sort(needles.begin(), needles.end());
  return needles;
}

// `input` is sorted; nothing of it is copied to the heap.
Result<JobAnswer> find_traces(ByteView input) {
  const auto* const first = reinterpret_cast<const Needle*>(input.data());
  const auto* const last = first + input.size() / sizeof(Needle);
  const auto* const heap_end = static_cast<const std::uint8_t*>(::sbrk(0));
  std::uint32_t found = 0;
  for (const std::uint8_t* at = heap_start; at + sizeof(Needle) <= heap_end; ++at) {
    Needle here = 0;
    std::memcpy(&here, at, sizeof here);
    if (std::binary_search(first, last, here)) ++found;
  }
  return JobAnswer{to_wire(BoxF{static_cast<float>(found), 0, 0, 0}), {}, true};
}

Result<WorkerProgram> prepare_with_search(ByteView settings) {
  auto program = prepare_photo_workers(settings);
  if (!program) return program;
  program->handle = [photos = std::move(program->handle)](const Job& job) -> Result<JobAnswer> {
    if (job.kind() != kFindTraces) return photos(job);
    if (job.is_first()) return fail(ErrorCode::kInvalidOption, "no photo was here before");
    return find_traces(job.input());
  };
  return program;
}

Bytes read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class PhotoWorkersTest : public testing::Test {
 protected:
  PhotoWorkersTest() {
    PhotoWorkerSettings photos;
    photos.detector.model_path = std::string(test_paths::kModels) + "/mnet.25_v1.onnx";
    photos.detector.engine = Engine::kInt8;
    WorkerPool::Settings settings;
    settings.host = {{}, 1, to_wire(photos)};
    auto started = WorkerPool::start(std::move(settings));
    if (!started) throw std::runtime_error(started.error().message);
    pool_ = std::move(*started);
  }

  Result<JobResult> run(std::uint8_t kind, Bytes options, ByteView input) {
    JobRequest request;
    request.kind = kind;
    request.options = std::move(options);
    request.input = input;
    request.may_share_process = true;
    return pool_->run(request, {});
  }

  int traces_of(ByteView bytes) {
    const std::vector<Needle> needles = needles_of(bytes);
    const auto* const first = reinterpret_cast<const std::uint8_t*>(needles.data());
    const auto answer = run(kFindTraces, {}, {first, needles.size() * sizeof(Needle)});
    if (!answer) throw std::runtime_error(answer.error().message);
    return static_cast<int>(from_wire<BoxF>(answer->report)->x);
  }

  std::unique_ptr<WorkerPool> pool_;
};

#ifndef FACE_PRIVACY_SANITIZED
TEST_F(PhotoWorkersTest, NothingOfAPhotoEditedInPlaceStaysInItsProcess) {
  const Bytes photo = read(std::string(test_paths::kTestdata) + "/photos/portrait_420.jpg");
  ASSERT_FALSE(photo.empty());
  const auto done = run(static_cast<std::uint8_t>(JobKind::kBlur), to_wire(BlurOptions{}), photo);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(traces_of(photo), 0);
  EXPECT_EQ(traces_of(done->file.view()), 0);
}
#endif

}  // namespace
}  // namespace face_privacy

int main(int argc, char** argv) {
  face_privacy::heap_start = static_cast<const std::uint8_t*>(::sbrk(0));
  if (face_privacy::is_worker_host(argc, argv))
    return face_privacy::run_worker_host(face_privacy::prepare_with_search);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
