#include "codec/jpeg/in_place/editor.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "codec/jpeg/in_place/edit_groups.h"
#include "codec/jpeg/in_place/edited_mcus.h"
#include "codec/jpeg/in_place/header.h"
#include "codec/jpeg/in_place/patch_pixels.h"
#include "codec/jpeg/in_place/plane_coder.h"
#include "codec/jpeg/metadata.h"
#include "codec/jpeg/one_scan.h"
#include "codec/jpeg/progressive/progressive_file.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/lossless_turn.h"
#include "codec/jpeg/scan/scan_index.h"
#include "codec/jpeg/scan/scan_writer.h"
#include "codec/shared/icc_profile.h"
#include "codec/shared/orientation.h"

namespace face_privacy {
namespace {

using jpeg::Component;
using jpeg::DecodeTables;
using jpeg::HuffmanSpec;
using jpeg::Layout;
using jpeg::PlaneCoder;
using jpeg::Scan;
using jpeg::ScanWriter;
using jpeg::SequentialFile;
using jpeg::SymbolCounts;
using jpeg::TurnedScan;

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

// The same for several, of which some may lie outside the picture.
std::vector<Rect> all_mcus_of(std::span<const Rect> areas, const Layout& layout) {
  std::vector<Rect> mcus;
  for (const Rect& area : areas) {
    const Rect inside = intersect(area, {0, 0, layout.size.width, layout.size.height});
    if (!inside.empty()) mcus.push_back(mcus_of(inside, layout));
  }
  return mcus;
}

// Marks which of `mcus`, row by row, meet `area`.
void mark(const Rect& area, const Layout& layout, const Rect& mcus, std::vector<bool>& marks) {
  const Rect inside = intersect(area, {0, 0, layout.size.width, layout.size.height});
  if (inside.empty()) return;
  const Rect marked = intersect(mcus_of(inside, layout), mcus);
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

// With the original's orientation and color profile.
std::optional<Layout> layout_of_rewritten(ByteView rewritten, ByteView original, Limits limits) {
  limits.max_bytes = rewritten.size();  // it may be larger than the original
  auto layout = jpeg::read_layout(rewritten, limits);
  if (!layout) return std::nullopt;
  const JpegMetadata metadata = read_jpeg_metadata(original);
  layout->orientation = metadata.orientation;
  const ColorModel model =
      layout->color == jpeg::ComponentColors::kGray ? ColorModel::kGray : ColorModel::kRgb;
  layout->icc_profile = usable_icc_profile(metadata.icc_profile, model);
  return layout;
}

// What is coded otherwise, in one sequential scan. No `file` where that is how it is coded already.
std::optional<SequentialFile> one_sequential_scan(ByteView file, const JpegHeader* header,
                                                  const Limits& limits, UnsupportedCoding unsupported) {
  if (header != nullptr && !header->progressive) return SequentialFile{{}, header->layout};
  if (header != nullptr) {
    if (auto sequential = jpeg::progressive_as_sequential(file, header->layout)) return sequential;
  }
  if (unsupported == UnsupportedCoding::kReject) return std::nullopt;
  auto one_scan = jpeg::as_one_scan(file, limits);
  if (!one_scan) return std::nullopt;
  auto layout = layout_of_rewritten(*one_scan, file, limits);
  if (!layout) return std::nullopt;
  return SequentialFile{std::move(*one_scan), std::move(*layout)};
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

Image turned_upright(Image&& stored, int orientation) {
  if (orientation == 1) return std::move(stored);
  Image upright(upright_size(stored.size(), orientation), stored.layout());
  place_upright(stored.view(), 0, stored.size(), orientation, upright.mutable_view());
  return upright;
}

// The picture stays as it is stored, and viewers go on turning it.
void keep_as_stored(Layout& layout) { layout.written_orientation = std::exchange(layout.orientation, 1); }

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

void make_optimal_tables(Layout& layout, SymbolCounts counts) {
  for (int i = 0; i < layout.component_count; ++i) {
    const Component& component = layout.components[i];
    auto& dc = counts.dc[component.dc_slot];
    for (int size = 0; size < kDcSizes; ++size) dc[size] = std::max<std::uint64_t>(dc[size], 1);
    layout.dc[component.dc_slot] = jpeg::optimal_table(dc);
    layout.ac[component.ac_slot] = jpeg::optimal_table(counts.ac[component.ac_slot]);
  }
}

// Makes the tables of `layout` hold what is to be written. A turned picture's blocks need other symbols
// than the stored ones did. The usual tables have them all; else what is written is gone through to
// count what it needs.
Codes choose_codes(Layout& layout, const Scan& scan, TurnedScan* turned,
                   std::span<const jpeg::Insert* const> inserts, std::span<const jpeg::Run> runs) {
  if (has_all_ac_symbols(layout)) return Codes::kSame;
  SymbolCounts counts;
  for (const jpeg::Insert* insert : inserts) insert->blocks.count_ac_symbols(counts);
  if (turned == nullptr) {
    const Codes codes = complete_ac_tables(layout, counts, scan.rare_symbols().has_value());
    if (codes != Codes::kAllAnew) return codes;
    for (const jpeg::Run& run : runs) {
      if (run.insert == nullptr) jpeg::count_symbols(scan, layout, run.first, run.end, counts);
    }
  } else {
    jpeg::count_all_symbols(*turned, layout, counts);
  }
  make_optimal_tables(layout, counts);
  return Codes::kAllAnew;
}

}  // namespace

namespace {

void check_coverage(std::span<const jpeg::Run> runs, std::span<const Rect> planned, const Layout& layout) {
  std::vector<bool> edited(layout.mcu_count());
  for (const jpeg::Run& run : runs) {
    if (run.insert == nullptr) continue;
    std::fill(edited.begin() + static_cast<std::ptrdiff_t>(run.first),
              edited.begin() + static_cast<std::ptrdiff_t>(run.end), true);
  }
  for (const Rect& mcus : all_mcus_of(planned, layout)) {
    for (int y = mcus.y; y < mcus.bottom(); ++y) {
      const auto row = edited.begin() + static_cast<std::ptrdiff_t>(y) * layout.mcu_grid().width;
      if (std::find(row + mcus.x, row + mcus.right(), false) != row + mcus.right()) {
        throw std::logic_error("a planned change that no edit covers");
      }
    }
  }
}

}  // namespace

struct EditedMcus::State {
  jpeg::Insert insert;
};

EditedMcus::EditedMcus(std::unique_ptr<State> state) : state_(std::move(state)) {}
EditedMcus::EditedMcus(EditedMcus&&) noexcept = default;
EditedMcus& EditedMcus::operator=(EditedMcus&&) noexcept = default;
EditedMcus::~EditedMcus() = default;

struct JpegEditor::State {
  Bytes rewritten;  // the file, where it was coded otherwise
  Layout stored;    // with every DC size in its tables
  Layout upright;   // the same for a picture that is upright as it is stored
  Scan scan;
  Image preview;  // upright
  std::vector<JpegPlane> stored_planes;
  std::vector<JpegPlane> planes;  // upright

  bool is_turned() const { return stored.orientation != 1; }
};

JpegEditor::JpegEditor(std::unique_ptr<State> state) : state_(std::move(state)) {}
JpegEditor::JpegEditor(JpegEditor&&) noexcept = default;
JpegEditor& JpegEditor::operator=(JpegEditor&&) noexcept = default;
JpegEditor::~JpegEditor() = default;

std::optional<JpegEditor> JpegEditor::open(ByteView file, const Limits& limits, int min_preview_px,
                                           UnsupportedCoding unsupported) {
  const auto header = read_jpeg_header_in_place(file, limits);
  return open(file, header ? &*header : nullptr, limits, min_preview_px, unsupported);
}

std::optional<JpegEditor> JpegEditor::open(ByteView file, const JpegHeader* header, const Limits& limits,
                                           int min_preview_px, UnsupportedCoding unsupported) {
  auto source = one_sequential_scan(file, header, limits, unsupported);
  if (!source) return std::nullopt;
  auto& [rewritten, layout] = *source;
  if (!rewritten.empty()) file = rewritten;
  const int preview_orientation = layout.orientation;
  if (!jpeg::can_turn(layout)) keep_as_stored(layout);
  std::vector<JpegPlane> planes = jpeg::planes_of(layout);
  if (planes.empty()) return std::nullopt;
  auto tables = tables_for(layout);
  if (!tables || !complete_dc_tables(layout)) return std::nullopt;

  const int long_side = std::max(layout.size.width, layout.size.height);
  int side = 1;
  const auto preview_px = [&] { return (long_side * side + 7) / 8; };
  while (side < 8 && preview_px() < min_preview_px) side *= 2;
  Image preview;
  auto scan = Scan::read(file, layout, std::move(tables), side, preview);
  if (!scan) return std::nullopt;
  preview = turned_upright(std::move(preview), preview_orientation);
  Layout upright = jpeg::upright_layout(layout);
  std::vector<JpegPlane> upright_planes = jpeg::planes_of(upright);
  return JpegEditor(std::make_unique<State>(State{std::move(rewritten), std::move(layout), std::move(upright),
                                                  std::move(*scan), std::move(preview), std::move(planes),
                                                  std::move(upright_planes)}));
}

Size JpegEditor::size() const { return state_->upright.size; }

int JpegEditor::orientation() const { return state_->upright.written_orientation; }

ImageView JpegEditor::preview() const { return state_->preview.view(); }

Image JpegEditor::pixels(const Rect& area) const {
  const Rect written = jpeg::stored_rect(area, orientation(), size());
  return turned_upright(jpeg::pixels_of(decode(written), planes(), written), orientation());
}

const std::vector<JpegPlane>& JpegEditor::planes() const { return state_->planes; }

int JpegEditor::mcu_height_px() const { return state_->upright.mcu_size().height; }

Rect JpegEditor::patch_area(const Rect& area) const {
  return pixels_of(mcus_of(area, state_->upright), state_->upright);
}

std::vector<std::vector<int>> JpegEditor::groups(std::span<const std::vector<Rect>> changes) const {
  std::vector<std::vector<Rect>> mcus;
  mcus.reserve(changes.size());
  for (const auto& change : changes) mcus.push_back(all_mcus_of(change, state_->upright));
  return jpeg::groups_of(mcus, state_->upright.mcu_grid().height);
}

PlanePatches JpegEditor::decode(const Rect& area) const { return decode(area, {&area, 1}); }

PlanePatches JpegEditor::decode(const Rect& area, std::span<const Rect> exact) const {
  const Layout& stored = state_->stored;
  const Rect upright_mcus = mcus_of(area, state_->upright);
  const Rect mcus = jpeg::stored_rect(upright_mcus, stored.orientation, stored.mcu_grid());
  std::vector<bool> whole(static_cast<std::size_t>(mcus.width) * static_cast<std::size_t>(mcus.height));
  for (const Rect& rect : exact) {
    mark(jpeg::stored_rect(rect, stored.orientation, stored.size), stored, mcus, whole);
  }
  jpeg::ScanPart part(state_->scan, stored, mcus, std::move(whole));
  std::vector<Image> samples = PlaneCoder(stored, state_->stored_planes).decode(mcus, part);
  PlanePatches patches;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Rect place = jpeg::samples_of(upright_mcus, state_->planes[i], state_->upright);
    patches.push_back({turned_upright(std::move(samples[i]), stored.orientation), place.x, place.y, {}});
  }
  return patches;
}

EditedMcus JpegEditor::encode(const RedactedPlanePatches& patches, std::span<const Rect> changed) const {
  return EditedMcus(std::make_unique<EditedMcus::State>(EditedMcus::State{
      jpeg::make_insert(patches, all_mcus_of(changed, state_->upright), state_->upright, state_->planes)}));
}

Bytes JpegEditor::write(const Redacted<JpegEdits>& edits) const {
  const Scan& scan = state_->scan;
  Layout target = state_->upright;
  std::vector<const jpeg::Insert*> parts;
  for (const EditedMcus& part : edits->parts()) parts.push_back(&part.state_->insert);
  const std::vector<jpeg::Run> runs = jpeg::runs_of(parts, target);
  check_coverage(runs, edits->planned(), target);
  std::optional<TurnedScan> turned;
  if (state_->is_turned()) turned.emplace(scan, state_->stored);
  const Codes codes = choose_codes(target, scan, turned ? &*turned : nullptr, parts, runs);
  const auto spelling =
      codes == Codes::kRareAnew ? ScanWriter::Spelling::kRareAnew : ScanWriter::Spelling::kSame;

  Bytes file;
  file.reserve(scan.stuffed_bytes().size() + target.icc_profile.size() + kSpareBytes);
  jpeg::append_headers(file, target);
  ScanWriter writer(file, target, &scan);
  for (const jpeg::Run& run : runs) {
    if (run.insert != nullptr) {
      const std::size_t first = run.insert->index_of(run.first, target);
      writer.insert(run.insert->blocks, first, first + run.end - run.first);
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
