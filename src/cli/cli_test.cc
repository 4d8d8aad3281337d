#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "cli/names.h"
#include "cli/photo_files.h"
#include "cli/result_files.h"
#include "cli/result_names.h"
#include "cli/shared_options.h"

namespace face_privacy {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "face-privacy-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void make(const fs::path& relative, const std::string& content = "x") {
    fs::create_directories((folder_ / relative).parent_path());
    std::ofstream(folder_ / relative, std::ios::binary) << content;
  }

  fs::path folder_;
};

TEST(BoxText, IsFourNumbersWithAnArea) {
  const auto box = box_from_text("1,2.5,30,40");
  ASSERT_TRUE(box);
  EXPECT_FLOAT_EQ(box->y, 2.5F);
  EXPECT_TRUE(box_from_text("-5,-5,10,10"));
  for (const char* text :
       {"", "1,2,3", "1,2,3,4,5", "1,2,0,4", "1,2,3,-4", "a,b,c,d", "1 ,2,3,4", "nan,0,1,1", "1,2,3,inf"}) {
    EXPECT_FALSE(box_from_text(text)) << text;
  }
}

TEST(RegionText, IsABoxWithALookOfItsOwnIfItHasOne) {
  const auto plain = region_from_text("1,2.5,3e1,40");
  ASSERT_TRUE(plain);
  EXPECT_FLOAT_EQ(plain->box.width, 30);
  EXPECT_FALSE(plain->style || plain->shape || plain->margin);
  const auto region = region_from_text("1,2,30,40,style=fill,margin=0.5,shape=box");
  ASSERT_TRUE(region);
  EXPECT_EQ(region->style, Style::kFill);
  EXPECT_EQ(region->shape, Shape::kBox);
  EXPECT_FLOAT_EQ(*region->margin, 0.5F);
  for (const char* text :
       {"", "1,2,3", "1,2,3,4,", "1,2,3,4,5", "1,2,3,4,style", "1,2,3,4,style=", "1,2,3,4,style=star",
        "1,2,3,4,margin=3", "1,2,3,4,margin=-1", "1,2,3,4,margin=nan", "1,2,3,4,margin=1x",
        "1,2,3,4,style=fill,style=fill", "1,2,3,4,color=red", "1,2,3,4style=fill", "1,2,3,style=fill"}) {
    EXPECT_FALSE(region_from_text(text)) << text;
  }
}

TEST_F(FilesTest, AWalkFindsPhotosByNameOrContentAndCountsTheRest) {
  make("a.JPG");
  make("sub/b.png");
  make("sub/no-extension", "\xFF\xD8\xFF\xE0 0000000000");
  make("notes.txt", "plain words");
  make(".hidden.jpg");
  make("a-redacted.jpg");
  make("out/a.jpg");
  const PhotoList list = list_photos({folder_.string()}, folder_ / "out");
  ASSERT_EQ(list.photos.size(), 3U);
  EXPECT_EQ(list.photos[0].relative, "a.JPG");
  EXPECT_EQ(list.photos[1].relative, "sub/b.png");
  EXPECT_EQ(list.photos[2].relative, "sub/no-extension");
  EXPECT_EQ(list.skipped_other, 1);
  EXPECT_EQ(list.skipped_hidden, 1);
  EXPECT_EQ(list.skipped_outputs, 2);
}

TEST(OutputPath, StandsBesideThePhotoUnderANameThatSaysRedacted) {
  EXPECT_EQ(output_path({"d/a.jpeg", "a.jpeg", false}, "", false, Format::kJpeg, Format::kJpeg),
            "d/a-redacted.jpeg");
  EXPECT_EQ(output_path({"d/a.heic", "a.heic", false}, "", false, Format::kHeic, Format::kJpeg),
            "d/a-redacted.jpg");
  EXPECT_EQ(output_path({"d/a", "a", false}, "", false, Format::kPng, Format::kPng), "d/a-redacted.png");
}

