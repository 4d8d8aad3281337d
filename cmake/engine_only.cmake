# For a cross compiler: what of the program needs no library but the compiler's own. GoogleTest is compiled with it.
find_package(tl-expected REQUIRED)
include(cmake/testing.cmake)
add_subdirectory(/usr/src/googletest googletest EXCLUDE_FROM_ALL)
foreach(part base image nn/int8)
  add_subdirectory(src/${part})
endforeach()
