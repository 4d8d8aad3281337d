// Part of the build: makes of weights, with the table of ranges beside them, what the 8-bit engine would make
// of them at each start, and a header with its name and SHA-256 for the program to know it by.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "crypto/digest.h"
#include "detect/detector.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: face-privacy-prepare WEIGHTS.onnx PREPARED HEADER.h\n", stderr);
    return 2;
  }
  const auto prepared = face_privacy::prepare_weights(argv[1]);
  if (!prepared) {
    std::fprintf(stderr, "face-privacy-prepare: %s: %s\n", argv[1], prepared.error().message.c_str());
    return 1;
  }
  std::ofstream file(argv[2], std::ios::binary);
  file.write(reinterpret_cast<const char*>(prepared->data()), static_cast<std::streamsize>(prepared->size()));
  std::ofstream header(argv[3]);
  header << "#pragma once\n\n"
         << "inline constexpr const char* kPreparedWeights = " << std::filesystem::path(argv[2]).filename()
         << ";\n"
         << "inline constexpr const char* kPreparedWeightsSha256 = \""
         << face_privacy::to_hex(face_privacy::sha256(*prepared)) << "\";\n";
  return file.flush() && header.flush() ? 0 : 1;
}
