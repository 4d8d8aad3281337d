#include "nn/int8/row_executor.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/freed_memory.h"
#include "nn/int8/open_cells.h"
#include "nn/int8/pack.h"

namespace face_privacy::int8 {
namespace {

// Rows of a tensor that exist at a time. A 1x1 layer reads the newest; a 3x3 layer the newest three;
// the branches of a context module run ahead of each other by up to two more.
constexpr int kRowsForPoint = 1;
constexpr int kRowsForWindow = 3;
constexpr int kRowsForBranches = 6;
constexpr int kAllRows = 0;

constexpr std::size_t kAlignment = 64;

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// Fresh pages for every run would cost a sixth of its time (measured at 1088x1920). Where freed memory is
// wiped, so is what a run leaves in them.
class BlockPool : public std::enable_shared_from_this<BlockPool> {
 public:
  // At least `bytes` bytes, aligned; not cleared. Goes back to the pool with its last owner.
  std::shared_ptr<std::uint8_t> take(std::size_t bytes) {
    Block block;
    {
      const std::scoped_lock lock(mutex_);
      const auto fits = [&](const Block& idle) { return idle.bytes >= bytes; };
      if (const auto found = std::find_if(idle_.begin(), idle_.end(), fits); found != idle_.end()) {
        block = std::move(*found);
        idle_.erase(found);
      }
    }
    if (!block.memory) block = {Memory(new (std::align_val_t{kAlignment}) std::uint8_t[bytes]), bytes};
    std::uint8_t* first = block.memory.get();
    return {first, [pool = shared_from_this(), kept = std::make_shared<Block>(std::move(block)),
                    bytes](std::uint8_t*) { pool->give_back(std::move(*kept), bytes); }};
  }

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const noexcept {
      ::operator delete[](memory, std::align_val_t{kAlignment});
    }
  };
  using Memory = std::unique_ptr<std::uint8_t, Free>;
  struct Block {
    Memory memory;
    std::size_t bytes = 0;
  };
  // As many as runs are likely to be under way; others are freed. Small blocks give way to large.
  static constexpr std::size_t kMostIdle = 8;

  void give_back(Block block, std::size_t used_bytes) {
    if (wipes_freed_memory()) ::explicit_bzero(block.memory.get(), used_bytes);
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(block));
    std::sort(idle_.begin(), idle_.end(), [](const Block& a, const Block& b) { return a.bytes < b.bytes; });
    if (idle_.size() > kMostIdle) idle_.erase(idle_.begin());
  }

  std::mutex mutex_;
  std::vector<Block> idle_;
};

// Where a layer runs that a gate may spare.
struct Gated {
  int head = kNone;  // the layer whose gate that is; kNone: everywhere
  int reach = 0;     // cells around an open one that it is needed for
};

// What does not depend on the picture.
struct Plan {
  NetworkSpec spec;
  Kernels kernels;
  std::vector<QuantizedLayer> layers;     // packed
  std::vector<std::vector<int>> writers;  // of each tensor, the layers that write to it
  std::vector<int> rows_kept;             // of each tensor; may be kAllRows
  // Of each tensor, the bytes of a pixel of zeros where they are none themselves; else empty.
  std::vector<std::vector<std::uint8_t>> zeros;
  std::vector<Gated> gated;  // by layer
};

bool has_gate(const LayerSpec& spec, const QuantizedLayer& layer) {
  return spec.gate != kNone &&
         std::any_of(layer.gate.begin(), layer.gate.end(), [](std::int16_t weight) { return weight != 0; });
}

// Layers are in the order of the data: seen from a head, those that it reads come last to first.
void mark_gated(int head, const NetworkSpec& spec, std::vector<Gated>& gated) {
  const int gate = spec.layers[index(head)].gate;
  std::vector<int> reach_of(spec.tensors.size(), kNone);
  for (int i = head; i >= 0; --i) {
    const LayerSpec& layer = spec.layers[index(i)];
    const int reach = i == head ? 0 : layer.is_head() ? kNone : reach_of[index(layer.output)];
    if (reach == kNone) continue;
    assert(layer.stride == 1 && layer.coarse == kNone && !layer.depthwise);
    gated[index(i)] = {head, reach};
    if (layer.input == gate) continue;
    reach_of[index(layer.input)] = std::max(reach_of[index(layer.input)], reach + layer.kernel / 2);
  }
}

