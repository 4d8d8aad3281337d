#include "worker/photo_workers.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "codec/jpeg/in_place/test_support.h"
#include "codec/jpeg/progressive/progressive_file.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

// Answers how many of the needles that the input lists are in this process's heap.
constexpr std::uint8_t kFindTraces = 200;
using Needle = std::uint64_t;

const std::uint8_t* heap_start = nullptr;

Needle needle_at(const void* bytes) {
  Needle needle = 0;
  std::memcpy(&needle, bytes, sizeof needle);
  return needle;
}

// Where the entropy-coded bytes end that begin at `at`.
std::size_t end_of_scan(ByteView file, std::size_t at) {
  const auto is_marker = [&](std::size_t i) {
    return file[i] == 0xff && file[i + 1] != 0 && (file[i + 1] & 0xf8) != 0xd0;
  };
  while (at + 1 < file.size() && !is_marker(at)) ++at;
  return at;
}

// Everything that eight bytes of its scans are: codes, where headers are much alike.
std::vector<Needle> needles_of(ByteView file) {
  constexpr std::uint8_t kStartOfScan = 0xda;
  std::vector<Needle> needles;
  for (std::size_t next = 2; const auto segment = jpeg::segment_at(file, next);) {
    next = segment->end;
    if (segment->marker != kStartOfScan) continue;
    next = end_of_scan(file, next);
    for (std::size_t at = segment->end; at + sizeof(Needle) <= next; ++at)
      needles.push_back(needle_at(file.data() + at));
  }
  return needles;
}

// Four coefficients side by side that are found nowhere else: none of them is small.
std::vector<Needle> coefficients_of(ByteView photo) {
  std::vector<Needle> needles;
  const auto picture = jpeg::read_progressive(photo, Limits{});
  if (!picture) return needles;
  const jpeg::BlockPlane& luma = picture->coefficients.plane(0);
  for (std::size_t block = 0; block < luma.count(); ++block) {
    const auto* const four = luma.blocks[block];
    if (std::all_of(four, four + 4, [](int value) { return std::abs(value) > 4; }))
      needles.push_back(needle_at(four));
  }
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
    if (here != 0 && std::binary_search(first, last, here)) ++found;  // most of it is wiped
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
    photos.libraries = Libraries::kNone;
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

  int traces_of(std::vector<Needle> needles) {
    EXPECT_GT(needles.size(), 100U);
    std::sort(needles.begin(), needles.end());
    const auto* const first = reinterpret_cast<const std::uint8_t*>(needles.data());
    const auto answer = run(kFindTraces, {}, {first, needles.size() * sizeof(Needle)});
    if (!answer) throw std::runtime_error(answer.error().message);
    return static_cast<int>(from_wire<BoxF>(answer->report)->x);
  }

  std::unique_ptr<WorkerPool> pool_;
};

TEST_F(PhotoWorkersTest, LibrariesComeWithTheFirstPhotoThatNeedsThem) {
  const Bytes jpeg = read(std::string(test_paths::kTestdata) + "/photos/portrait_420.jpg");
  const auto blur = [&](ByteView photo, Format format) {
    PhotoOptions options;
    options.detect = false;
    options.regions = {{{10, 10, 20, 20}, {}}};
    options.encoding.format = format;
    const auto done = run(static_cast<std::uint8_t>(JobKind::kRedact), to_wire(options), photo);
    return done ? Bytes(done->file.view().begin(), done->file.view().end()) : Bytes();
  };
  EXPECT_EQ(sniff_format(blur(jpeg, Format::kJpeg)), Format::kJpeg);
  const Bytes png = blur(jpeg, Format::kPng);
  EXPECT_EQ(sniff_format(png), Format::kPng);
  EXPECT_EQ(sniff_format(blur(png, Format::kAvif)), Format::kAvif);
  EXPECT_EQ(sniff_format(blur(png, Format::kJpeg)), Format::kJpeg);
}

#ifndef FACE_PRIVACY_SANITIZED
// Of a size whose coefficients and scan lie in blocks of memory that are kept for the next photo.
Bytes large_photo(jpeg_test::Coding coding) {
  jpeg_test::Recipe recipe;
  recipe.size = {1600, 1200};
  recipe.quality = 98;
  recipe.coding = coding;
  return make_jpeg(recipe);
}

TEST_F(PhotoWorkersTest, NothingOfAPhotoEditedInPlaceStaysInItsProcess) {
  const std::string portraits = std::string(test_paths::kTestdata) + "/photos/portrait_";
  const Bytes photos[] = {read(portraits + "420.jpg"), read(portraits + "progressive.jpg"),
                          large_photo(jpeg_test::Coding::kBaseline),
                          large_photo(jpeg_test::Coding::kProgressive)};
  for (const Bytes& photo : photos) {
    SCOPED_TRACE(&photo - photos);
    ASSERT_FALSE(photo.empty());
    PhotoOptions options;
    options.regions = {{{10, 10, 20, 20}, {}}};
    const auto coefficients = coefficients_of(photo);
    // Weights in 16 bits lie in the heap, and some are the same four numbers.
    const int by_chance = coefficients.empty() ? 0 : traces_of(coefficients);
    const auto done = run(static_cast<std::uint8_t>(JobKind::kRedact), to_wire(options), photo);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(traces_of(needles_of(photo)), 0);
    EXPECT_EQ(traces_of(needles_of(done->file.view())), 0);
    if (!coefficients.empty()) {
      EXPECT_EQ(traces_of(coefficients), by_chance);
    }
  }
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
