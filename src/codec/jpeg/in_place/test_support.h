// JPEG files of many kinds for tests, and libjpeg's view of a file's coefficients.
#pragma once

#include <cstdint>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "codec/jpeg/in_place/editor.h"
#include "image/image.h"
#include "redact/redact.h"

namespace face_privacy::jpeg_test {

struct Sampling {
  int horizontal;  // of the first component; the others have 1
  int vertical;
};

enum class Coding { kBaseline, kProgressive, kArithmetic, kScanPerComponent };

struct Recipe {
  Size size{64, 64};
  int components = 3;  // 1: gray, 3: YCbCr, or RGB as it is
  bool rgb = false;
  Sampling sampling{2, 2};
  int quality = 85;
  int restart_interval = 0;  // MCUs
  bool optimize = false;     // Huffman tables that hold what the file needs and no more
  Coding coding = Coding::kBaseline;
  unsigned seed = 1;

  std::string name() const;
};

// A picture with edges, slopes and noise, the same for the same recipe.
Image make_picture(const Recipe& recipe);
Bytes make_jpeg(const Recipe& recipe);
Bytes make_jpeg(const Recipe& recipe, const ImageView& picture);

// One scan of a progressive file, as T.81 has its parameters.
struct ScanRecipe {
  std::vector<int> components;
  int first, last;  // coefficients
  int high, low;    // bits
};
// A progressive file of these scans.
Bytes make_jpeg(const Recipe& recipe, const ImageView& picture, std::span<const ScanRecipe> scans);
// All bits of all coefficients, in bands, bits and an order that are allowed.
std::vector<ScanRecipe> make_scans(int components, std::mt19937& random);

// All sampling factors, optimized tables and restart intervals among them, at sizes that do and do
// not divide into MCUs.
std::vector<Recipe> many_recipes();

// The file with an EXIF segment that says so, behind SOI.
Bytes with_orientation(const Bytes& file, int orientation);

// Every block of every component, as libjpeg reads them.
struct Coefficients {
  struct Plane {
    int blocks_across = 0;  // those that hold pixels of the picture
    int blocks_down = 0;
    int horizontal_sampling = 1;
    int vertical_sampling = 1;
    std::vector<std::int16_t> values;  // 64 for each block, row by row
    const std::int16_t* block(int x, int y) const {
      return values.data() + 64 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(blocks_across) +
                                   static_cast<std::size_t>(x));
    }
  };
  std::vector<Plane> planes;
};

// Throws std::runtime_error if libjpeg has an error or even a warning.
Coefficients read_coefficients(ByteView file);

Size mcu_size(const Coefficients& coefficients);

// The samples of each component as libjpeg decodes them, in whole MCUs. Warnings do not count.
std::vector<Image> read_samples(ByteView file);

// Those of the upright picture, for a stored one that EXIF turns.
Coefficients turned_upright(const Coefficients& stored, int orientation);

struct Difference {
  std::size_t coefficients_outside = 0;  // the MCUs that meet one of the rectangles
  std::size_t blocks_inside = 0;
};
// Throws std::runtime_error if the files have different shapes.
Difference compare(const Coefficients& a, const Coefficients& b, std::span<const Rect> changed);

// The file with regions redacted, each group of them in samples of the whole picture.
Bytes redacted(const JpegEditor& editor, std::span<const Region> regions, const RedactOptions& options);
// What it may change, as closely as the rows of MCUs allow.
std::vector<Rect> bands_of(const JpegEditor& editor, std::span<const Region> regions);

Bytes read_file(const std::filesystem::path& path);
// JPEG files below a folder, in the order of their paths; none if there is no such folder.
std::vector<std::filesystem::path> jpeg_files(const std::filesystem::path& folder);
struct RealPhoto {
  std::filesystem::path path;
  bool edited_in_place = true;  // false: a coding or a sampling that JpegEditor leaves to the general path
};
// The demo photos that come with an npm package, files of other encoders, and a portrait in several
// codings. Each of them is there; a test that needs it fails where it is not.
std::vector<RealPhoto> real_photos();
// JPEG files below the folder that FACE_PRIVACY_TEST_PHOTOS names, for who has more at hand; none
// where it is not set.
std::vector<std::filesystem::path> more_photos();

}  // namespace face_privacy::jpeg_test
