#include "codec/jpeg/in_place/edited_mcus.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "codec/jpeg/in_place/plane_coder.h"

namespace face_privacy::jpeg {
namespace {

// By MCU of the bounds, row by row.
std::vector<bool> marks_of(std::span<const Rect> changed, const Rect& bounds) {
  std::vector<bool> marks(static_cast<std::size_t>(bounds.width) * static_cast<std::size_t>(bounds.height));
  for (const Rect& mcus : changed) {
    for (int y = mcus.y; y < mcus.bottom(); ++y) {
      const auto row = marks.begin() + static_cast<std::ptrdiff_t>(y - bounds.y) * bounds.width - bounds.x;
      std::fill(row + mcus.x, row + mcus.right(), true);
    }
  }
  return marks;
}

// Each plane from the first of `mcus` on.
std::vector<RedactedPlane> planes_in(const RedactedPlanePatches& patches, const Rect& mcus,
                                     const Layout& picture, std::span<const JpegPlane> planes,
                                     const PlaneCoder& coder) {
  if (patches.size() != planes.size()) throw std::logic_error("a part without all its planes");
  std::vector<RedactedPlane> redacted;
  for (std::size_t i = 0; i < planes.size(); ++i) {
    const Patch& patch = *patches[i];
    const Rect held{patch.x, patch.y, patch.pixels.width(), patch.pixels.height()};
    const Rect samples = samples_of(mcus, planes[i], picture);
    if (intersect(held, samples) != samples) throw std::logic_error("a change that no patch covers");
    const Rect inside{samples.x - patch.x, samples.y - patch.y, samples.width, samples.height};
    redacted.push_back({patch.pixels.view().crop(inside), samples.x / SplineSurface::kCellPx,
                        samples.y / SplineSurface::kCellPx,
                        SurfaceCoder(patch.surfaces, coder.quantizers_of(i))});
  }
  return redacted;
}

// MCUs of one row of the picture.
struct InsertedMcus {
  int begin;
  int end;
  const Insert* insert;
};

std::vector<std::vector<InsertedMcus>> spans_by_row(std::span<const Insert* const> inserts, int rows) {
  std::vector<std::vector<InsertedMcus>> by_row(static_cast<std::size_t>(rows));
  for (const Insert* insert : inserts) {
    for (const Rect& mcus : insert->changed) {
      for (int y = mcus.y; y < mcus.bottom(); ++y) {
        by_row[static_cast<std::size_t>(y)].push_back({mcus.x, mcus.right(), insert});
      }
    }
  }
  for (auto& row : by_row) {
    std::sort(row.begin(), row.end(),
              [](const InsertedMcus& a, const InsertedMcus& b) { return a.begin < b.begin; });
  }
  return by_row;
}

}  // namespace

std::size_t Insert::index_of(std::size_t mcu, const Layout& picture) const {
  const std::size_t across = static_cast<std::size_t>(picture.mcu_grid().width);
  const std::size_t x = mcu % across - static_cast<std::size_t>(bounds.x);
  const std::size_t y = mcu / across - static_cast<std::size_t>(bounds.y);
  return y * static_cast<std::size_t>(bounds.width) + x;
}

Insert make_insert(const RedactedPlanePatches& patches, std::vector<Rect> changed, const Layout& picture,
                   std::span<const JpegPlane> planes) {
  Rect bounds;
  for (const Rect& mcus : changed) bounds = unite(bounds, mcus);
  const std::vector<bool> marks = marks_of(changed, bounds);
  BlockStore store(picture, marks.size());
  if (!bounds.empty()) {
    const PlaneCoder coder(picture, planes);
    const std::vector<RedactedPlane> redacted = planes_in(patches, bounds, picture, planes, coder);
    Block blocks[kMaxBlocksPerMcu];
    std::size_t mcu = 0;
    for (int y = 0; y < bounds.height; ++y) {
      for (int x = 0; x < bounds.width; ++x, ++mcu) {
        if (!marks[mcu]) {
          store.skip_mcu();
          continue;
        }
        coder.encode(redacted, x, y, blocks);
        store.add_mcu(blocks);
      }
    }
  }
  return {std::move(changed), bounds, std::move(store)};
}

std::vector<Run> runs_of(std::span<const Insert* const> inserts, const Layout& picture) {
  const Size grid = picture.mcu_grid();
  std::vector<Run> runs;
  std::size_t done = 0;
  std::size_t row_begin = 0;
  for (const auto& row : spans_by_row(inserts, grid.height)) {
    for (const InsertedMcus& span : row) {
      const std::size_t first = row_begin + static_cast<std::size_t>(span.begin);
      const std::size_t end = row_begin + static_cast<std::size_t>(span.end);
      if (first < done && runs.back().insert != span.insert) {
        throw std::logic_error("an MCU that two inserts have");
      }
      if (end <= done) continue;
      if (first > done) runs.push_back({done, first, nullptr});
      runs.push_back({std::max(first, done), end, span.insert});
      done = end;
    }
    row_begin += static_cast<std::size_t>(grid.width);
  }
  if (done < picture.mcu_count()) runs.push_back({done, picture.mcu_count(), nullptr});
  return runs;
}

}  // namespace face_privacy::jpeg
