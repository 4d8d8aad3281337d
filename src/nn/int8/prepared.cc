#include "nn/int8/prepared.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <concepts>
#include <cstring>

namespace face_privacy::int8 {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

std::size_t weight_count(const LayerSpec& spec) {
  const int inputs = spec.depthwise ? 1 : spec.in_channels;
  return static_cast<std::size_t>(spec.out_channels) * static_cast<std::size_t>(spec.kernel * spec.kernel) *
         static_cast<std::size_t>(inputs);
}

std::size_t gate_weights(const NetworkSpec& network, const LayerSpec& spec) {
  if (spec.gate == kNone) return 0;
  return kGateTaps * static_cast<std::size_t>(network.tensors[static_cast<std::size_t>(spec.gate)].channels);
}

// Calls visit(list, count) for each list of a layer.
template <class Layer, class Visit>
void for_each_list(const NetworkSpec& network, std::size_t index, Layer& layer, const Visit& visit) {
  const LayerSpec& spec = network.layers[index];
  const auto channels = static_cast<std::size_t>(spec.out_channels);
  visit(layer.weights, weight_count(spec));
  visit(layer.scale, channels);
  visit(layer.offset, channels);
  visit(layer.coarse_scale, spec.coarse != kNone ? channels : 0);
  visit(layer.slope, spec.is_sloped() ? channels : 0);
  visit(layer.zero, spec.is_sloped() ? channels : 0);
  visit(layer.coarse_zero, spec.coarse != kNone ? channels : 0);
  visit(layer.gate, gate_weights(network, spec));
  visit(layer.gate_offset, spec.gate != kNone ? 1 : 0);
}

bool are_numbers(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}
template <std::integral Value>
bool are_numbers(const std::vector<Value>& /*values*/) {
  return true;
}

}  // namespace

void append_layers(Bytes& bytes, const NetworkSpec& spec, const std::vector<QuantizedLayer>& layers) {
  assert(layers.size() == spec.layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    for_each_list(spec, i, layers[i], [&](const auto& values, [[maybe_unused]] std::size_t count) {
      assert(values.size() == count);
      const auto* const first = reinterpret_cast<const std::uint8_t*>(values.data());
      bytes.insert(bytes.end(), first, first + values.size() * sizeof values[0]);
    });
  }
}

std::optional<std::vector<QuantizedLayer>> take_layers(ByteReader& reader, const NetworkSpec& spec) {
  std::vector<QuantizedLayer> layers(spec.layers.size());
  bool valid = true;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    for_each_list(spec, i, layers[i], [&](auto& values, std::size_t count) {
      const ByteView from = reader.take(count * sizeof values[0]);
      values.resize(from.size() / sizeof values[0]);
      if (!from.empty()) std::memcpy(values.data(), from.data(), from.size());
      valid = valid && values.size() == count && are_numbers(values);
    });
  }
  return valid && reader.ok() ? std::optional(std::move(layers)) : std::nullopt;
}

}  // namespace face_privacy::int8
