// The quantized network against the same network at full precision, and its behavior as a part of the
// detector.
#include "detect/retinaface/int8_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "crypto/digest.h"
#include "detect/canary.h"
#include "detect/detector.h"
#include "detect/retinaface/int8_engine.h"
#include "detect/retinaface/int8_graph.h"
#include "detect/retinaface/onnx_engine.h"
#include "detect/retinaface/output_layout.h"
#include "nn/int8/kernels/choice.h"
#include "nn/int8/reference.h"
#include "nn/model_file.h"
#include "test_paths.h"

namespace face_privacy::int8 {
namespace {

std::string model_path() { return std::string(test_paths::kModels) + "/mnet.25_v1.onnx"; }

Image noise(Size size, unsigned int seed) {
  Image image(size, kRgb8);
  std::mt19937 random(seed);
  const MutableImageView view = image.mutable_view();
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < 3 * size.width; ++x) {
      // Coarse patches, so that there is something at every scale.
      const int patch = (x / 3 / 8 * 37 + y / 8 * 91) % 160;
      view.row(y)[x] = static_cast<std::uint8_t>(patch + static_cast<int>(random() % 64));
    }
  }
  return image;
}

std::vector<float> copy_of(const HeadOutputs& outputs) {
  std::vector<float> all;
  for (const HeadLevel& level : outputs.levels) {
    all.insert(all.end(), level.score.values.begin(), level.score.values.end());
  }
  return all;
}

struct Loaded {
  std::vector<RealLayer> real;
  std::vector<QuantizedLayer> quantized;
};

enum class Gates { kTable, kNone };

Loaded load(Gates gates = Gates::kTable) {
  const auto file = read_model_file(model_path());
  const auto convolutions = read_convolutions(*file);
  std::ifstream table(ranges_path(model_path()));
  const std::string text((std::istreambuf_iterator<char>(table)), std::istreambuf_iterator<char>());
  auto ranges = parse_ranges(text);
  EXPECT_TRUE(convolutions && ranges);
  EXPECT_EQ(ranges->gates.size(), 2U);
  if (gates == Gates::kNone) ranges->gates.clear();
  return {*real_layers(retinaface_mobilenet(), *convolutions),
          *quantize(retinaface_mobilenet(), *convolutions, *ranges)};
}

std::unique_ptr<const Network> network_with(const Kernels& kernels, Gates gates = Gates::kTable) {
  return make_network(retinaface_mobilenet(), load(gates).quantized,
                      *coding_of(OutputLayout::kInsightface, {}), kernels);
}

float at(const HeadTensor& tensor, std::size_t anchor, std::size_t channel, std::size_t cell) {
  return tensor.values[anchor * tensor.anchor_step + channel * tensor.channel_step + cell * tensor.cell_step];
}

TEST(Int8Network, ComesCloseToFullPrecision) {
  const Image picture = noise({160, 96}, 1);
  const Loaded loaded = load();
  const RealRun real = run_real(retinaface_mobilenet(), loaded.real, picture.view());
  const auto outputs = network_with(portable_kernels(), Gates::kNone)->run(picture.view());
  ASSERT_TRUE(outputs);
  for (std::size_t i = 0; i < kLevelCount; ++i) {
    const HeadLevel& level = outputs->levels[i];
    const RealTensor& head = real.heads[i];
    ASSERT_EQ(level.cells, head.size);
    double score_error = 0;
    double box_error = 0;
    const auto cells = static_cast<std::size_t>(level.cells.width * level.cells.height);
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const float* values = head.values.data() + cell * kHeadChannels;
      for (std::size_t anchor = 0; anchor < kAnchorsPerCell; ++anchor) {
        const float score = 1 / (1 + std::exp(-values[anchor]));
        score_error += std::abs(at(level.score, anchor, 0, cell) - score);
        for (std::size_t c = 0; c < 4; ++c) {
          box_error += std::abs(at(level.box, anchor, c, cell) - values[kHeadScores + 4 * anchor + c]);
        }
      }
    }
    EXPECT_LT(score_error / static_cast<double>(2 * cells), 0.02) << "stride " << 32 / (1 << i);
    EXPECT_LT(box_error / static_cast<double>(8 * cells), 0.05) << "stride " << 32 / (1 << i);
  }
}