int rows_needed(const NetworkSpec& spec, int tensor) {
  if (spec.tensors[index(tensor)].keep_rows) return kAllRows;
  int readers = 0;
  bool window = false;
  for (const LayerSpec& layer : spec.layers) {
    if (layer.input != tensor) continue;
    ++readers;
    window = window || layer.kernel > 1;
  }
  return !window ? kRowsForPoint : readers == 1 ? kRowsForWindow : kRowsForBranches;
}

Plan make_plan(const NetworkSpec& spec, const std::vector<QuantizedLayer>& layers, const Kernels& kernels) {
  Plan plan{spec, kernels, {}, {}, {}, {}, std::vector<Gated>(spec.layers.size())};
  plan.writers.resize(spec.tensors.size());
  plan.zeros.resize(spec.tensors.size());
  for (const float zero : spec.picture.zero) {
    plan.zeros.front().push_back(static_cast<std::uint8_t>(std::lround(zero)));
  }
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (!layer.is_head()) plan.writers[index(layer.output)].push_back(static_cast<int>(i));
    plan.layers.push_back(pack(layer, layers[i], kernels));
    if (!layers[i].zero.empty()) {
      std::vector<std::uint8_t>& pixel = plan.zeros[index(layer.output)];
      pixel.resize(index(spec.tensors[index(layer.output)].channels));
      std::transform(layers[i].zero.begin(), layers[i].zero.end(), pixel.begin() + layer.output_channel,
                     [](float zero) { return static_cast<std::uint8_t>(zero); });
    }
  }
  for (std::size_t i = 0; i < spec.tensors.size(); ++i) {
    plan.rows_kept.push_back(rows_needed(spec, static_cast<int>(i)));
  }
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (!has_gate(spec.layers[i], layers[i])) continue;
    mark_gated(static_cast<int>(i), spec, plan.gated);
    plan.rows_kept[index(spec.layers[i].gate)] = kAllRows;
  }
  return plan;
}

// One run over one picture.
class Pass {
 public:
  Pass(const Plan& plan, const ImageView& picture, BlockPool& pool);
  RowRun run();

 private:
  // The rows of a tensor, each with a pixel of padding on both sides. With fewer rows than the tensor
  // has, a row lies where an older one was.
  struct Rows {
    std::uint8_t* first = nullptr;
    std::size_t row_bytes = 0;
    int kept = 0;
    int width = 0;
    int height = 0;
    std::size_t channels = 0;
    int newest = -1;
    std::uint8_t* border = nullptr;  // a row of zeros, where zeros are other bytes

    std::uint8_t* at(int y) const { return first + index(y % kept) * row_bytes; }
  };

  void measure();
  void place(std::uint8_t* memory);
  void make_rows_to(int tensor, int last);
  void make_row(int layer, int y);
  void make_dense_row(int layer, int y);
  void run_open_cells(int layer, int y, const ConvRow& row) const;
  void ask_gate(int head);
  void make_depthwise_row(int layer, int y);
  const std::uint8_t* read(int tensor, int y) const;
  std::uint8_t* write(int tensor, int y);
  float* head_values(int layer) const { return heads_[index(layer)]; }
  Size cells_of(int layer) const {
    return {picture_.width / stride_of(layer), picture_.height / stride_of(layer)};
  }
  std::size_t value_count(int layer) const {
    return index(cells_of(layer).width) * index(cells_of(layer).height) *
           index(plan_.spec.layers[index(layer)].out_channels);
  }
  int stride_of(int layer) const {
    return plan_.spec.tensors[index(plan_.spec.layers[index(layer)].input)].stride_px;
  }

  const Plan& plan_;
  const ImageView picture_;
  std::vector<Rows> tensors_;
  std::vector<int> next_row_;  // of each layer
  std::vector<float*> heads_;  // of each layer; nothing for those that are no heads
  // Of each reach, by row, where the layers behind the newest gate run.
  std::vector<std::vector<std::vector<CellSpan>>> open_;
  std::uint8_t* border_ = nullptr;
  std::size_t longest_row_ = 0;
  std::size_t total_bytes_ = 0;
  std::shared_ptr<std::uint8_t> memory_;
};

Pass::Pass(const Plan& plan, const ImageView& picture, BlockPool& pool)
    : plan_(plan),
      picture_(picture),
      tensors_(plan.spec.tensors.size()),
      next_row_(plan.spec.layers.size(), 0),
      heads_(plan.spec.layers.size(), nullptr) {
  measure();
  memory_ = pool.take(total_bytes_);
  place(memory_.get());
}

