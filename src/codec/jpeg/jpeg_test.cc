#include "codec/jpeg/jpeg.h"

#include <gtest/gtest.h>
// jpeglib.h needs these before it.
#include <jpeglib.h>

#include <cstddef>
#include <cstdio>

#include "codec/jpeg/metadata.h"
#include "codec/test_support.h"

namespace face_privacy {
namespace {

// What libjpeg itself says of a file. A broken one ends the test program, as libjpeg does by default.
struct JpegFacts {
  std::vector<SourceEncoding::JpegComponent> components;
  bool progressive = false;
  J_COLOR_SPACE color_space = JCS_UNKNOWN;
  bool adobe = false;
};

JpegFacts facts_of(ByteView file) {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, file.data(), file.size());
  jpeg_read_header(&info, TRUE);
  JpegFacts facts;
  facts.progressive = info.progressive_mode != FALSE;
  facts.color_space = info.jpeg_color_space;
  facts.adobe = info.saw_Adobe_marker != FALSE;
  jpeg_read_coefficients(&info);
  for (int i = 0; i < info.num_components; ++i) {
    SourceEncoding::JpegComponent component;
    component.horizontal_sampling = info.comp_info[i].h_samp_factor;
    component.vertical_sampling = info.comp_info[i].v_samp_factor;
    std::copy_n(info.comp_info[i].quant_table->quantval, 64, component.quantization.begin());
    facts.components.push_back(component);
  }
  EXPECT_EQ(errors.num_warnings, 0);
  jpeg_destroy_decompress(&info);
  return facts;
}

// A copy with bytes put in at a place.
Bytes with_inserted(Bytes file, std::size_t position, std::string_view bytes) {
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(position), bytes.begin(), bytes.end());
  return file;
}

std::size_t find_marker(const Bytes& file, std::uint8_t marker) {
  for (std::size_t i = 0; i + 1 < file.size(); ++i) {
    if (file[i] == 0xFF && file[i + 1] == marker) return i;
  }
  ADD_FAILURE() << "no such marker";
  return 0;
}

TEST(Jpeg, IsWrittenWithItsOwnTablesAndSampling) {
  for (const char* name : {"420.jpg", "422.jpg", "440.jpg", "444.jpg", "411.jpg", "gray.jpg", "rgb.jpg",
                           "cmyk.jpg", "progressive.jpg", "restart.jpg", "arithmetic.jpg"}) {
    const Bytes before = test_file(name);
    const JpegFacts source = facts_of(before);
    const JpegFacts written = facts_of(rewritten(before));
    EXPECT_EQ(written.progressive, source.progressive) << name;
    EXPECT_EQ(written.color_space, source.color_space) << name;
    ASSERT_EQ(written.components.size(), source.components.size()) << name;
    for (std::size_t i = 0; i < source.components.size(); ++i) {
      EXPECT_EQ(written.components[i].quantization, source.components[i].quantization) << name << i;
      EXPECT_EQ(written.components[i].horizontal_sampling, source.components[i].horizontal_sampling) << name;
      EXPECT_EQ(written.components[i].vertical_sampling, source.components[i].vertical_sampling) << name;
    }
  }
}

TEST(Jpeg, ASecondGenerationIsHardlyToBeSeen) {
  for (const char* name : {"420.jpg", "422.jpg", "440.jpg", "444.jpg", "411.jpg", "gray.jpg", "rgb.jpg",
                           "cmyk.jpg", "progressive.jpg", "restart.jpg", "arithmetic.jpg"}) {
    const Photo before = decoded(test_file(name));
    const Photo after = decoded(rewritten(test_file(name)));
    EXPECT_LT(mean_difference(before.pixels.view(), after.pixels.view()), 4) << name;
  }
}

TEST(Jpeg, AQualityReplacesTheTablesAndKeepsTheSampling) {
  const JpegFacts low = facts_of(encoded(decoded(test_file("422.jpg")), {.quality = 30}));
  const JpegFacts high = facts_of(encoded(decoded(test_file("422.jpg")), {.quality = 95}));
  EXPECT_GT(low.components[0].quantization[0], high.components[0].quantization[0]);
  EXPECT_EQ(low.components[0].horizontal_sampling, 2);
  EXPECT_EQ(low.components[0].vertical_sampling, 1);
}

