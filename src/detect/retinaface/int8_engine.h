// Whether a model can run at 8 bits here, and the network if so.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "detect/retinaface/loaded_network.h"

namespace face_privacy::int8 {

// The table of ranges that goes with `model_path`: the same name with the extension ".ranges".
std::string ranges_path(std::string_view model_path);

// kModel, with the reason, where the processor lacks the instructions, the table of ranges is missing,
// damaged or another model's, or the model is no RetinaFace on MobileNet 0.25. `known` as for
// coding_of().
Result<LoadedNetwork> load_network(ByteView onnx_file, std::string_view sha256,
                                   const std::string& ranges_file, const CodingFacts& known);

// What load_network makes of these before it looks at the processor, as bytes for load_prepared.
Result<Bytes> prepare(ByteView onnx_file, std::string_view sha256, const std::string& ranges_file,
                      const CodingFacts& known);

// kModel where they are not the bytes that `prepare` of this program makes of the model with this hash; but
// values are taken as they are, so that bytes of strangers must not come here.
Result<LoadedNetwork> load_prepared(ByteView prepared, std::string_view sha256);

}  // namespace face_privacy::int8
