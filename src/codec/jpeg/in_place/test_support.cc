#include "codec/jpeg/in_place/test_support.h"

#include <cstdio>

#include "redact/in_place.h"
#include "test_paths.h"
// cstdio first: jpeglib.h needs FILE.
#include <jpeglib.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>
#include <random>
#include <stdexcept>

namespace face_privacy::jpeg_test {
namespace {

// Test code may throw through libjpeg: Debian builds it with unwind tables, and what it allocated is
// freed by the owner of the struct.
[[noreturn]] void throw_message(j_common_ptr info) {
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  throw std::runtime_error(text);
}

void throw_on_warning(j_common_ptr info, int level) {
  if (level < 0) throw_message(info);
}

void set_up(jpeg_error_mgr& errors) {
  jpeg_std_error(&errors);
  errors.error_exit = throw_message;
  errors.emit_message = throw_on_warning;
}

struct Decompressor {
  Decompressor() {
    set_up(errors);
    info.err = &errors;
    jpeg_create_decompress(&info);
  }
  ~Decompressor() { jpeg_destroy_decompress(&info); }
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
};

struct Compressor {
  Compressor() {
    set_up(errors);
    info.err = &errors;
    jpeg_create_compress(&info);
  }
  ~Compressor() {
    jpeg_destroy_compress(&info);
    std::free(buffer);
  }
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
};

}  // namespace

std::string Recipe::name() const {
  static constexpr const char* kCodings[] = {"", "_progressive", "_arithmetic", "_scans"};
  return std::to_string(size.width) + "x" + std::to_string(size.height) + "_c" + std::to_string(components) +
         (rgb ? "rgb" : "") + "_s" + std::to_string(sampling.horizontal) + std::to_string(sampling.vertical) +
         "_q" + std::to_string(quality) +
         (restart_interval > 0 ? "_r" + std::to_string(restart_interval) : "") + (optimize ? "_o" : "") +
         kCodings[static_cast<int>(coding)];
}

Image make_picture(const Recipe& recipe) {
  Image image(recipe.size, recipe.components == 1 ? kGray8 : kRgb8);
  const MutableImageView view = image.mutable_view();
  std::mt19937 random(recipe.seed);
  const int channels = image.layout().channels();
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      const bool square = (x / 13 + y / 11) % 3 == 0;
      const int noise = (x / 40) % 2 == 0 ? static_cast<int>(random() % 64) - 32 : 0;
      for (int c = 0; c < channels; ++c) {
        const int slope = (x * (3 + c) + y * (5 - c)) / 4 % 256;
        const int value = (square ? 255 - slope : slope) + noise;
        view.row(y)[x * channels + c] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
      }
    }
  }
  return image;
}

Bytes make_jpeg(const Recipe& recipe) { return make_jpeg(recipe, make_picture(recipe).view()); }

Bytes make_jpeg(const Recipe& recipe, const ImageView& picture) { return make_jpeg(recipe, picture, {}); }

Bytes make_jpeg(const Recipe& recipe, const ImageView& picture, std::span<const ScanRecipe> scans) {
  Compressor jpeg;
  jpeg_compress_struct& info = jpeg.info;
  jpeg_mem_dest(&info, &jpeg.buffer, &jpeg.size);
  info.image_width = static_cast<JDIMENSION>(picture.width);
  info.image_height = static_cast<JDIMENSION>(picture.height);
  info.input_components = picture.layout.channels();
  info.in_color_space = picture.layout.channels() == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  if (recipe.rgb) jpeg_set_colorspace(&info, JCS_RGB);
  jpeg_set_quality(&info, recipe.quality, TRUE);
  info.comp_info[0].h_samp_factor = recipe.sampling.horizontal;
  info.comp_info[0].v_samp_factor = recipe.sampling.vertical;
  info.restart_interval = static_cast<unsigned>(recipe.restart_interval);
  info.optimize_coding = recipe.optimize ? TRUE : FALSE;
  info.arith_code = recipe.coding == Coding::kArithmetic ? TRUE : FALSE;
  if (recipe.coding == Coding::kProgressive) jpeg_simple_progression(&info);
  static constexpr jpeg_scan_info kScans[3] = {
      {1, {0, 0, 0, 0}, 0, 63, 0, 0}, {1, {1, 0, 0, 0}, 0, 63, 0, 0}, {1, {2, 0, 0, 0}, 0, 63, 0, 0}};
  if (recipe.coding == Coding::kScanPerComponent) {
    info.scan_info = kScans;
    info.num_scans = info.num_components;
  }
  std::vector<jpeg_scan_info> chosen;
  for (const ScanRecipe& scan : scans) {
    jpeg_scan_info& to = chosen.emplace_back();
    to = {static_cast<int>(scan.components.size()), {}, scan.first, scan.last, scan.high, scan.low};
    std::copy(scan.components.begin(), scan.components.end(), to.component_index);
  }
  if (!chosen.empty()) {
    info.scan_info = chosen.data();
    info.num_scans = static_cast<int>(chosen.size());
  }
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(picture.row(static_cast<int>(info.next_scanline)));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return Bytes(jpeg.buffer, jpeg.buffer + jpeg.size);
}