TEST(Jpeg, OrientationTurnsPixelsTablesAndSampling) {
  const Photo upright = decoded(test_file("orientation_1.jpg"));
  const JpegFacts source = facts_of(test_file("orientation_1.jpg"));
  ASSERT_EQ(source.components[0].horizontal_sampling, 2);  // 4:2:2
  for (int orientation = 2; orientation <= 8; ++orientation) {
    const Bytes file = test_file("orientation_" + std::to_string(orientation) + ".jpg");
    const Photo turned = decoded(file);
    EXPECT_EQ(turned.frame_size(), (Size{48, 32}));
    EXPECT_LT(mean_difference(turned.pixels.view(), upright.pixels.view()), 8) << orientation;
    const Bytes written = rewritten(file);
    EXPECT_LT(mean_difference(decoded(written).pixels.view(), turned.pixels.view()), 3) << orientation;
    const JpegFacts facts = facts_of(written);
    const bool quarter = orientation >= 5;
    EXPECT_EQ(facts.components[0].horizontal_sampling, quarter ? 1 : 2) << orientation;
    EXPECT_EQ(facts.components[0].vertical_sampling, quarter ? 2 : 1) << orientation;
    // The standard table has 11 right of the corner and 12 below it.
    const auto& table = facts.components[0].quantization;
    const auto& stored = source.components[0].quantization;
    EXPECT_EQ(table[quarter ? 8 : 1], stored[1]);
    EXPECT_EQ(table[quarter ? 1 : 8], stored[8]);
  }
}

TEST(Jpeg, CmykIsInkHowEverItWasStored) {
  // Pillow stores what Adobe does, inverted; its cyan at the right edge falls with x.
  const Photo photo = decoded(test_file("cmyk.jpg"));
  const PixelLayout ink{ColorModel::kCmyk, false, 1};
  ASSERT_EQ(photo.pixels.layout(), ink);
  EXPECT_GT(photo.pixels.view().row(1)[0], 200);  // red is near 0 at the left: cyan is strong there
  EXPECT_LT(photo.pixels.view().row(1)[3], 20);   // no black
  EXPECT_TRUE(facts_of(rewritten(test_file("cmyk.jpg"))).adobe);
}

TEST(Jpeg, WhatFollowsTheEndOrStandsBetweenMarkersIsNoDamage) {
  const Bytes file = test_file("420.jpg");
  const Photo plain = decoded(file);
  const auto same = [&](const Bytes& changed) {
    return max_difference(decoded(changed).pixels.view(), plain.pixels.view()) == 0;
  };
  EXPECT_TRUE(same(with_inserted(file, file.size(), "bytes behind the end")));
  EXPECT_TRUE(same(with_inserted(file, file.size() - 2, std::string_view("\0\0\0\0", 4))));  // before EOI
  EXPECT_TRUE(same(with_inserted(file, find_marker(file, 0xDB), "\xFF\xFF\xFF")));           // fill bytes
}

TEST(Jpeg, CmykIsReadTheSameWithoutAdobesMarker) {
  Bytes file = test_file("cmyk.jpg");
  const Photo marked = decoded(file);
  const auto adobe = file.begin() + static_cast<std::ptrdiff_t>(find_marker(file, 0xEE));
  file.erase(adobe, adobe + 2 + 14);
  ASSERT_FALSE(facts_of(file).adobe);
  EXPECT_EQ(max_difference(decoded(file).pixels.view(), marked.pixels.view()), 0);
}

// Cut off behind the last MCU, or within EOI.
TEST(Jpeg, OneWithoutItsEndIsNoDamage) {
  for (const char* name :
       {"420.jpg", "422.jpg", "444.jpg", "gray.jpg", "cmyk.jpg", "progressive.jpg", "restart.jpg"}) {
    const Bytes file = test_file(name);
    const Photo whole = decoded(file);
    for (const std::size_t missing : {1U, 2U}) {
      const ByteView cut = ByteView(file).first(file.size() - missing);
      EXPECT_EQ(max_difference(decoded(cut).pixels.view(), whole.pixels.view()), 0) << name;
      EXPECT_TRUE(read_header(cut, Limits{})) << name;
    }
  }
}

TEST(Jpeg, OneWithoutItsEndAndItsLastPixelsIsDamage) {
  for (const char* name : {"420.jpg", "gray.jpg", "cmyk.jpg", "progressive.jpg", "restart.jpg"}) {
    const Bytes file = test_file(name);
    for (const std::size_t missing : {4U, 5U, 20U, 100U}) {
      EXPECT_EQ(decode_error(ByteView(file).first(file.size() - missing)), ErrorCode::kDamagedPhoto)
          << name << " " << missing;
    }
  }
  // Nobody can tell what an arithmetic-coded file lacks.
  const Bytes arithmetic = test_file("arithmetic.jpg");
  EXPECT_EQ(decode_error(ByteView(arithmetic).first(arithmetic.size() - 2)), ErrorCode::kDamagedPhoto);
  // Whole scans of a progressive file.
  const Bytes progressive = test_file("progressive.jpg");
  std::size_t scans = 0;
  for (std::size_t i = 0; i + 1 < progressive.size(); ++i) {
    if (progressive[i] != 0xFF || progressive[i + 1] != 0xDA) continue;
    if (++scans == 1) continue;  // nothing without a scan
    EXPECT_EQ(decode_error(ByteView(progressive).first(i)), ErrorCode::kDamagedPhoto) << scans;
  }
  EXPECT_GT(scans, 5U);
}

