#include "base/on_demand_library.h"

#include <gtest/gtest.h>

#include <stdexcept>

#define ZLIB_FUNCTIONS(X) X(zError) X(zlibVersion)
#define LACKING_FUNCTIONS(X) X(face_privacy_function_that_nobody_has)
#define MISSING_FUNCTIONS(X) X(face_privacy_function_of_no_library)
FACE_PRIVACY_ON_DEMAND(zlib, "libz.so.1", ZLIB_FUNCTIONS)
FACE_PRIVACY_ON_DEMAND(lacking, "libz.so.1", LACKING_FUNCTIONS)
FACE_PRIVACY_ON_DEMAND(missing, "libface-privacy-missing.so", MISSING_FUNCTIONS)

extern "C" const char* zlibVersion();
extern "C" const char* zError(int);
extern "C" void* face_privacy_table_of_zlib[];

namespace face_privacy {
namespace {

TEST(OnDemandLibrary, ItsFunctionsCanBeCalledOnceItIsLoaded) {
  zlib_library().load();
  zlib_library().load();
  EXPECT_EQ(zlibVersion()[0], '1');
  EXPECT_STREQ(zError(1), "stream end");
}

TEST(OnDemandLibrary, NobodyCanChangeWhereCallsGo) {
  zlib_library().load();
  EXPECT_DEATH(*static_cast<void* volatile*>(face_privacy_table_of_zlib) = nullptr, "");
}

TEST(OnDemandLibrary, WhatIsMissingIsTold) {
  for (int i = 0; i < 2; ++i) EXPECT_THROW(missing_library().load(), std::runtime_error);
  EXPECT_THROW(lacking_library().load(), std::runtime_error);
}

TEST(OnDemandLibrary, IsNotLoadedWhereNoFileCanBeOpened) {
  zlib_library().load();
  load_no_more_libraries();
  EXPECT_NO_THROW(zlib_library().load());
  EXPECT_THROW(missing_library().load(), LibraryNotLoaded);
}

}  // namespace
}  // namespace face_privacy