// Every size takes its own way through tiles, rings of rows and borders.
TEST(Int8Network, EveryKernelGivesTheSameAtEverySize) {
  const Kernels* const best = best_kernels();
  if (best == nullptr) GTEST_SKIP() << "no vector kernels on this processor";
  const auto plain = network_with(portable_kernels());
  const auto fast = network_with(*best);
  for (const Size size : {Size{32, 32}, Size{64, 32}, Size{32, 96}, Size{160, 128}, Size{224, 96}}) {
    const Image picture = noise(size, 2);
    EXPECT_EQ(copy_of(*plain->run(picture.view())), copy_of(*fast->run(picture.view())))
        << size.width << 'x' << size.height;
  }
}

TEST(Int8Network, GatesCloseWhatIsNoFaceAndLeaveTheRestAsItIs) {
  const Image picture = noise({224, 96}, 2);
  const std::vector<float> gated = copy_of(*network_with(portable_kernels())->run(picture.view()));
  const std::vector<float> all =
      copy_of(*network_with(portable_kernels(), Gates::kNone)->run(picture.view()));
  ASSERT_EQ(gated.size(), all.size());
  std::size_t closed = 0;
  for (std::size_t cell = 0; cell < all.size(); cell += kHeadChannels) {
    if (gated[cell] == 0 && gated[cell + 1] == 0) {
      ++closed;
      continue;
    }
    for (std::size_t i = cell; i < cell + kHeadChannels; ++i) EXPECT_EQ(gated[i], all[i]);
  }
  EXPECT_GT(closed, 0U);
}

TEST(Int8Network, ThreadsDoNotDisturbEachOther) {
  const Kernels* const best = best_kernels();
  const auto network = network_with(best != nullptr ? *best : portable_kernels());
  const std::vector<Size> sizes{{64, 64}, {96, 64}, {64, 128}, {128, 128}};
  std::vector<Image> pictures;
  std::vector<std::vector<float>> alone;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    pictures.push_back(noise(sizes[i], static_cast<unsigned int>(i)));
    alone.push_back(copy_of(*network->run(pictures.back().view())));
  }
  std::vector<int> differences(sizes.size(), 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < sizes.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t round = 0; round < 8; ++round) {
        const std::size_t i = (t + round) % sizes.size();
        if (copy_of(*network->run(pictures[i].view())) != alone[i]) ++differences[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differences, std::vector<int>(sizes.size(), 0));
}

TEST(Int8Network, OutputsOutliveTheNetworkAndLaterRuns) {
  auto network = network_with(portable_kernels());
  const Image picture = noise({64, 64}, 5);
  const auto first = network->run(picture.view());
  const auto values = copy_of(*first);
  const Image other = noise({64, 64}, 6);
  for (int i = 0; i < 3; ++i) EXPECT_NE(copy_of(*network->run(other.view())), values);
  network.reset();
  EXPECT_EQ(copy_of(*first), values);
}

TEST(Int8Load, RefusesTablesOfOtherModelsAndDamagedOnes) {
  const auto file = read_model_file(model_path());
  const std::string sha256 = to_hex(face_privacy::sha256(*file));
  const auto loads = [&](const std::string& hash, const std::string& table) {
    return load_network(*file, hash, table, {}).has_value();
  };
  const std::string table = ranges_path(model_path());
  EXPECT_EQ(loads(sha256, table), best_kernels() != nullptr);
  EXPECT_FALSE(loads(std::string(64, '0'), table));
  EXPECT_FALSE(loads(sha256, table + ".missing"));
  const auto damaged = std::filesystem::path(testing::TempDir()) / "damaged.ranges";
  for (const char* text :
       {"model x\nrange conv_1_relu 1 2 x\n", "range conv_1_relu 1\n", "something else\n", "model "}) {
    std::ofstream(damaged) << text;
    EXPECT_FALSE(loads(sha256, damaged.string())) << text;
  }
  std::ofstream(damaged) << "model " << sha256 << "\nrange conv_1_relu 1 2 3\n";
  EXPECT_FALSE(loads(sha256, damaged.string())) << "too few values";
}

