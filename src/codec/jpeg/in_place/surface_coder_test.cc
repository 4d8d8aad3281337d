#include "codec/jpeg/in_place/surface_coder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace face_privacy::jpeg {
namespace {

// Knots at random, and every cell that lies wholly in the area.
SplineSurface random_surface(std::mt19937& random, int knot_px, int channels) {
  SplineSurface surface;
  surface.area = {static_cast<int>(random() % 40), static_cast<int>(random() % 40), 60, 44};
  surface.knot_px = knot_px;
  surface.knots_x = surface.area.width / knot_px + SplineSurface::kOrder;
  surface.knots_y = surface.area.height / knot_px + SplineSurface::kOrder;
  std::uniform_real_distribution<float> sample(0, 255);
  for (int c = 0; c < channels; ++c) {
    auto& knots = surface.knots[static_cast<std::size_t>(c)];
    knots.resize(static_cast<std::size_t>(surface.knots_x * surface.knots_y));
    for (float& knot : knots) knot = sample(random);
  }
  for (int row = (surface.area.y + 7) / 8; 8 * (row + 1) <= surface.area.bottom(); ++row) {
    surface.cells.push_back({row, (surface.area.x + 7) / 8, surface.area.right() / 8});
  }
  return surface;
}

double value_at(const SplineSurface& surface, std::size_t channel, int x, int y) {
  const int dx = x - surface.area.x;
  const int dy = y - surface.area.y;
  const auto place = [&](int px) {
    return static_cast<float>(px % surface.knot_px) / static_cast<float>(surface.knot_px);
  };
  const auto across = spline_weights(place(dx));
  const auto down = spline_weights(place(dy));
  double value = 0;
  for (int j = 0; j < 4; ++j) {
    for (int i = 0; i < 4; ++i) {
      const int knot = (dy / surface.knot_px + j) * surface.knots_x + dx / surface.knot_px + i;
      value += static_cast<double>(down[static_cast<std::size_t>(j)]) * across[static_cast<std::size_t>(i)] *
               surface.knots[channel][static_cast<std::size_t>(knot)];
    }
  }
  return value;
}

// T.81 A.3.3, as it is written there.
double coefficient(const SplineSurface& surface, std::size_t channel, int column, int row, int u, int v) {
  double sum = 0;
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) {
      sum += (value_at(surface, channel, 8 * column + x, 8 * row + y) - 128) *
             std::cos((2 * x + 1) * u * std::numbers::pi / 16) *
             std::cos((2 * y + 1) * v * std::numbers::pi / 16);
    }
  }
  const double scale = (u == 0 ? std::numbers::sqrt2 / 2 : 1) * (v == 0 ? std::numbers::sqrt2 / 2 : 1);
  return sum * scale / 4;
}

Quantizer quantizer(std::mt19937& random, unsigned most) {
  QuantTable table;
  for (auto& step : table.zigzag) step = static_cast<std::uint16_t>(1 + random() % most);
  return Quantizer(table);
}

TEST(SurfaceCoder, MakesTheBlocksThatTheDctMakesOfTheSurface) {
  std::mt19937 random(1);
  for (const int knot_px : {4, 5, 6, 7, 8, 9, 25, 100}) {
    const unsigned steps = knot_px % 2 == 0 ? 3 : 60;
    const SplineSurface surface = random_surface(random, knot_px, 2);
    const std::vector<Quantizer> quantizers{quantizer(random, steps), quantizer(random, steps)};
    const SurfaceCoder coder({&surface, 1}, quantizers);
    for (const auto& run : surface.cells) {
      for (int column = run.begin; column < run.end; ++column) {
        const SurfaceBlocks* const blocks = coder.surface_at(column, run.row);
        ASSERT_NE(blocks, nullptr);
        for (std::size_t channel = 0; channel < 2; ++channel) {
          Block block;
          blocks->encode(column, run.row, channel, block);
          for (int n = 0; n < 64; ++n) {
            const double exact = coefficient(surface, channel, column, run.row, n % 8, n / 8) /
                                 static_cast<double>(quantizers[channel].step[static_cast<std::size_t>(n)]);
            ASSERT_NEAR(block[n], exact, 0.501) << knot_px << " px, coefficient " << n;
          }
        }
      }
    }
  }
}

TEST(SurfaceCoder, KnowsWhichCellsShowASurface) {
  std::mt19937 random(2);
  std::vector<SplineSurface> surfaces{random_surface(random, 5, 1), random_surface(random, 5, 1)};
  surfaces[0].cells = {{6, 2, 4}, {7, 2, 3}};
  surfaces[1].cells = {{7, 3, 5}};
  for (SplineSurface& surface : surfaces) surface.area = {16, 40, 60, 44};
  const std::vector<Quantizer> quantizers{quantizer(random, 9)};
  const SurfaceCoder coder(surfaces, quantizers);
  EXPECT_EQ(coder.surface_at(1, 6), nullptr);
  EXPECT_EQ(coder.surface_at(2, 5), nullptr);
  EXPECT_EQ(coder.surface_at(4, 6), nullptr);
  EXPECT_EQ(coder.surface_at(2, 8), nullptr);
  ASSERT_NE(coder.surface_at(2, 6), nullptr);
  EXPECT_EQ(coder.surface_at(2, 6), coder.surface_at(2, 7));
  ASSERT_NE(coder.surface_at(3, 7), nullptr);
  EXPECT_NE(coder.surface_at(3, 7), coder.surface_at(2, 7));
  EXPECT_EQ(coder.surface_at(4, 7), coder.surface_at(3, 7));
}

}  // namespace
}  // namespace face_privacy::jpeg
