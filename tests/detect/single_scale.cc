// single_scale MODEL.onnx PICTURE: the faces of one pass at the picture's own size, which must be
// multiples of 32: a line "score x y width height" for each, best first.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "codec/codec.h"
#include "detect/merge.h"
#include "detect/retinaface/head_decoder.h"
#include "detect/retinaface/onnx_engine.h"
#include "image/resize.h"
#include "nn/model_file.h"

using namespace face_privacy;

namespace {

constexpr float kMinScore = 0.3F;

Result<std::vector<Face>> find(const char* model_path, const char* picture_path) {
  const auto model = read_model_file(model_path);
  if (!model) return fail(model);
  const auto loaded = load_onnx_network(*model, 1);
  if (!loaded) return fail(loaded);
  std::ifstream file(picture_path, std::ios::binary);
  const Bytes bytes(std::istreambuf_iterator<char>(file), {});
  const auto photo = decode(bytes, Limits{});
  if (!photo) return fail(photo);
  const Image rgb = resize_to_rgb8(photo->frame(0), photo->frame_size());
  const auto outputs = loaded->network->run(rgb.view());
  if (!outputs) return fail(outputs);
  return suppress_repeats(decode_heads(*outputs, loaded->network->coding(), kMinScore));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto faces = find(argv[1], argv[2]);
  if (!faces) {
    std::fprintf(stderr, "%s\n", faces.error().message.c_str());
    return 1;
  }
  for (const Face& face : *faces) {
    std::printf("%.6f %.3f %.3f %.3f %.3f\n", static_cast<double>(face.score),
                static_cast<double>(face.box.x), static_cast<double>(face.box.y),
                static_cast<double>(face.box.width), static_cast<double>(face.box.height));
  }
  return 0;
}