TEST(Jpeg, ScansThatGoOverThePictureAgainAndAgainAreTooCostly) {
  EXPECT_EQ(decode_error(test_file("../hostile/arithmetic_97_scans.jpg")), ErrorCode::kTooCostly);
  EXPECT_EQ(decode_error(test_file("../hostile/arithmetic_large.jpg")), ErrorCode::kTooCostly);
}

TEST(Jpeg, WhatADecoderWouldGuessIsDamage) {
  Bytes file = test_file("420.jpg");
  Bytes early_end(file.begin(), file.end() - 200);
  early_end.insert(early_end.end(), {0xFF, 0xD9});
  EXPECT_EQ(decode_error(early_end), ErrorCode::kDamagedPhoto);
  Bytes restart = test_file("restart.jpg");
  restart[find_marker(restart, 0xD0) + 1] = 0xD6;  // a restart marker of the wrong number
  EXPECT_EQ(decode_error(restart), ErrorCode::kDamagedPhoto);
  Bytes zero_table = file;
  zero_table[find_marker(zero_table, 0xDB) + 5] = 0;
  EXPECT_EQ(decode_error(zero_table), ErrorCode::kDamagedPhoto);
}

TEST(Jpeg, AHeaderThatPromisesMoreThanTheFileCanHoldTakesNoMemory) {
  Bytes file = test_file("420.jpg");
  const std::size_t frame = find_marker(file, 0xC0);
  file[frame + 5] = file[frame + 7] = 0x3A;  // about 14,900 x 14,900: within the default limits
  const auto header = read_header(file, Limits{});
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().code, ErrorCode::kDamagedPhoto);
  file[frame + 5] = file[frame + 7] = 0xFA;  // 64,000 x 64,000
  EXPECT_EQ(decode_error(file), ErrorCode::kTooManyPixels);
}

TEST(Jpeg, KindsThatAreNotReadAreRefusedByName) {
  Bytes file = test_file("420.jpg");
  const std::size_t frame = find_marker(file, 0xC0);
  file[frame + 1] = 0xC3;  // lossless
  EXPECT_EQ(decode_error(file), ErrorCode::kUnsupportedPhoto);
  file[frame + 1] = 0xC1;
  file[frame + 4] = 12;  // bits per sample
  EXPECT_EQ(decode_error(file), ErrorCode::kUnsupportedPhoto);
}

// A progressive file can ask for the whole picture again and again, in a few bytes each time.
TEST(Jpeg, EndlessScansAreStopped) {
  Bytes file = test_file("progressive.jpg");
  const std::size_t last_scan = [&] {
    std::size_t last = 0;
    for (std::size_t i = 0; i + 1 < file.size(); ++i) {
      if (file[i] == 0xFF && file[i + 1] == 0xDA) last = i;
    }
    return last;
  }();
  const Bytes scan(file.begin() + static_cast<std::ptrdiff_t>(last_scan), file.end() - 2);
  file.resize(file.size() - 2);
  for (int i = 0; i < 200; ++i) file.insert(file.end(), scan.begin(), scan.end());
  file.insert(file.end(), {0xFF, 0xD9});
  EXPECT_EQ(decode_error(file), ErrorCode::kDamagedPhoto);
}

TEST(Jpeg, OddSizesAndLargeOnesComeBack) {
  for (const Size size : {Size{1, 1}, Size{17, 3}, Size{3, 1031}, Size{1030, 770}}) {
    for (const PixelLayout layout : {kRgb8, kGray8, PixelLayout{ColorModel::kCmyk, false, 1}}) {
      const Photo photo = decoded(
          encoded(sample_photo(size, layout, Format::kTiff), {.format = Format::kJpeg, .quality = 100}));
      EXPECT_LT(mean_difference(photo.pixels.view(), sample_image(size, layout).view()), 3);
    }
  }
}

TEST(JpegMetadata, ProfilesOfManySegmentsAreAssembled) {
  Bytes profile(150'000);
  for (std::size_t i = 0; i < profile.size(); ++i) profile[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  Bytes file{0xFF, 0xD8};
  append_icc_segments(profile, file);
  EXPECT_EQ(read_jpeg_metadata(file).icc_profile, profile);
  // A missing segment leaves none.
  const Bytes cut(file.begin(), file.begin() + 140'000);
  EXPECT_TRUE(read_jpeg_metadata(cut).icc_profile.empty());
}

TEST(JpegMetadata, ReadsOrientationAndProfileBeforeTheFirstScanOnly) {
  EXPECT_EQ(read_jpeg_metadata(test_file("metadata.jpg")).orientation, 6);
  EXPECT_FALSE(read_jpeg_metadata(test_file("metadata.jpg")).icc_profile.empty());
  EXPECT_EQ(read_jpeg_metadata(test_file("420.jpg")).orientation, 1);
  EXPECT_EQ(read_jpeg_metadata(Bytes{0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF}).orientation, 1);
}

}  // namespace
}  // namespace face_privacy