TEST(Int8Detector, RunsWhereItCanAndFloatsDoElsewhere) {
  const auto engine_of = [](const std::string& path, Engine engine) {
    const auto detector = Detector::load({.model_path = path, .engine = engine});
    return detector ? detector->model().engine : "";
  };
  const bool usable = best_kernels() != nullptr;
  EXPECT_TRUE(engine_of(model_path(), Engine::kAuto).starts_with(usable ? "int8" : "onnxruntime"));
  EXPECT_TRUE(engine_of(model_path(), Engine::kFp32).starts_with("onnxruntime"));
  EXPECT_EQ(engine_of(model_path(), Engine::kInt8).empty(), !usable);
  // Weights without a table of ranges.
  const std::string other = std::string(test_paths::kModels) + "/mnet.25_v2.onnx";
  EXPECT_TRUE(engine_of(other, Engine::kAuto).starts_with("onnxruntime"));
  EXPECT_EQ(engine_of(other, Engine::kInt8), "");
}

class PreparedWeightsTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto prepared = prepare_weights(model_path());
    ASSERT_TRUE(prepared);
    bytes_ = *prepared;
    if (best_kernels() == nullptr) GTEST_SKIP() << "no vector kernels on this processor";
  }

  static std::vector<float> values_of(const Network& network) {
    return copy_of(*network.run(noise({96, 64}, 7).view()));
  }

  const std::string model_sha256_ = to_hex(face_privacy::sha256(*read_model_file(model_path())));
  Bytes bytes_;
};

TEST_F(PreparedWeightsTest, GiveTheSameNetwork) {
  const auto prepared = load_prepared(bytes_, model_sha256_);
  ASSERT_TRUE(prepared);
  EXPECT_EQ(values_of(*prepared->network), values_of(*network_with(*best_kernels())));
}

TEST_F(PreparedWeightsTest, OfAnotherModelOrCutOffAreRefused) {
  EXPECT_FALSE(load_prepared(bytes_, std::string(64, '0')));
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{90}, bytes_.size() - 1}) {
    EXPECT_FALSE(load_prepared(ByteView(bytes_).first(size), model_sha256_)) << size;
  }
  Bytes longer = bytes_;
  longer.push_back(0);
  EXPECT_FALSE(load_prepared(longer, model_sha256_));
}

// The folder of the weights may be one that others can write to.
TEST_F(PreparedWeightsTest, AreNotLookedAtWhereTheyAreNotThoseOfTheBuild) {
  const auto path = std::filesystem::path(testing::TempDir()) / "changed.int8";
  Bytes changed = bytes_;
  std::fill(changed.end() - 100'000, changed.end(), std::uint8_t{0});
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(changed.data()), static_cast<std::streamsize>(changed.size()));
  Detector::Settings settings;
  settings.model_path = model_path();
  settings.engine = Engine::kInt8;
  settings.prepared_path = path.string();
  settings.prepared_sha256 = to_hex(face_privacy::sha256(changed));
  EXPECT_FALSE(Detector::load(settings)) << "this would have been taken";
  settings.prepared_sha256 = to_hex(face_privacy::sha256(bytes_));
  EXPECT_TRUE(Detector::load(settings));
  settings.prepared_path += ".missing";
  EXPECT_TRUE(Detector::load(settings));
}