std::vector<ScanRecipe> make_scans(int components, std::mt19937& random) {
  const auto below = [&](int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); };
  std::vector<std::vector<ScanRecipe>> bands;  // the scans of each come one after the other
  const auto add_band = [&](const std::vector<int>& of, int first, int last) {
    const int low = below(4);
    auto& band = bands.emplace_back();
    band.push_back({of, first, last, 0, low});
    for (int bit = low; bit > 0; --bit) band.push_back({of, first, last, bit, bit - 1});
  };
  const bool together = below(2) == 0;
  for (int c = 0; c < components; ++c) {
    if (!together) add_band({c}, 0, 0);
    if (together && c == 0) {
      std::vector<int> all(static_cast<std::size_t>(components));
      std::iota(all.begin(), all.end(), 0);
      add_band(all, 0, 0);
    }
  }
  std::vector<ScanRecipe> scans;  // DC first: AC coefficients come after those of their component
  scans.reserve(bands.size());
  for (const auto& band : bands) scans.push_back(band[0]);
  for (auto& band : bands) band.erase(band.begin());
  for (int c = 0; c < components; ++c) {
    for (int first = 1; first < 64;) {
      const int last = std::min(63, first + below(below(2) == 0 ? 8 : 64));
      add_band({c}, first, last);
      first = last + 1;
    }
  }
  while (!bands.empty()) {
    const auto at = bands.begin() + below(static_cast<int>(bands.size()));
    if (at->empty()) {
      bands.erase(at);
      continue;
    }
    scans.push_back(at->front());
    at->erase(at->begin());
  }
  return scans;
}

std::vector<Recipe> many_recipes() {
  std::vector<Recipe> recipes;
  const Sampling samplings[] = {{1, 1}, {2, 1}, {2, 2}, {1, 2}, {4, 1}, {1, 4}, {4, 2}, {2, 4}, {3, 1}};
  unsigned seed = 1;
  for (const Sampling& sampling : samplings) {
    for (const Size size : {Size{96, 64}, Size{161, 119}, Size{47, 203}}) {
      for (const int restart_interval : {0, 1, 5}) {
        Recipe recipe;
        recipe.size = size;
        recipe.sampling = sampling;
        recipe.restart_interval = restart_interval;
        recipe.optimize = seed % 2 == 0;
        recipe.quality = static_cast<int>(10 + seed * 37 % 91);
        recipe.seed = seed++;
        recipes.push_back(recipe);
      }
    }
  }
  for (const int restart_interval : {0, 3}) {
    for (const bool optimize : {false, true}) {
      recipes.push_back(
          {{150, 90}, 1, false, {1, 1}, 80, restart_interval, optimize, Coding::kBaseline, seed++});
      recipes.push_back(
          {{150, 90}, 1, false, {2, 2}, 95, restart_interval, optimize, Coding::kBaseline, seed++});
      recipes.push_back(
          {{150, 90}, 3, true, {1, 1}, 90, restart_interval, optimize, Coding::kBaseline, seed++});
    }
  }
  return recipes;
}

Bytes with_orientation(const Bytes& file, int orientation) {
  // One entry: tag 0x0112, a short.
  Bytes out{0xff, 0xd8, 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'I', 'I', '*', 0, 8, 0, 0,
            0,    1,    0,    0x12, 1, 3,  0,   1,   0,   0,   0, 0, 0,   0,   0,   0, 0, 0, 0};
  out[30] = static_cast<std::uint8_t>(orientation);
  out.resize(out.size() + file.size() - 2);
  std::copy(file.begin() + 2, file.end(), out.end() - static_cast<std::ptrdiff_t>(file.size() - 2));
  return out;
}

