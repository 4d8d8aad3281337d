// Quantized layers as bytes, so that what takes a hundred milliseconds is done once.
#pragma once

#include <optional>
#include <vector>

#include "base/byte_reader.h"
#include "base/bytes.h"
#include "nn/int8/graph.h"
#include "nn/int8/quantize.h"

namespace face_privacy::int8 {

// `layers` belong to `spec`, from which their sizes follow: only values are written.
void append_layers(Bytes& bytes, const NetworkSpec& spec, const std::vector<QuantizedLayer>& layers);

// The other way round; nothing where bytes are missing or a number is none.
std::optional<std::vector<QuantizedLayer>> take_layers(ByteReader& reader, const NetworkSpec& spec);

}  // namespace face_privacy::int8
