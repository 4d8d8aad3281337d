#include "codec/jpeg/scan/scan_index.h"

#include <utility>

#include "codec/jpeg/scan/libjpeg_pixels.h"
#include "codec/jpeg/scan/preview.h"

namespace face_privacy::jpeg {
namespace {

// Where codes over kSkipBits bits are more frequent than this, the tables were not made for photos.
constexpr std::size_t kRareSymbolsInAnyFile = 4096;

constexpr std::uint8_t kEndOfImage = 0xd9;

// kNaturalOrder for blocks that are stored column by column.
constexpr auto kColumnOrder = [] {
  std::array<std::uint8_t, 64> order{};
  for (std::size_t n = 0; n < 64; ++n) {
    order[n] = static_cast<std::uint8_t>(kNaturalOrder[n] % 8 * 8 + kNaturalOrder[n] / 8);
  }
  return order;
}();

// Where a file ends without saying so, the MCUs are counted as if it had.
bool ends_image(ByteView file, std::size_t at) {
  while (at < file.size() && file[at] == 0xff) ++at;  // fill bytes
  return at == file.size() || file[at] == kEndOfImage;
}

}  // namespace

RowPlan plan_of(const Layout& layout, const DecodeTables& tables) {
  RowPlan plan;
  plan.component_count = layout.component_count;
  plan.block_count = layout.blocks_per_mcu();
  int b = 0;
  for (int c = 0; c < layout.component_count; ++c) {
    const Component& component = layout.components[c];
    for (int i = 0; i < component.blocks_per_mcu(); ++i, ++b) {
      plan.blocks[b].component = c;
      plan.blocks[b].dc = &*tables.dc[component.dc_slot];
      plan.blocks[b].ac = &*tables.ac[component.ac_slot];
    }
  }
  return plan;
}

std::optional<Scan> Scan::read(ByteView file, const Layout& layout,
                               std::shared_ptr<const DecodeTables> tables, int preview_side, Image& preview) {
  Scan scan;
  scan.tables_ = std::move(tables);
  scan.component_count_ = layout.component_count;
  scan.mcu_count_ = layout.mcu_count();
  scan.interval_ =
      layout.restart_interval > 0 ? static_cast<std::size_t>(layout.restart_interval) : scan.mcu_count_;
  const std::size_t interval_count = (scan.mcu_count_ + scan.interval_ - 1) / scan.interval_;
  // Each block takes two bits at least, so a small file cannot make the index large.
  const std::size_t fewest_bytes = scan.mcu_count_ * static_cast<std::size_t>(layout.blocks_per_mcu()) / 4;
  if (layout.scan_begin >= file.size() || file.size() - layout.scan_begin < fewest_bytes) return std::nullopt;
  scan.bytes_ = EntropyBytes(file, layout.scan_begin);
  const auto end = scan.bytes_.read(file, layout.scan_begin, interval_count);
  if (!end || !ends_image(file, *end)) return std::nullopt;
  scan.stuffed_ = file.subspan(layout.scan_begin, *end - layout.scan_begin);
  scan.end_bit_ = std::make_unique_for_overwrite<std::uint32_t[]>(scan.mcu_count_);
  scan.dc_after_ = std::make_unique_for_overwrite<std::int16_t[]>(
      scan.mcu_count_ * static_cast<std::size_t>(scan.component_count_));

  RareSymbolNotes rare{{}, kRareSymbolsInAnyFile + scan.mcu_count_, false};
  RowPlan plan = plan_of(layout, *scan.tables_);
  plan.base = scan.bytes_.data();
  plan.rare = &rare;
  const bool read = preview_side == 8 ? scan.read_whole(layout, plan, preview)
                                      : scan.read_with_rows(layout, preview_side, plan, preview);
  if (!read) return std::nullopt;
  if (!rare.overflowed) scan.rare_symbols_ = std::move(rare.symbols);
  return scan;
}

RowState Scan::interval_state(std::size_t first_mcu) const {
  const std::size_t interval = first_mcu / interval_;
  return {BitReader::at(data(), bytes_.begin_bit(interval)), bytes_.end_bit(interval), {}};
}

// Whole bytes left over before a marker are what libjpeg warns of.
bool Scan::ends_well(std::size_t last_mcu, const RowState& state) const {
  const bool interval_done = last_mcu + 1 == mcu_count_ || starts_interval(last_mcu + 1);
  return !interval_done || state.end_bit - end_bit_[last_mcu] < 8;
}

bool Scan::read_with_rows(const Layout& layout, int preview_side, RowPlan& plan, Image& preview) {
  PreviewRows rows(layout, preview_side);
  rows.lend_rows(plan);
  const ReadRow read_row = row_reader(preview_side);
  const Size grid = layout.mcu_grid();
  RowState state;
  std::size_t mcu = 0;
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width;) {
      if (starts_interval(mcu)) state = interval_state(mcu);
      const std::size_t count = std::min(static_cast<std::size_t>(grid.width - x), next_interval(mcu) - mcu);
      const int end_x = x + static_cast<int>(count);
      std::int16_t* const dc_after = &dc_after_[mcu * static_cast<std::size_t>(component_count_)];
      if (!read_row(plan, state, x, end_x, &end_bit_[mcu], dc_after)) return false;
      mcu += count;
      x = end_x;
      if (!ends_well(mcu - 1, state)) return false;
    }
    rows.finish_row(y);
  }
  preview = rows.take_image();
  return true;
}