Coefficients read_coefficients(ByteView file) {
  Decompressor jpeg;
  jpeg_decompress_struct& info = jpeg.info;
  jpeg_mem_src(&info, file.data(), file.size());
  jpeg_read_header(&info, TRUE);
  jvirt_barray_ptr* arrays = jpeg_read_coefficients(&info);
  Coefficients coefficients;
  for (int c = 0; c < info.num_components; ++c) {
    const jpeg_component_info& component = info.comp_info[c];
    Coefficients::Plane& plane = coefficients.planes.emplace_back();
    plane.blocks_across = static_cast<int>(component.width_in_blocks);
    plane.blocks_down = static_cast<int>(component.height_in_blocks);
    plane.horizontal_sampling = info.num_components == 1 ? 1 : component.h_samp_factor;
    plane.vertical_sampling = info.num_components == 1 ? 1 : component.v_samp_factor;
    for (JDIMENSION y = 0; y < component.height_in_blocks; ++y) {
      const JBLOCKARRAY rows =
          info.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&info), arrays[c], y, 1, FALSE);
      const JCOEF* row = rows[0][0];
      plane.values.insert(plane.values.end(), row, row + std::size_t{64} * component.width_in_blocks);
    }
  }
  jpeg_finish_decompress(&info);
  return coefficients;
}

std::vector<Image> read_samples(ByteView file) {
  Decompressor jpeg;
  jpeg_decompress_struct& info = jpeg.info;
  jpeg.errors.emit_message = [](j_common_ptr, int) {};
  jpeg_mem_src(&info, file.data(), file.size());
  jpeg_read_header(&info, TRUE);
  info.raw_data_out = TRUE;
  info.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&info);
  // libjpeg writes whole MCUs, so there is room behind the blocks that the picture has.
  std::vector<Image> padded;
  for (int c = 0; c < info.num_components; ++c) {
    const jpeg_component_info& component = info.comp_info[c];
    const int mcus_across =
        static_cast<int>((info.image_width + 8 * info.max_h_samp_factor - 1) / (8 * info.max_h_samp_factor));
    const int mcus_down =
        static_cast<int>((info.image_height + 8 * info.max_v_samp_factor - 1) / (8 * info.max_v_samp_factor));
    padded.emplace_back(
        Size{mcus_across * component.h_samp_factor * 8, mcus_down * component.v_samp_factor * 8}, kGray8);
  }
  const int rows_at_a_time = 8 * info.max_v_samp_factor;
  for (int mcu = 0; info.output_scanline < info.output_height; ++mcu) {
    std::vector<std::vector<JSAMPROW>> rows(padded.size());
    std::vector<JSAMPARRAY> planes;
    for (std::size_t c = 0; c < padded.size(); ++c) {
      const int height = 8 * info.comp_info[c].v_samp_factor;
      for (int y = 0; y < height; ++y) rows[c].push_back(padded[c].mutable_view().row(mcu * height + y));
      planes.push_back(rows[c].data());
    }
    jpeg_read_raw_data(&info, planes.data(), static_cast<JDIMENSION>(rows_at_a_time));
  }
  jpeg_abort_decompress(&info);
  return padded;
}

Size mcu_size(const Coefficients& coefficients) {
  Size mcu{8, 8};
  for (const Coefficients::Plane& plane : coefficients.planes) {
    mcu.width = std::max(mcu.width, 8 * plane.horizontal_sampling);
    mcu.height = std::max(mcu.height, 8 * plane.vertical_sampling);
  }
  return mcu;
}

// As EXIF numbers them: mirrored left to right, then top to bottom, then with sides exchanged.
Coefficients turned_upright(const Coefficients& stored, int orientation) {
  struct Turn {
    bool mirror_x, mirror_y, exchange;
  };
  static constexpr Turn kTurns[] = {{},
                                    {false, false, false},
                                    {true, false, false},
                                    {true, true, false},
                                    {false, true, false},
                                    {false, false, true},
                                    {false, true, true},
                                    {true, true, true},
                                    {true, false, true}};
  const Turn turn = kTurns[orientation];
  Coefficients upright = stored;
  for (std::size_t c = 0; c < stored.planes.size(); ++c) {
    const Coefficients::Plane& from = stored.planes[c];
    Coefficients::Plane& to = upright.planes[c];
    if (turn.exchange) {
      std::swap(to.blocks_across, to.blocks_down);
      std::swap(to.horizontal_sampling, to.vertical_sampling);
    }
    for (int y = 0; y < from.blocks_down; ++y) {
      for (int x = 0; x < from.blocks_across; ++x) {
        int to_x = turn.mirror_x ? from.blocks_across - 1 - x : x;
        int to_y = turn.mirror_y ? from.blocks_down - 1 - y : y;
        if (turn.exchange) std::swap(to_x, to_y);
        auto* const block = const_cast<std::int16_t*>(to.block(to_x, to_y));
        for (int v = 0; v < 8; ++v) {
          for (int u = 0; u < 8; ++u) {
            const int value = from.block(x, y)[8 * v + u];
            const bool negative = (turn.mirror_x && u % 2 == 1) != (turn.mirror_y && v % 2 == 1);
            block[turn.exchange ? 8 * u + v : 8 * v + u] =
                static_cast<std::int16_t>(negative ? -value : value);
          }
        }
      }
    }
  }
  return upright;
}