TEST(OutputPath, MirrorsTheTreeInAFolderAndTakesAFileAsItIs) {
  EXPECT_EQ(output_path({"in/x/a.png", "x/a.png", true}, "out", true, Format::kPng, Format::kWebp),
            "out/x/a.webp");
  EXPECT_EQ(output_path({"in/a.png", "a.png", false}, "b.jpg", false, Format::kPng, Format::kJpeg), "b.jpg");
}

TEST_F(FilesTest, EachNameIsSettledOnceHoweverManyAreThere) {
  // Asking of each result whether it is any of the inputs would run into the time limit of a test.
  constexpr int kPhotoCount = 12'000;
  const std::string png = "\x89PNG\r\n\x1A\n";
  for (int i = 0; i < kPhotoCount; ++i) {
    make("in/" + std::to_string(i) + ".png", png);
    make("out/" + std::to_string(i) + ".png");
  }
  const PhotoList list = list_photos({(folder_ / "in").string()}, folder_ / "out");
  ASSERT_EQ(list.photos.size(), std::size_t{kPhotoCount});
  ResultNames names(list, folder_ / "out", true, {});
  EXPECT_TRUE(names.problems().empty());
  EXPECT_EQ(*names.take(list.photos[7], Format::kPng), folder_ / "out" / list.photos[7].relative);
}

TEST(Names, ReachATerminalWithoutControlCharacters) {
  EXPECT_EQ(printable("caf\xC3\xA9 \xE2\x82\xAC.jpg"), "caf\xC3\xA9 \xE2\x82\xAC.jpg");
  EXPECT_EQ(printable("a\x1B[31m\n\x7F"), "a\\x1b[31m\\x0a\\x7f");
  EXPECT_EQ(printable("caf\xE9"), "caf\\xe9");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");  // the 8-bit form of ESC [
}

TEST(Names, BecomeValidUtf8) {
  const std::string replaced = "\xEF\xBF\xBD";
  EXPECT_EQ(utf8_text("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  // Cut short, overlong, a surrogate, beyond Unicode, a stray continuation.
  EXPECT_EQ(utf8_text("\xE2\x82"), replaced + replaced);
  EXPECT_EQ(utf8_text("\xC0\xAF"), replaced + replaced);
  EXPECT_EQ(utf8_text("\xED\xA0\x80"), replaced + replaced + replaced);
  EXPECT_EQ(utf8_text("\xF4\x90\x80\x80"), replaced + replaced + replaced + replaced);
  EXPECT_EQ(utf8_text("\x80"), replaced);
}

TEST(Names, AreOneWithoutCaseAndTwoWithOtherLetters) {
  EXPECT_EQ(folded_case("IMG_\xC3\x84.JPG"), folded_case("img_\xC3\xA4.jpg"));
  EXPECT_NE(folded_case("a.jpg"), folded_case("b.jpg"));
  EXPECT_NE(folded_case("\xE9"), folded_case("\xC3\xA9"));
}

TEST_F(FilesTest, AFileIsReplacedWholeAndNoTemporaryStays) {
  const fs::path path = folder_ / "new" / "a.jpg";
  ASSERT_TRUE(write_file(path, Bytes{1, 2, 3}));
  ASSERT_TRUE(write_file(path, Bytes{4, 5}));
  const auto read = read_file(path, 10);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (Bytes{4, 5}));
  EXPECT_EQ(std::distance(fs::directory_iterator(path.parent_path()), fs::directory_iterator()), 1);
}

TEST_F(FilesTest, AFailedWriteLeavesNothing) {
  make("file");
  EXPECT_FALSE(write_file(folder_ / "file" / "a.jpg", Bytes{1}));
  fs::create_directory(folder_ / "target");
  EXPECT_FALSE(write_file(folder_ / "target", Bytes{1}));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2);
}

TEST_F(FilesTest, ReadingStopsAtTheLimit) {
  make("big", std::string(1000, 'x'));
  EXPECT_EQ(read_file(folder_ / "big", 999).error().code, ErrorCode::kTooManyBytes);
  EXPECT_TRUE(read_file(folder_ / "big", 1000));
  EXPECT_EQ(read_file(folder_ / "none", 10).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace face_privacy