void Pass::measure() {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const TensorSpec& spec = plan_.spec.tensors[i];
    Rows& rows = tensors_[i];
    rows.width = picture_.width / spec.stride_px;
    rows.height = picture_.height / spec.stride_px;
    rows.channels = index(spec.channels);
    rows.kept = plan_.rows_kept[i] == kAllRows ? rows.height : plan_.rows_kept[i];
    rows.row_bytes = aligned(index(rows.width + 2) * rows.channels + kRowSlack);
    longest_row_ = std::max(longest_row_, rows.row_bytes);
    total_bytes_ += rows.row_bytes * index(rows.kept + (plan_.zeros[i].empty() ? 0 : 1));
  }
  total_bytes_ += longest_row_;
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (!plan_.spec.layers[i].is_head()) continue;
    total_bytes_ += value_count(static_cast<int>(i)) * sizeof(float);
  }
}

void Pass::place(std::uint8_t* memory) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    Rows& rows = tensors_[i];
    rows.first = memory;
    memory += rows.row_bytes * index(rows.kept);
    const std::vector<std::uint8_t>& zero = plan_.zeros[i];
    if (zero.empty()) continue;
    rows.border = memory;
    for (int x = 0; x < rows.width + 2; ++x)
      std::copy(zero.begin(), zero.end(), memory + index(x) * zero.size());
    memory += rows.row_bytes;
  }
  border_ = memory;
  std::memset(border_, 0, longest_row_);
  memory = border_ + longest_row_;
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (!plan_.spec.layers[i].is_head()) continue;
    heads_[i] = reinterpret_cast<float*>(memory);
    memory += value_count(static_cast<int>(i)) * sizeof(float);
  }
}

// At the padding left of the row.
const std::uint8_t* Pass::read(int tensor, int y) const {
  const Rows& rows = tensors_[index(tensor)];
  const bool is_outside = y < 0 || y >= rows.height;
  if (is_outside && rows.border != nullptr) return rows.border;
  if (is_outside) return border_;
  assert(y <= rows.newest && y > rows.newest - rows.kept);
  return rows.at(y);
}

// At the row's first pixel.
std::uint8_t* Pass::write(int tensor, int y) {
  Rows& rows = tensors_[index(tensor)];
  rows.newest = std::max(rows.newest, y);
  std::uint8_t* row = rows.at(y);
  if (rows.border != nullptr) {
    std::memcpy(row, rows.border, rows.channels);
    std::memcpy(row + index(rows.width + 1) * rows.channels, rows.border, rows.channels);
    return row + rows.channels;
  }
  std::memset(row, 0, rows.channels);
  std::memset(row + index(rows.width + 1) * rows.channels, 0, rows.channels);
  return row + rows.channels;
}

void Pass::make_rows_to(int tensor, int last) {
  Rows& rows = tensors_[index(tensor)];
  last = std::min(last, rows.height - 1);
  if (tensor == 0) {
    while (rows.newest < last) {
      const int y = rows.newest + 1;
      std::memcpy(write(0, y), picture_.row(y), index(picture_.width) * rows.channels);
    }
    return;
  }
  for (const int layer : plan_.writers[index(tensor)]) {
    while (next_row_[index(layer)] <= last) make_row(layer, next_row_[index(layer)]++);
  }
}

void Pass::make_row(int layer, int y) {
  const LayerSpec& spec = plan_.spec.layers[index(layer)];
  make_rows_to(spec.input, y * spec.stride + spec.kernel / 2);
  if (spec.depthwise) {
    make_depthwise_row(layer, y);
  } else {
    make_dense_row(layer, y);
  }
}

void Pass::make_depthwise_row(int layer, int y) {
  const LayerSpec& spec = plan_.spec.layers[index(layer)];
  const QuantizedLayer& packed = plan_.layers[index(layer)];
  DepthwiseRow row{};
  for (int r = 0; r < 3; ++r) row.rows[r] = read(spec.input, y * spec.stride + r - 1);
  row.stride = spec.stride;
  row.width = tensors_[index(spec.output)].width;
  row.channels = spec.out_channels;
  row.weights = packed.weights.data();
  row.scale = packed.scale.data();
  row.offset = packed.offset.data();
  if (!packed.slope.empty()) {
    row.slope = packed.slope.data();
    row.zero = packed.zero.data();
  }
  row.out = write(spec.output, y);
  plan_.kernels.depthwise(row);
}