// Gives libjpeg the blocks as they are read for the first time, and makes the index of them.
class Scan::WholePicture final : public BlockSource {
 public:
  WholePicture(Scan& scan, const RowPlan& plan) : scan_(scan), plan_(plan), read_mcu_(mcu_reader()) {}

  bool next_mcu(Block* blocks) noexcept override {
    if (mcu_ == scan_.mcu_count_) return false;
    if (scan_.starts_interval(mcu_)) state_ = scan_.interval_state(mcu_);
    if (!read_mcu_(plan_, state_, blocks)) return false;
    scan_.end_bit_[mcu_] = state_.reader.position(plan_.base);
    if (scan_.end_bit_[mcu_] > state_.end_bit || !scan_.ends_well(mcu_, state_)) return false;
    for (int c = 0; c < plan_.component_count; ++c) {
      scan_.dc_after_[mcu_ * static_cast<std::size_t>(plan_.component_count) + static_cast<std::size_t>(c)] =
          static_cast<std::int16_t>(state_.dc[c]);
    }
    ++mcu_;
    return true;
  }

 private:
  Scan& scan_;
  const RowPlan& plan_;
  ReadMcu read_mcu_;
  RowState state_;
  std::size_t mcu_ = 0;
};

bool Scan::read_whole(const Layout& layout, const RowPlan& plan, Image& preview) {
  WholePicture picture(*this, plan);
  auto pixels = pixels_from_blocks(layout, picture);
  if (!pixels) return false;
  preview = std::move(*pixels);
  return true;
}

ScanPart::ScanPart(const Scan& scan, const Layout& layout, const Rect& mcus, std::vector<bool> whole)
    : scan_(scan),
      grid_width_(static_cast<std::size_t>(layout.mcu_grid().width)),
      mcus_(mcus),
      whole_(std::move(whole)),
      next_(static_cast<std::size_t>(mcus.y) * grid_width_ + static_cast<std::size_t>(mcus.x)),
      left_in_row_(mcus.width),
      next_to_read_(scan.mcu_count()),
      read_mcu_(mcu_reader()),
      plan_(plan_of(layout, scan.tables())) {
  plan_.base = scan.data();
  plan_.rare = &ignored_;
  plan_.order = kColumnOrder.data();
}

std::size_t ScanPart::take() {
  ++done_;
  const std::size_t taken = next_++;
  if (--left_in_row_ == 0) {
    next_ += grid_width_ - static_cast<std::size_t>(mcus_.width);
    left_in_row_ = mcus_.width;
  }
  return taken;
}

bool ScanPart::read(Block* blocks) {
  const std::size_t mcu = take();
  if (mcu != next_to_read_ || scan_.starts_interval(mcu)) {
    state_.reader = BitReader::at(scan_.data(), scan_.begin_bit(mcu));
    for (int c = 0; c < plan_.component_count; ++c) state_.dc[c] = scan_.dc_before(mcu, c);
  }
  next_to_read_ = mcu + 1;
  return read_mcu_(plan_, state_, blocks);
}

std::array<int, kMaxComponents> ScanPart::skip() {
  const std::size_t mcu = take();
  std::array<int, kMaxComponents> dc{};
  for (int c = 0; c < plan_.component_count; ++c) dc[c] = scan_.dc_after(mcu, c);
  return dc;
}

}  // namespace face_privacy::jpeg
