#include "codec/jpeg_surgery.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "codec/icc_profile.h"
#include "codec/jpeg_block_store.h"
#include "codec/jpeg_layout.h"
#include "codec/jpeg_metadata.h"
#include "codec/jpeg_patch_areas.h"
#include "codec/jpeg_rewrite.h"
#include "codec/jpeg_scan.h"
#include "codec/jpeg_scan_writer.h"
#include "codec/jpeg_transform.h"
#include "codec/jpeg_turn.h"
#include "codec/orientation.h"

namespace face_privacy {
namespace {

using jpeg::BlockStore;
using jpeg::Component;
using jpeg::DecodeTables;
using jpeg::HuffmanSpec;
using jpeg::Layout;
using jpeg::Scan;
using jpeg::ScanWriter;
using jpeg::SymbolCounts;
using jpeg::TurnedScan;

// Scaled images found the same faces as the full picture down to this share of the detector's size.
constexpr double kEnoughForDetection = 0.65;

// Room in an output beyond what the source has, so that it need not be moved to grow.
constexpr std::size_t kSpareBytes = std::size_t{256} << 10;

// A baseline file's DC differences have sizes 0..11.
constexpr int kDcSizes = 12;

constexpr int kLargestAcSize = 10;

// MCUs x <= i < right() across and y <= j < bottom() down that meet `area`, which meets the picture.
Rect mcus_of(const Rect& area, const Layout& layout) {
  const Size mcu = layout.mcu_size();
  const Rect inside = intersect(area, {0, 0, layout.size.width, layout.size.height});
  if (inside.empty()) throw std::logic_error("an area outside the picture");
  const int x = inside.x / mcu.width;
  const int y = inside.y / mcu.height;
  return {x, y, (inside.right() - 1) / mcu.width + 1 - x, (inside.bottom() - 1) / mcu.height + 1 - y};
}

// Marks which of `mcus`, row by row, meet `area` or are next to one that does: chroma is interpolated
// across their borders.
void mark_around(const Rect& area, const Layout& layout, const Rect& mcus, std::vector<bool>& marks) {
  const Rect inside = intersect(area, {0, 0, layout.size.width, layout.size.height});
  if (inside.empty()) return;
  const Rect met = mcus_of(inside, layout);
  const Rect marked = intersect({met.x - 1, met.y - 1, met.width + 2, met.height + 2}, mcus);
  for (int y = marked.y; y < marked.bottom(); ++y) {
    const auto row = marks.begin() + static_cast<std::ptrdiff_t>(y - mcus.y) * mcus.width - mcus.x;
    std::fill(row + marked.x, row + marked.right(), true);
  }
}

Rect pixels_of(const Rect& mcus, const Layout& layout) {
  const Size mcu = layout.mcu_size();
  return intersect(
      {mcus.x * mcu.width, mcus.y * mcu.height, mcus.width * mcu.width, mcus.height * mcu.height},
      {0, 0, layout.size.width, layout.size.height});
}

bool holds(const Rect& outer, const Rect& inner) { return intersect(outer, inner) == inner; }

// With the original's orientation and colour profile.
std::optional<Layout> layout_of_rewritten(ByteView rewritten, ByteView original, Limits limits) {
  limits.max_bytes = rewritten.size();  // it may be larger than the original
  auto layout = jpeg::read_layout(rewritten, limits);
  if (!layout) return std::nullopt;
  const JpegMetadata metadata = read_jpeg_metadata(original);
  layout->orientation = metadata.orientation;
  const ColorModel model = layout->colour == jpeg::Colour::kGray ? ColorModel::kGray : ColorModel::kRgb;
  layout->icc_profile = usable_icc_profile(metadata.icc_profile, model);
  return layout;
}

// Tables may lack DC sizes that the file did not need; parts of it may need them. Codes are added
// behind those there are, so that the file's bits keep their meaning. With 16 sizes and codes of up
// to 16 bits there is always room for them.
bool complete_dc_tables(Layout& layout) {
  for (int i = 0; i < layout.component_count; ++i) {
    HuffmanSpec& spec = *layout.dc[layout.components[i].dc_slot];
    const auto codes = jpeg::huffman_codes(spec);
    if (!codes) return false;
    std::vector<std::uint8_t> missing;
    for (int size = 0; size < kDcSizes; ++size) {
      if (codes->length[size] == 0) missing.push_back(static_cast<std::uint8_t>(size));
    }
    const auto extended = jpeg::extended_with(spec, missing);
    if (!extended) return false;
    spec = *extended;
  }
  return true;
}

// The tables of every file that libjpeg writes without being asked for better ones.
std::shared_ptr<const DecodeTables> tables_for(const Layout& layout) {
  static const Layout kStandard = [] {
    Layout standard;
    standard.component_count = 2;
    for (int slot = 0; slot < 2; ++slot) {
      standard.components[slot].dc_slot = standard.components[slot].ac_slot = slot;
      standard.dc[slot] = jpeg::standard_dc_table(slot == 1);
      standard.ac[slot] = jpeg::standard_ac_table(slot == 1);
    }
    return standard;
  }();
  static const std::shared_ptr<const DecodeTables> kTables = DecodeTables::of(kStandard);
  const auto is_standard = [&](const Component& component) {
    return component.dc_slot < 2 && component.ac_slot < 2 &&
           layout.dc[component.dc_slot] == kStandard.dc[component.dc_slot] &&
           layout.ac[component.ac_slot] == kStandard.ac[component.ac_slot];
  };
  const auto begin = layout.components.begin();
  return std::all_of(begin, begin + layout.component_count, is_standard) ? kTables : DecodeTables::of(layout);
}

Image copy_of(const ImageView& pixels) {
  Image image(pixels.size(), pixels.layout);
  const MutableImageView target = image.mutable_view();
  for (int y = 0; y < pixels.height; ++y) std::copy_n(pixels.row(y), image.stride_bytes(), target.row(y));
  return image;
}

Image turned_upright(Image&& stored, int orientation) {
  if (orientation == 1) return std::move(stored);
  Image upright(upright_size(stored.size(), orientation), stored.layout());
  place_upright(stored.view(), 0, stored.size(), orientation, upright.mutable_view());
  return upright;
}

// The changes that one patch holds, in MCUs of the picture.
struct Insert {
  const RedactedPatch* patch;
  std::vector<Rect> changed;
  Rect bounds;                         // of all of them
  std::unique_ptr<BlockStore> blocks;  // of the bounds, as they are to be written
};

bool covers(const RedactedPatch& patch, const Rect& pixels) {
  const Size size = patch->pixels.size();
  return holds({patch->x, patch->y, size.width, size.height}, pixels);
}

std::vector<Insert> changes_by_patch(std::span<const RedactedPatch> patches, std::span<const Rect> changed,
                                     const Layout& layout) {
  std::vector<Insert> inserts;
  for (const RedactedPatch& patch : patches) inserts.push_back({&patch, {}, {}, nullptr});
  for (const Rect& area : changed) {
    if (intersect(area, {0, 0, layout.size.width, layout.size.height}).empty()) continue;
    const Rect mcus = mcus_of(area, layout);
    const auto insert = std::find_if(inserts.begin(), inserts.end(), [&](const Insert& candidate) {
      return covers(*candidate.patch, pixels_of(mcus, layout));
    });
    if (insert == inserts.end()) throw std::logic_error("a change that no patch covers");
    insert->changed.push_back(mcus);
    insert->bounds = unite(insert->bounds, mcus);
  }
  std::erase_if(inserts, [](const Insert& insert) { return insert.changed.empty(); });
  return inserts;
}

// By MCU of the bounds, in the order of a scan: whether it is changed.
std::vector<bool> wanted_mcus(const Insert& insert) {
  const Rect& bounds = insert.bounds;
  std::vector<bool> wanted(static_cast<std::size_t>(bounds.width) * static_cast<std::size_t>(bounds.height));
  for (const Rect& mcus : insert.changed) {
    for (int y = mcus.y; y < mcus.bottom(); ++y) {
      const auto row = wanted.begin() + static_cast<std::ptrdiff_t>(y - bounds.y) * bounds.width - bounds.x;
      std::fill(row + mcus.x, row + mcus.right(), true);
    }
  }
  return wanted;
}

// Adds the symbols that the inserts need to `counts`. Changes that share a patch are encoded in one
// go, however many there are: they mostly lie close together or over each other.
std::vector<Insert> make_inserts(std::span<const RedactedPatch> patches, std::span<const Rect> changed,
                                 const Layout& layout, SymbolCounts& counts) {
  std::vector<Insert> inserts = changes_by_patch(patches, changed, layout);
  for (Insert& insert : inserts) {
    const RedactedPatch& patch = *insert.patch;
    const Rect pixels = pixels_of(insert.bounds, layout);
    insert.blocks = std::make_unique<BlockStore>(layout, counts, wanted_mcus(insert));
    const Rect in_patch{pixels.x - patch->x, pixels.y - patch->y, pixels.width, pixels.height};
    if (!jpeg::blocks_from_pixels(patch->pixels.view().crop(in_patch), layout, *insert.blocks) ||
        !insert.blocks->is_complete()) {
      throw std::logic_error("libjpeg did not encode a patch");
    }
  }
  return inserts;
}

// MCUs first <= i < end of the picture, which come from an insert or, where it is null, from the source.
struct Run {
  std::size_t first;
  std::size_t end;
  const Insert* insert;
};

// MCUs of one row of the picture.
struct ChangedSpan {
  int begin;
  int end;
  const Insert* insert;
};

std::vector<std::vector<ChangedSpan>> spans_by_row(const std::vector<Insert>& inserts, int rows) {
  std::vector<std::vector<ChangedSpan>> by_row(static_cast<std::size_t>(rows));
  for (const Insert& insert : inserts) {
    for (const Rect& mcus : insert.changed) {
      for (int y = mcus.y; y < mcus.bottom(); ++y)
        by_row[static_cast<std::size_t>(y)].push_back({mcus.x, mcus.right(), &insert});
    }
  }
  for (auto& row : by_row) {
    std::sort(row.begin(), row.end(),
              [](const ChangedSpan& a, const ChangedSpan& b) { return a.begin < b.begin; });
  }
  return by_row;
}

// The whole picture in the order of its scan.
std::vector<Run> runs_of(const std::vector<Insert>& inserts, const Layout& picture) {
  const Size grid = picture.mcu_grid();
  std::vector<Run> runs;
  std::size_t done = 0;
  std::size_t row_begin = 0;
  for (const auto& row : spans_by_row(inserts, grid.height)) {
    for (const ChangedSpan& span : row) {
      const std::size_t first = row_begin + static_cast<std::size_t>(span.begin);
      const std::size_t end = row_begin + static_cast<std::size_t>(span.end);
      if (first < done && runs.back().insert != span.insert)
        throw std::logic_error("an MCU that two patches change");
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

// Where an MCU of the picture is in an insert's own order.
std::size_t index_in(const Insert& insert, std::size_t mcu, const Layout& picture) {
  const std::size_t across = static_cast<std::size_t>(picture.mcu_grid().width);
  const std::size_t x = mcu % across - static_cast<std::size_t>(insert.bounds.x);
  const std::size_t y = mcu / across - static_cast<std::size_t>(insert.bounds.y);
  return y * static_cast<std::size_t>(insert.bounds.width) + x;
}

// What is done with the source's codes so that the file can say what the inserts need.
enum class Codes { kSame, kRareAnew, kAllAnew };

// Adds the AC symbols that the inserts need and the tables lack.
Codes complete_ac_tables(Layout& layout, const SymbolCounts& needed, bool rare_symbols_known) {
  Codes result = Codes::kSame;
  for (int i = 0; i < layout.component_count; ++i) {
    const int slot = layout.components[i].ac_slot;
    HuffmanSpec& spec = *layout.ac[slot];
    const auto codes = jpeg::huffman_codes(spec);
    if (!codes) return Codes::kAllAnew;
    std::vector<std::uint8_t> missing;
    for (int symbol = 0; symbol < 256; ++symbol) {
      if (needed.ac[slot][symbol] > 0 && codes->length[symbol] == 0)
        missing.push_back(static_cast<std::uint8_t>(symbol));
    }
    auto extended = jpeg::extended_with(spec, missing);
    if (!extended) {
      if (rare_symbols_known) extended = jpeg::extended_beyond(spec, jpeg::kSkipBits, missing);
      if (!extended) return Codes::kAllAnew;
      result = Codes::kRareAnew;
    }
    spec = *extended;
  }
  return result;
}

// Whether the tables have all AC symbols that values of a baseline file can need, and no others: what
// they wrote can then be written in any other order as well.
bool has_all_ac_symbols(const Layout& layout) {
  for (int i = 0; i < layout.component_count; ++i) {
    const auto symbols = layout.ac[layout.components[i].ac_slot]->used_symbols();
    std::array<bool, 256> seen{};
    for (const std::uint8_t symbol : symbols) seen[symbol] = true;
    for (int symbol = 0; symbol < 256; ++symbol) {
      const int size = symbol & 15;
      const bool needed = size == 0 ? symbol == 0 || symbol == jpeg::kZeroRun16 : size <= kLargestAcSize;
      if (seen[symbol] != needed) return false;
    }
  }
  return true;
}

// A turned picture's blocks need other symbols than the stored ones did. The usual tables have them
// all; else the picture is gone through to count what it needs.
Codes choose_codes_for_turned(const Layout& upright, TurnedScan& turned, SymbolCounts& counts) {
  if (has_all_ac_symbols(upright)) return Codes::kSame;
  jpeg::count_symbols(turned, upright, counts);
  return Codes::kAllAnew;
}

void make_optimal_tables(Layout& layout, SymbolCounts counts) {
  for (int i = 0; i < layout.component_count; ++i) {
    const Component& component = layout.components[i];
    auto& dc = counts.dc[component.dc_slot];
    for (int size = 0; size < kDcSizes; ++size) dc[size] = std::max<std::uint64_t>(dc[size], 1);
    layout.dc[component.dc_slot] = jpeg::optimal_table(dc);
    layout.ac[component.ac_slot] = jpeg::optimal_table(counts.ac[component.ac_slot]);
  }
}

}  // namespace

struct JpegSurgery::State {
  Bytes rewritten;  // the file, where it was coded otherwise
  Layout stored;    // with every DC size in its tables
  Layout upright;   // the same for a picture that is upright as it is stored
  Scan scan;
  Image preview;  // upright
  bool preview_is_whole = false;

  bool is_turned() const { return stored.orientation != 1; }
};

JpegSurgery::JpegSurgery(std::unique_ptr<State> state) : state_(std::move(state)) {}
JpegSurgery::JpegSurgery(JpegSurgery&&) noexcept = default;
JpegSurgery& JpegSurgery::operator=(JpegSurgery&&) noexcept = default;
JpegSurgery::~JpegSurgery() = default;

std::optional<JpegSurgery> JpegSurgery::open(ByteView file, const Limits& limits, int detection_long_side_px,
                                             OtherCodings other_codings) {
  Bytes rewritten;
  auto layout = jpeg::read_layout(file, limits);
  if (!layout && other_codings == OtherCodings::kRewrite) {
    auto one_scan = jpeg::as_one_scan(file, limits);
    if (!one_scan) return std::nullopt;
    rewritten = std::move(*one_scan);
    layout = layout_of_rewritten(rewritten, file, limits);
    file = rewritten;
  }
  if (!layout || !jpeg::can_turn(*layout)) return std::nullopt;
  auto tables = tables_for(*layout);
  if (!tables || !complete_dc_tables(*layout)) return std::nullopt;

  const int long_side = std::max(layout->size.width, layout->size.height);
  int side = 1;
  const auto preview_px = [&] { return (long_side * side + 7) / 8; };
  while (side < 8 && preview_px() < detection_long_side_px * kEnoughForDetection) side *= 2;
  Image preview;
  auto scan = Scan::read(file, *layout, std::move(tables), side, preview);
  if (!scan) return std::nullopt;
  preview = turned_upright(std::move(preview), layout->orientation);
  Layout upright = jpeg::upright_layout(*layout);
  return JpegSurgery(
      std::make_unique<State>(State{std::move(rewritten), std::move(*layout), std::move(upright),
                                    std::move(*scan), std::move(preview), side == 8}));
}

Size JpegSurgery::size() const { return state_->upright.size; }

const Bytes& JpegSurgery::icc_profile() const { return state_->upright.icc_profile; }

ImageView JpegSurgery::preview() const { return state_->preview.view(); }

int JpegSurgery::mcu_height_px() const { return state_->upright.mcu_size().height; }

Rect JpegSurgery::patch_area(const Rect& area) const {
  return pixels_of(mcus_of(area, state_->upright), state_->upright);
}

std::vector<Rect> JpegSurgery::patch_areas(std::span<const Rect> supports,
                                           std::span<const Rect> changed) const {
  return jpeg::patch_areas(supports, changed, size(), [this](const Rect& area) { return patch_area(area); });
}

Patch JpegSurgery::decode(const Rect& area) const { return decode(area, {&area, 1}); }

Patch JpegSurgery::decode(const Rect& area, std::span<const Rect> exact) const {
  const Rect wanted = patch_area(area);
  if (state_->preview_is_whole) return {copy_of(state_->preview.view().crop(wanted)), wanted.x, wanted.y};
  const Layout& stored = state_->stored;
  const Rect place = jpeg::stored_rect(wanted, stored.orientation, stored.size);
  // One MCU more on each side: chroma is interpolated across their borders.
  const Size mcu = stored.mcu_size();
  const Rect mcus = mcus_of(
      {place.x - mcu.width, place.y - mcu.height, place.width + 2 * mcu.width, place.height + 2 * mcu.height},
      stored);
  const Rect around = pixels_of(mcus, stored);
  Layout part = stored;
  part.size = {around.width, around.height};
  std::vector<bool> whole(static_cast<std::size_t>(mcus.width) * static_cast<std::size_t>(mcus.height));
  for (const Rect& rect : exact) {
    mark_around(jpeg::stored_rect(rect, stored.orientation, stored.size), stored, mcus, whole);
  }
  jpeg::ScanPart blocks(state_->scan, stored, mcus, std::move(whole));
  const Rect inside{place.x - around.x, place.y - around.y, place.width, place.height};
  auto pixels = jpeg::pixels_from_blocks(part, inside, blocks);
  if (!pixels) throw std::logic_error("libjpeg did not decode a part");
  return {turned_upright(std::move(*pixels), stored.orientation), wanted.x, wanted.y};
}

Bytes JpegSurgery::write(std::span<const RedactedPatch> patches, std::span<const Rect> changed) const {
  const Scan& scan = state_->scan;
  Layout target = state_->upright;
  SymbolCounts counts;
  const auto inserts = make_inserts(patches, changed, state_->upright, counts);
  const std::vector<Run> runs = runs_of(inserts, target);
  std::optional<TurnedScan> turned;
  if (state_->is_turned()) turned.emplace(scan, state_->stored);
  const Codes codes = turned ? choose_codes_for_turned(target, *turned, counts)
                             : complete_ac_tables(target, counts, scan.rare_symbols().has_value());
  if (codes == Codes::kAllAnew) {
    for (const Run& run : runs) {
      if (run.insert == nullptr && !turned) jpeg::count_symbols(scan, target, run.first, run.end, counts);
    }
    make_optimal_tables(target, counts);
  }
  const auto spelling =
      codes == Codes::kRareAnew ? ScanWriter::Spelling::kRareAnew : ScanWriter::Spelling::kSame;

  Bytes file;
  file.reserve(scan.stuffed_bytes().size() + target.icc_profile.size() + kSpareBytes);
  jpeg::append_headers(file, target);
  ScanWriter writer(file, target, scan);
  for (const Run& run : runs) {
    if (run.insert != nullptr) {
      const std::size_t first = index_in(*run.insert, run.first, target);
      writer.insert(*run.insert->blocks, first, first + run.end - run.first);
    } else if (turned) {
      writer.insert(*turned, run.first, run.end);
    } else if (codes == Codes::kAllAnew) {
      writer.recode(run.first, run.end);
    } else {
      writer.copy(run.first, run.end, spelling);
    }
  }
  writer.finish();
  if (!writer.complete()) throw std::logic_error("a symbol without a code");
  return file;
}

}  // namespace face_privacy