void Pass::make_dense_row(int layer, int y) {
  const LayerSpec& spec = plan_.spec.layers[index(layer)];
  const QuantizedLayer& packed = plan_.layers[index(layer)];
  const Rows& in = tensors_[index(spec.input)];
  const int reach = spec.kernel / 2;
  ConvRow row{};
  for (int r = 0; r < spec.kernel; ++r) {
    row.rows[r] = read(spec.input, y * spec.stride + r - reach) + (reach == 0 ? in.channels : 0);
  }
  row.row_count = spec.kernel;
  row.steps = window_steps(spec);
  row.pixel_step = index(spec.stride) * in.channels;
  row.width = in.width / spec.stride;
  row.channels = spec.out_channels;
  row.weights = packed.weights.data();
  row.scale = packed.scale.data();
  row.offset = packed.offset.data();
  if (!packed.slope.empty()) {
    row.slope = packed.slope.data();
    row.zero = packed.zero.data();
  }
  if (spec.is_head()) {
    row.out_step = index(spec.out_channels);
    row.out_float = head_values(layer) + index(y) * index(row.width) * row.out_step;
  } else {
    row.out_step = tensors_[index(spec.output)].channels;
    if (spec.coarse != kNone) {
      make_rows_to(spec.coarse, y / 2);
      row.coarse = read(spec.coarse, y / 2) + tensors_[index(spec.coarse)].channels;
      row.coarse_scale = packed.coarse_scale.data();
    }
    row.out = write(spec.output, y) + spec.output_channel;
  }
  if (plan_.gated[index(layer)].head != kNone) return run_open_cells(layer, y, row);
  plan_.kernels.conv(row);
}

void close_cells(const LayerSpec& head, const ConvRow& row) {
  std::memset(row.out_float, 0, index(row.width) * row.out_step * sizeof(float));
  for (int x = 0; x < row.width; ++x) {
    std::fill_n(row.out_float + index(x) * row.out_step, head.logit_pairs, kClosedLogit);
  }
}

void Pass::run_open_cells(int layer, int y, const ConvRow& row) const {
  if (row.out_float != nullptr) close_cells(plan_.spec.layers[index(layer)], row);
  const int reach = plan_.gated[index(layer)].reach;
  for (const CellSpan& span : open_[index(reach)][index(y)]) {
    ConvRow part = row;
    for (int r = 0; r < row.row_count; ++r) part.rows[r] += index(span.first) * row.pixel_step;
    part.width = span.end - span.first;
    if (row.out != nullptr) part.out += index(span.first) * row.out_step;
    if (row.out_float != nullptr) part.out_float += index(span.first) * row.out_step;
    plan_.kernels.conv(part);
  }
}

void Pass::ask_gate(int head) {
  const int tensor = plan_.spec.layers[index(head)].gate;
  const QuantizedLayer& layer = plan_.layers[index(head)];
  const Rows& rows = tensors_[index(tensor)];
  make_rows_to(tensor, rows.height - 1);
  OpenCells open({rows.width, rows.height});
  for (int y = 0; y < rows.height; ++y) {
    open.open_row(y, {read(tensor, y - 1), read(tensor, y), read(tensor, y + 1)}, layer.gate,
                  layer.gate_offset.front());
  }
  open_.clear();
  for (const Gated& gated : plan_.gated) {
    if (gated.head != head) continue;
    open_.resize(std::max(open_.size(), index(gated.reach + 1)));
  }
  for (std::size_t reach = 0; reach < open_.size(); ++reach) {
    open_[reach] = open.grown(static_cast<int>(reach)).spans();
  }
}

RowRun Pass::run() {
  RowRun result;
  for (std::size_t i = 0; i < plan_.spec.layers.size(); ++i) {
    if (!plan_.spec.layers[i].is_head()) continue;
    const int layer = static_cast<int>(i);
    const Size cells = cells_of(layer);
    if (plan_.gated[i].head != kNone) ask_gate(layer);
    for (int y = 0; y < cells.height; ++y) make_row(layer, y);
    result.heads.push_back({cells, {head_values(layer), value_count(layer)}});
  }
  result.storage = std::move(memory_);
  return result;
}

}  // namespace

struct RowExecutor::State {
  Plan plan;
  std::shared_ptr<BlockPool> pool;
};

RowExecutor::RowExecutor(const NetworkSpec& spec, const std::vector<QuantizedLayer>& layers,
                         const Kernels& kernels)
    : state_(
          std::make_unique<State>(State{make_plan(spec, layers, kernels), std::make_shared<BlockPool>()})) {}
RowExecutor::~RowExecutor() = default;

RowRun RowExecutor::run(const ImageView& rgb) const { return Pass(state_->plan, rgb, *state_->pool).run(); }

}  // namespace face_privacy::int8
