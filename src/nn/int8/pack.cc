#include "nn/int8/pack.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace face_privacy::int8 {
namespace {

// Calls visit(channel) for every lane of the vectors of a block.
template <class Visit>
void for_each_lane(int first_channel, int vectors, int lanes, bool natural, Visit visit) {
  for (int vector = 0; vector < vectors; ++vector) {
    for (int lane = 0; lane < lanes; ++lane) {
      visit(first_channel + (natural ? vector * lanes + lane : channel_in_block(vectors, vector, lane)));
    }
  }
}

// [first or second of each two][lane][word], from [lane][4]; a word is two bytes, as it lies in memory.
std::vector<std::int8_t> as_words(const std::vector<std::int8_t>& vector) {
  std::vector<std::int8_t> words;
  for (const std::size_t first : {0U, 1U}) {
    for (std::size_t i = first; i < vector.size(); i += 2) {
      words.insert(words.end(), {vector[i], static_cast<std::int8_t>(vector[i] < 0 ? -1 : 0)});
    }
  }
  return words;
}

// [out][row][column][in] to [block][row][group of four][vector][lane][4].
std::vector<std::int8_t> pack_dense(const LayerSpec& spec, const std::vector<std::int8_t>& weights,
                                    int lanes) {
  const auto window = static_cast<std::size_t>(spec.kernel * spec.in_channels);
  const auto steps = static_cast<std::size_t>(window_steps(spec));
  const auto rows = static_cast<std::size_t>(spec.kernel);
  std::vector<std::int8_t> packed;
  for (int first = 0; first < spec.out_channels;) {
    const int vectors = block_vectors(spec.out_channels - first, lanes);
    for (std::size_t step = 0; step < rows * steps; ++step) {
      const std::size_t row = step / steps;
      const std::size_t from = step % steps * 4;
      for_each_lane(first, vectors, lanes, spec.is_head(), [&](int channel) {
        const std::size_t at = (static_cast<std::size_t>(channel) * rows + row) * window;
        for (std::size_t i = from; i < from + 4; ++i)
          packed.push_back(i < window ? weights[at + i] : std::int8_t{0});
      });
    }
    first += vectors * lanes;
  }
  return packed;
}

// [channel][row][column] to [block][column][vector][lane][row, and a zero].
std::vector<std::int8_t> pack_depthwise(const LayerSpec& spec, const std::vector<std::int8_t>& weights,
                                        int lanes) {
  std::vector<std::int8_t> packed;
  for (int first = 0; first < spec.out_channels; first += 4 * lanes) {
    for (std::size_t column = 0; column < 3; ++column) {
      for_each_lane(first, 4, lanes, false, [&](int channel) {
        const std::int8_t* taps = weights.data() + static_cast<std::size_t>(channel) * 9 + column;
        packed.insert(packed.end(), {taps[0], taps[3], taps[6], 0});
      });
    }
  }
  return packed;
}

std::vector<float> pack_factors(const LayerSpec& spec, const std::vector<float>& factors, int lanes) {
  std::vector<float> packed;
  for (int first = 0; first < static_cast<int>(factors.size());) {
    const int vectors = spec.depthwise ? 4 : block_vectors(spec.out_channels - first, lanes);
    for_each_lane(first, vectors, lanes, spec.is_head(),
                  [&](int channel) { packed.push_back(factors[static_cast<std::size_t>(channel)]); });
    first += vectors * lanes;
  }
  return packed;
}

// What a sloped output begins from: its byte for 0, less what the zeros of the tensor add that comes on top.
std::vector<float> sloped_zero(const QuantizedLayer& layer) {
  std::vector<float> zero = layer.zero;
  for (std::size_t c = 0; c < std::min(zero.size(), layer.coarse_zero.size()); ++c) {
    zero[c] -= layer.coarse_zero[c] * layer.coarse_scale[c];
  }
  return zero;
}

// The same for each vector.
std::vector<std::int8_t> vectors_as_words(const std::vector<std::int8_t>& packed, int lanes) {
  std::vector<std::int8_t> words;
  const auto bytes = static_cast<std::ptrdiff_t>(4 * lanes);
  for (auto first = packed.begin(); first != packed.end(); first += bytes) {
    const auto vector = as_words({first, first + bytes});
    words.insert(words.end(), vector.begin(), vector.end());
  }
  return words;
}

}  // namespace

QuantizedLayer pack(const LayerSpec& spec, const QuantizedLayer& layer, const Kernels& kernels) {
  const int lanes = spec.depthwise ? kernels.depthwise_lanes(spec.out_channels) : kernels.lanes;
  auto weights =
      spec.depthwise ? pack_depthwise(spec, layer.weights, lanes) : pack_dense(spec, layer.weights, lanes);
  if (kernels.words && !spec.depthwise) weights = vectors_as_words(weights, lanes);
  return {std::move(weights),
          pack_factors(spec, layer.scale, lanes),
          pack_factors(spec, layer.offset, lanes),
          pack_factors(spec, layer.coarse_scale, lanes),
          pack_factors(spec, layer.slope, lanes),
          pack_factors(spec, sloped_zero(layer), lanes),
          {},
          layer.gate,
          layer.gate_offset};
}

}  // namespace face_privacy::int8