// MIT-licensed weights of the layout with priors; scripts/permissive-weights brings them.
class PermissiveWeightsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(path_)) GTEST_SKIP() << "`make permissive-weights` brings them";
    file_ = *read_model_file(path_);
    convolutions_ = *read_convolutions(file_);
    ASSERT_EQ(layout_of(convolutions_), OutputLayout::kPriors);
  }

  const std::string path_ = std::string(test_paths::kModels) + "/retinaface_permissive.onnx";
  const NetworkSpec& graph_ = retinaface_mobilenet_priors();
  Bytes file_;
  std::map<std::string, Convolution> convolutions_;
};

// The list of layers is ours; ONNX Runtime reads the file's own graph.
TEST_F(PermissiveWeightsTest, GraphIsThatOfTheFile) {
  const Image picture = noise({160, 96}, 1);
  const auto layers = real_layers(graph_, convolutions_);
  ASSERT_TRUE(layers);
  const RealRun real = run_real(graph_, *layers, picture.view());
  const auto onnx = load_onnx_network(file_, 1, {.min_sizes = "16,32,64,128,256,512"});
  ASSERT_TRUE(onnx);
  ASSERT_EQ(onnx->layout, OutputLayout::kPriors);
  const auto outputs = onnx->network->run(picture.view());
  ASSERT_TRUE(outputs);
  for (std::size_t i = 0; i < kLevelCount; ++i) {
    const HeadLevel& level = outputs->levels[i];
    const RealTensor& head = real.heads[kLevelCount - 1 - i];  // the coarsest first
    ASSERT_EQ(level.cells, head.size);
    for (std::size_t cell = 0; cell < head.values.size() / kHeadChannels; ++cell) {
      const float* values = head.values.data() + cell * kHeadChannels;
      for (std::size_t anchor = 0; anchor < kAnchorsPerCell; ++anchor) {
        ASSERT_NEAR(at(level.score, anchor, 0, cell), 1 / (1 + std::exp(-values[anchor])), 1e-3);
        ASSERT_NEAR(at(level.box, anchor, 2, cell), values[kHeadScores + 4 * anchor + 2], 1e-3);
        ASSERT_NEAR(at(level.landmarks, anchor, 9, cell), values[kHeadScores + 8 + 10 * anchor + 9], 1e-3);
      }
    }
  }
}

TEST_F(PermissiveWeightsTest, RunAt8BitsAndFindWhatTheyFindInFloats) {
  if (best_kernels() == nullptr) GTEST_SKIP() << "no vector kernels on this processor";
  const auto at_8_bits = Detector::load({.model_path = path_, .engine = Engine::kInt8});
  ASSERT_TRUE(at_8_bits) << at_8_bits.error().message;
  EXPECT_TRUE(at_8_bits->model().engine.starts_with("int8"));
  EXPECT_EQ(at_8_bits->model().layout, "priors");
  EXPECT_TRUE(at_8_bits->model().license.starts_with("MIT"));
  const Image picture = draw_canary();
  const auto in_floats = Detector::load({.model_path = path_, .engine = Engine::kFp32});
  ASSERT_TRUE(in_floats);
  const PictureViews views{picture.size(), {picture.view()}};
  const auto found = at_8_bits->find_faces(views, Profile::kBalanced, 0.7F, {});
  const auto wanted = in_floats->find_faces(views, Profile::kBalanced, 0.7F, {});
  ASSERT_TRUE(found && wanted);
  EXPECT_EQ(found->size(), wanted->size());
  EXPECT_GE(wanted->size(), 7U);
}

TEST(Int8Ranges, TextAndBack) {
  Ranges ranges{"abc", {{"a", {1.5F, 2.F}}}, {{"a", {0.25F, -3.F}}}, {{"c", {1, 0.5F, -0.125F}}}};
  const auto read = parse_ranges(to_text(ranges));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->model_sha256, ranges.model_sha256);
  EXPECT_EQ(read->largest, ranges.largest);
  EXPECT_EQ(read->mean, ranges.mean);
  EXPECT_EQ(read->moments, ranges.moments);
}

}  // namespace
}  // namespace face_privacy::int8