Difference compare(const Coefficients& a, const Coefficients& b, std::span<const Rect> changed) {
  if (a.planes.size() != b.planes.size()) throw std::runtime_error("another number of components");
  Difference difference;
  const Size mcu = mcu_size(a);
  for (std::size_t c = 0; c < a.planes.size(); ++c) {
    const Coefficients::Plane& plane = a.planes[c];
    if (plane.values.size() != b.planes[c].values.size())
      throw std::runtime_error("another number of blocks");
    for (int y = 0; y < plane.blocks_down; ++y) {
      for (int x = 0; x < plane.blocks_across; ++x) {
        const Rect pixels{x / plane.horizontal_sampling * mcu.width, y / plane.vertical_sampling * mcu.height,
                          mcu.width, mcu.height};
        const bool inside = std::any_of(changed.begin(), changed.end(),
                                        [&](const Rect& rect) { return !intersect(rect, pixels).empty(); });
        const std::int16_t* p = plane.block(x, y);
        const std::int16_t* q = b.planes[c].block(x, y);
        if (inside) {
          difference.blocks_inside += !std::equal(p, p + 64, q);
        } else {
          for (int i = 0; i < 64; ++i) difference.coefficients_outside += p[i] != q[i];
        }
      }
    }
  }
  return difference;
}

std::vector<Rect> bands_of(const JpegEditor& editor, std::span<const Region> regions) {
  std::vector<Rect> all;
  for (const Region& region : regions) {
    const auto bands = region.bands(editor.size(), editor.mcu_height_px());
    all.insert(all.end(), bands.begin(), bands.end());
  }
  return all;
}

namespace {

// An editor that decodes the whole picture for each part, exactly.
struct WholePicture {
  using Edits = JpegEdits;
  const JpegEditor& editor;

  Size size() const { return editor.size(); }
  const std::vector<JpegPlane>& planes() const { return editor.planes(); }
  int mcu_height_px() const { return editor.mcu_height_px(); }
  Rect patch_area(const Rect& /*area*/) const { return {0, 0, size().width, size().height}; }
  std::vector<std::vector<int>> groups(std::span<const std::vector<Rect>> changes) const {
    return editor.groups(changes);
  }
  PlanePatches decode(const Rect& area) const { return editor.decode(area); }
  PlanePatches decode(const Rect& area, std::span<const Rect> /*exact*/) const { return editor.decode(area); }
  EditedMcus encode(const RedactedPlanePatches& patches, std::span<const Rect> changed) const {
    return editor.encode(patches, changed);
  }
};

}  // namespace

Bytes redacted(const JpegEditor& editor, std::span<const Region> regions, const RedactOptions& options) {
  return editor.write(*Redactor::redact_in_place(WholePicture{editor}, regions, options, {}));
}

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes{std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> jpeg_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".jpg" || extension == ".jpeg" || extension == ".JPG"))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<RealPhoto> real_photos() {
  const std::filesystem::path demo = test_paths::kDemoPhotos;
  const std::filesystem::path encoders = std::filesystem::path(test_paths::kTestdata) / "encoders";
  const std::filesystem::path photos = std::filesystem::path(test_paths::kTestdata) / "photos";
  return {
      {demo / "sample1.jpg"},
      {demo / "sample2.jpg"},
      {demo / "sample3.jpg"},
      {demo / "sample4.jpg"},
      {demo / "sample5.jpg"},
      {demo / "sample6.jpg"},
      {encoders / "ffmpeg420.jpg"},
      {encoders / "ffmpeg422.jpg", false},
      {encoders / "ffmpeg444.jpg", false},
      {encoders / "go.jpg"},
      {encoders / "java.jpg"},
      {photos / "portrait_420.jpg"},
      {photos / "portrait_422_optimized.jpg"},
      {photos / "portrait_444.jpg"},
      {photos / "portrait_gray.jpg"},
      {photos / "portrait_progressive.jpg"},
  };
}

std::vector<std::filesystem::path> more_photos() {
  const char* folder = std::getenv("FACE_PRIVACY_TEST_PHOTOS");
  return folder != nullptr ? jpeg_files(folder) : std::vector<std::filesystem::path>{};
}

}  // namespace face_privacy::jpeg_test
