#include "detect/retinaface/output_layout.h"

#include <algorithm>
#include <charconv>

namespace face_privacy {
namespace {

// The generator of insightface's anchors starts from the box [0, 0, 15, 15] in pixel indices, which
// is [0, 16) in coordinates, and moves it by the stride: the center is at 8 px whatever the stride.
constexpr BoxCoding kInsightfaceCoding{
    .levels = {{{.stride_px = 32, .center_px = 8, .side_px = {512, 256}},
                {.stride_px = 16, .center_px = 8, .side_px = {128, 64}},
                {.stride_px = 8, .center_px = 8, .side_px = {32, 16}}}},
    .center_scale = 1,
    .side_scale = 1,
    .landmark_scale = 1,
};
constexpr std::string_view kLandmarkScaleKey = "landmark_std";

// Variances 0.1 and 0.2 and the priors' sizes as in the training code of the repository
// biubug6/Face-Detector-1MB-with-landmark.
constexpr BoxCoding kPriorsCoding{
    .levels = {{{.stride_px = 8, .center_px = 4, .side_px = {10, 20}},
                {.stride_px = 16, .center_px = 8, .side_px = {32, 64}},
                {.stride_px = 32, .center_px = 16, .side_px = {128, 256}}}},
    .center_scale = 0.1F,
    .side_scale = 0.2F,
    .landmark_scale = 0.1F,
};
constexpr std::string_view kPriorSidesKey = "min_sizes";
constexpr float kLargestAnchorPx = 65536;  // of an anchor

// Two equal anchors in each cell, at its corner; distances and landmarks come in strides. As in the forward
// pass of InsightFace's scrfd.py.
constexpr BoxCoding kScrfdCoding{
    .levels = {{{.stride_px = 8, .center_px = 0, .side_px = {8, 8}},
                {.stride_px = 16, .center_px = 0, .side_px = {16, 16}},
                {.stride_px = 32, .center_px = 0, .side_px = {32, 32}}}},
    .form = BoxForm::kEdges,
};

enum class Part : std::size_t { kScore, kBox, kLandmarks };

Size cells_of(Size input, int stride_px) { return {input.width / stride_px, input.height / stride_px}; }

std::size_t count(Size cells) {
  return static_cast<std::size_t>(cells.width) * static_cast<std::size_t>(cells.height);
}

std::optional<std::size_t> index_of(std::span<const TensorShape> shapes, const TensorShape& wanted) {
  const auto at = std::find(shapes.begin(), shapes.end(), wanted);
  if (at == shapes.end()) return std::nullopt;
  return static_cast<std::size_t>(at - shapes.begin());
}

std::optional<OutputTable> recognize_insightface(std::span<const TensorShape> shapes, Size input) {
  constexpr std::array<std::int64_t, 3> kChannels{2 * kAnchorsPerCell, 4 * kAnchorsPerCell,
                                                  10 * kAnchorsPerCell};
  if (shapes.size() != 9) return std::nullopt;
  OutputTable table{OutputLayout::kInsightface, {}};
  for (std::size_t level = 0; level < kLevelCount; ++level) {
    const Size cells = cells_of(input, kInsightfaceCoding.levels[level].stride_px);
    for (std::size_t part = 0; part < 3; ++part) {
      const auto index = index_of(shapes, {1, kChannels[part], cells.height, cells.width});
      if (!index) return std::nullopt;
      table.outputs[level][part] = *index;
    }
  }
  return table;
}

std::optional<OutputTable> recognize_priors(std::span<const TensorShape> shapes, Size input) {
  constexpr std::array<std::int64_t, 3> kColumns{2, 4, 10};
  if (shapes.size() != 3) return std::nullopt;
  std::size_t priors = 0;
  for (const auto& level : kPriorsCoding.levels) {
    priors += kAnchorsPerCell * count(cells_of(input, level.stride_px));
  }
  OutputTable table{OutputLayout::kPriors, {}};
  for (std::size_t part = 0; part < 3; ++part) {
    const auto index = index_of(shapes, {1, static_cast<std::int64_t>(priors), kColumns[part]});
    if (!index) return std::nullopt;
    for (auto& level : table.outputs) level[part] = *index;
  }
  return table;
}

// Some exporters leave out the batch.
std::optional<std::size_t> index_of_rows(std::span<const TensorShape> shapes, std::int64_t rows,
                                         std::int64_t columns) {
  const auto index = index_of(shapes, {1, rows, columns});
  return index ? index : index_of(shapes, {rows, columns});
}

std::optional<OutputTable> recognize_scrfd(std::span<const TensorShape> shapes, Size input) {
  constexpr std::array<std::int64_t, 3> kColumns{1, 4, 10};
  if (shapes.size() != 9) return std::nullopt;
  OutputTable table{OutputLayout::kScrfd, {}};
  for (std::size_t level = 0; level < kLevelCount; ++level) {
    const std::size_t rows = kAnchorsPerCell * count(cells_of(input, kScrfdCoding.levels[level].stride_px));
    for (std::size_t part = 0; part < 3; ++part) {
      const auto index = index_of_rows(shapes, static_cast<std::int64_t>(rows), kColumns[part]);
      if (!index) return std::nullopt;
      table.outputs[level][part] = *index;
    }
  }
  return table;
}

// Scores come as background, background, face, face.
HeadLevel insightface_level(const std::array<std::span<const float>, 3>& parts, Size cells) {
  const std::size_t plane = count(cells);
  const auto tensor = [&](Part part, std::size_t skip, std::size_t channels) {
    const auto values = parts[static_cast<std::size_t>(part)];
    return HeadTensor{values.subspan(std::min(skip, values.size())), channels * plane, plane, 1};
  };
  return {cells, tensor(Part::kScore, kAnchorsPerCell * plane, 1), tensor(Part::kBox, 0, 4),
          tensor(Part::kLandmarks, 0, 10)};
}

// A row for each anchor: cell by cell, in it the smaller anchor first. A level begins with `first_row`; the
// face's score is the last of `score_columns`.
HeadLevel rows_level(const std::array<std::span<const float>, 3>& parts, Size cells, std::size_t first_row,
                     std::size_t score_columns) {
  const auto tensor = [&](Part part, std::size_t columns, std::size_t column) {
    const auto values = parts[static_cast<std::size_t>(part)];
    const std::size_t skip = first_row * columns + column;
    return HeadTensor{values.subspan(std::min(skip, values.size())), columns, 1, columns * kAnchorsPerCell};
  };
  return {cells, tensor(Part::kScore, score_columns, score_columns - 1), tensor(Part::kBox, 4, 0),
          tensor(Part::kLandmarks, 10, 0)};
}

HeadLevel level_of(OutputLayout layout, const std::array<std::span<const float>, 3>& parts, Size cells,
                   std::size_t rows_before) {
  switch (layout) {
    case OutputLayout::kInsightface: return insightface_level(parts, cells);
    case OutputLayout::kPriors: return rows_level(parts, cells, rows_before, 2);  // all levels in one output
    case OutputLayout::kScrfd: return rows_level(parts, cells, 0, 1);
  }
  return {};
}

// Numbers above 0 with commas between them; empty for anything else.
std::vector<float> positive_numbers(std::string_view text) {
  std::vector<float> numbers;
  while (true) {
    float number = 0;
    const char* const first = text.data();
    const char* const last = first + text.size();
    const auto [end, error] = std::from_chars(first, last, number);
    if (error != std::errc() || !(number > 0 && number <= kLargestAnchorPx)) return {};
    numbers.push_back(number);
    if (end == last) return numbers;
    if (*end != ',') return {};
    text.remove_prefix(static_cast<std::size_t>(end + 1 - first));
  }
}

Result<BoxCoding> priors_coding(const ModelProperties& metadata, std::string_view known_sides) {
  BoxCoding coding = kPriorsCoding;
  const auto entry = metadata.find(kPriorSidesKey);
  if (entry == metadata.end() && known_sides.empty()) return coding;
  const auto sides = positive_numbers(known_sides.empty() ? entry->second : known_sides);
  if (sides.size() != kLevelCount * kAnchorsPerCell) {
    return fail(ErrorCode::kModel, "the model's metadata \"min_sizes\" are not six sizes in px with commas");
  }
  for (std::size_t i = 0; i < sides.size(); ++i) {
    coding.levels[i / kAnchorsPerCell].side_px[i % kAnchorsPerCell] = sides[i];
  }
  return coding;
}

Result<BoxCoding> insightface_coding(const ModelProperties& metadata, std::optional<float> landmark_scale) {
  BoxCoding coding = kInsightfaceCoding;
  const auto entry = metadata.find(kLandmarkScaleKey);
  if (landmark_scale) {
    coding.landmark_scale = *landmark_scale;
  } else if (entry != metadata.end()) {
    const auto numbers = positive_numbers(entry->second);
    if (numbers.size() != 1) {
      return fail(ErrorCode::kModel, "the model's metadata \"landmark_std\" is no number above 0");
    }
    coding.landmark_scale = numbers.front();
  }
  return coding;
}

}  // namespace

std::string_view name_of(OutputLayout layout) {
  switch (layout) {
    case OutputLayout::kInsightface: return "insightface";
    case OutputLayout::kPriors: return "priors";
    case OutputLayout::kScrfd: return "scrfd";
  }
  return "";
}

std::optional<OutputTable> recognize_outputs(std::span<const TensorShape> shapes, Size input) {
  if (const auto table = recognize_insightface(shapes, input)) return table;
  if (const auto table = recognize_priors(shapes, input)) return table;
  return recognize_scrfd(shapes, input);
}

Result<BoxCoding> coding_of(OutputLayout layout, const ModelProperties& metadata, const CodingFacts& known) {
  switch (layout) {
    case OutputLayout::kInsightface: return insightface_coding(metadata, known.landmark_scale);
    case OutputLayout::kPriors: return priors_coding(metadata, known.min_sizes);
    case OutputLayout::kScrfd: break;
  }
  return kScrfdCoding;
}

Feed feed_of(OutputLayout layout) {
  switch (layout) {
    case OutputLayout::kInsightface: break;  // the graph itself subtracts and scales
    case OutputLayout::kPriors: return {.blue_first = true, .subtract = {104, 117, 123}};
    case OutputLayout::kScrfd: return {.subtract = {127.5F, 127.5F, 127.5F}, .factor = 1 / 128.F};
  }
  return {};
}

HeadOutputs arrange_outputs(const OutputTable& table, const BoxCoding& coding,
                            std::span<const std::span<const float>> values, Size input) {
  HeadOutputs heads;
  std::size_t rows_before = 0;
  for (std::size_t i = 0; i < kLevelCount; ++i) {
    const Size cells = cells_of(input, coding.levels[i].stride_px);
    std::array<std::span<const float>, 3> parts;
    for (std::size_t part = 0; part < parts.size(); ++part) parts[part] = values[table.outputs[i][part]];
    heads.levels[i] = level_of(table.layout, parts, cells, rows_before);
    rows_before += kAnchorsPerCell * count(cells);
  }
  return heads;
}

}  // namespace face_privacy
