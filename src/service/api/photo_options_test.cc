#include "service/api/photo_options.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

OrProblem<PhotoOptions> blur(std::vector<OptionField> fields) { return parse_photo_options(fields, {}); }

std::string_view code_of(const OrProblem<PhotoOptions>& parsed) {
  return parsed ? "" : name_of(parsed.error().code);
}

TEST(PhotoOptions, ReadsEachOption) {
  const auto options = blur({{"profile", "fast"},
                             {"min_score", "0.25"},
                             {"style", "fill"},
                             {"shape", "box"},
                             {"margin", "0.5"},
                             {"cells", "3"},
                             {"color", "#336699"},
                             {"regions", "[[1, 2.5, 3, 4]]"},
                             {"keep", R"([{"x": 5, "y": 6, "width": 7, "height": 8}])"},
                             {"detect", "false"},
                             {"format", "webp"},
                             {"quality", "77"}});
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_EQ(options->detection.profile, Profile::kFast);
  EXPECT_FLOAT_EQ(*options->detection.min_score, 0.25F);
  EXPECT_EQ(options->redaction.style, Style::kFill);
  EXPECT_EQ(options->redaction.shape, Shape::kBox);
  EXPECT_FLOAT_EQ(options->redaction.margin, 0.5F);
  EXPECT_EQ(options->redaction.cells, 3);
  EXPECT_EQ(options->redaction.color.blue, 0x99);
  ASSERT_EQ(options->regions.size(), 1);
  EXPECT_FLOAT_EQ(options->regions[0].box.y, 2.5F);
  ASSERT_EQ(options->keep.size(), 1);
  EXPECT_FLOAT_EQ(options->keep[0].height, 8);
  EXPECT_FALSE(options->detect);
  EXPECT_EQ(options->encoding.format, Format::kWebp);
  EXPECT_EQ(options->encoding.quality, 77);
}

TEST(PhotoOptions, ARegionMayHaveALookOfItsOwn) {
  const auto options =
      blur({{"regions",
             R"([{"x":1,"y":2,"width":3,"height":4,"style":"fill","shape":"box","margin":0},[1,2,3,4]])"}});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->regions[0].style, Style::kFill);
  EXPECT_EQ(options->regions[0].shape, Shape::kBox);
  EXPECT_EQ(options->regions[0].margin, 0.F);
  EXPECT_FALSE(options->regions[1].style);
}

TEST(PhotoOptions, KeepsTheDefaultsWhereNothingIsSaid) {
  const auto options = parse_photo_options({}, {Profile::kThorough, 0.7F});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->detection.profile, Profile::kThorough);
  EXPECT_FLOAT_EQ(*options->detection.min_score, 0.7F);
  EXPECT_TRUE(options->detect);
  EXPECT_FALSE(options->encoding.format);
}

TEST(PhotoOptions, RefusesUnknownOnesByName) {
  const auto options = blur({{"stlye", "fill"}});
  EXPECT_EQ(code_of(options), "unknown_option");
  EXPECT_NE(options.error().detail.find("\"stlye\""), std::string::npos);
  EXPECT_NE(options.error().detail.find("style"), std::string::npos);
  // What could be more than a name is not repeated.
  const auto strange = blur({{"<script>", ""}});
  EXPECT_EQ(strange.error().detail.find('<'), std::string::npos);
  EXPECT_FALSE(parse_detect_options(std::vector<OptionField>{{"style", "fill"}}, {}));
}

TEST(PhotoOptions, RefusesTwiceTheSame) {
  EXPECT_EQ(code_of(blur({{"style", "fill"}, {"style", "fill"}})), "duplicate_option");
}

TEST(PhotoOptions, RefusesValuesOutOfPlace) {
  const std::vector<OptionField> wrong{
      {"profile", ""},
      {"profile", "FAST"},
      {"min_score", "1.1"},
      {"min_score", "-0.1"},
      {"min_score", "nan"},
      {"min_score", "0.5x"},
      {"style", "none"},
      {"shape", "circle"},
      {"margin", "-1"},
      {"margin", "2.1"},
      {"margin", "inf"},
      {"cells", "0"},
      {"cells", "7"},
      {"cells", "2.5"},
      {"color", "reddish"},
      {"detect", "no"},
      {"format", "heic"},
      {"format", "gif"},
      {"quality", "0"},
      {"quality", "101"},
      {"regions", ""},
      {"regions", "[1,2,3,4]"},
      {"regions", "[[1,2,3]]"},
      {"regions", "[[1,2,3,4,5]]"},
      {"regions", "[[1,2,0,4]]"},
      {"regions", "[[1,2,3,-4]]"},
      {"regions", "[[1,2,3,1e39]]"},
      {"regions", "[[1,2,3,\"4\"]]"},
      {"regions", "[[1,2,3,4]"},
      {"regions", "[[1,2,3,4]] x"},
      {"regions", R"([{"x":1,"y":2,"width":3,"height":4,"shape":"star"}])"},
      {"regions", R"([{"x":1,"y":2,"width":3,"height":4,"style":"star"}])"},
      {"regions", R"([{"x":1,"y":2,"width":3,"height":4,"style":null}])"},
      {"regions", R"([{"x":1,"y":2,"width":3,"height":4,"shape":1}])"},
      {"regions", R"([{"x":1,"y":2,"width":3,"height":4,"margin":"1"}])"},
      {"regions", R"([{"x":1,"y":2,"width":3,"height":4,"margin":2.5}])"},
      {"regions", R"([{"x":1,"y":2,"width":3,"height":4,"margin":-1}])"},
      {"keep", R"([{"x":1,"y":2,"width":3,"height":4,"shape":"box"}])"},
      {"keep", R"([{"x":1,"y":2,"width":3}])"},
      {"keep", R"([{"x":1,"y":2,"width":3,"height":4,"z":5}])"},
      {"keep", "{}"},
      {"keep", "null"},
  };
  for (const OptionField& field : wrong) {
    EXPECT_EQ(code_of(blur({field})), "invalid_option") << field.name << "=" << field.value;
  }
}

TEST(PhotoOptions, BoundsTheNumberOfBoxes) {
  std::string boxes = "[[1,2,3,4]";
  for (std::size_t i = 0; i < kMaxBoxes; ++i) boxes += ",[1,2,3,4]";
  EXPECT_EQ(code_of(blur({{"regions", boxes + "]"}})), "invalid_option");
}

}  // namespace
}  // namespace face_privacy
