# face_privacy_options carries warnings and sanitizers; every target of the project links to it.
add_library(face_privacy_options INTERFACE)
target_include_directories(face_privacy_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(face_privacy_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wswitch -Werror=switch
  -Werror=return-type -fno-omit-frame-pointer -pthread)
if(FACE_PRIVACY_CPU)
  target_compile_options(face_privacy_options INTERFACE -march=${FACE_PRIVACY_CPU})
endif()
if(FACE_PRIVACY_SANITIZE)
  target_compile_options(face_privacy_options INTERFACE
    -fsanitize=${FACE_PRIVACY_SANITIZE} -fno-sanitize-recover=all)
  # A sanitizer stands between the program and dlopen, which then looks where the sanitizer's own library would: the
  # old kind of tag holds for all of the process.
  target_link_options(face_privacy_options INTERFACE -fsanitize=${FACE_PRIVACY_SANITIZE} -Wl,--disable-new-dtags)
endif()
if(FACE_PRIVACY_FUZZ)
  target_compile_options(face_privacy_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What makes a fault in memory harder to use: checks of stack frames and of copies whose size the compiler knows, a
# stack that does not grow over other memory, tables of the linker that nobody can write to. Sanitizers find more,
# and do not go with them. Marks for jumps (-fcf-protection) would be lost: Debian 12's start-up files have none.
if(NOT FACE_PRIVACY_SANITIZE)
  target_compile_options(face_privacy_options INTERFACE -fPIE $<$<CONFIG:Release>:
    -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>)
  target_link_options(face_privacy_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# face_privacy_library(codec SOURCES a.cc b.cc LINKS image PRIVATE_LINKS vips)
# makes the target face_privacy_codec; LINKS name parts of the project. Where FACE_PRIVACY_UNITY is on, eight
# files of a room are compiled as one, or as many as UNITY says: two thirds of what a file takes are the headers.
option(FACE_PRIVACY_UNITY "Compile files of a room together: quicker from nothing, slower after a change" OFF)
set(FACE_PRIVACY_UNITY_FILES 8)

# Half a second of each unit are the same headers of the standard library. Compiled once, they are in every room's
# files before the first line; other presets compile without, so that a file still names what it uses. Not for
# rooms with flags of their own for arithmetic or a processor.
option(FACE_PRIVACY_PRECOMPILE "Compile headers of the standard library once (g++)" OFF)
if(FACE_PRIVACY_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/standard_headers.cc CONTENT "")
  add_library(face_privacy_standard_headers OBJECT ${CMAKE_BINARY_DIR}/generated/standard_headers.cc)
  target_link_libraries(face_privacy_standard_headers PRIVATE face_privacy_options tl::expected)
  target_compile_options(face_privacy_standard_headers PRIVATE -fpch-preprocess)
  target_precompile_headers(face_privacy_standard_headers PRIVATE
    <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <condition_variable> <filesystem> <fstream> <functional>
    <map> <memory> <mutex> <optional> <set> <span> <stop_token> <string> <thread> <variant> <vector> <tl/expected.hpp>)
endif()

function(face_privacy_library name)
  cmake_parse_arguments(ARG "" "UNITY" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(face_privacy_${name} STATIC ${ARG_SOURCES})
  if(NOT ARG_UNITY)
    set(ARG_UNITY ${FACE_PRIVACY_UNITY_FILES})
  endif()
  set_target_properties(face_privacy_${name} PROPERTIES
    UNITY_BUILD ${FACE_PRIVACY_UNITY} UNITY_BUILD_BATCH_SIZE ${ARG_UNITY})
  if(FACE_PRIVACY_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # There g++ takes each file for a header, and warns of members whose types are the file's own.
    target_compile_options(face_privacy_${name} PRIVATE -Wno-subobject-linkage)
  endif()
  list(TRANSFORM ARG_LINKS PREPEND face_privacy_)
  target_link_libraries(face_privacy_${name}
    PUBLIC ${ARG_LINKS} tl::expected
    PRIVATE face_privacy_options ${ARG_PRIVATE_LINKS})
  target_include_directories(face_privacy_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  if(TARGET face_privacy_standard_headers)
    target_precompile_headers(face_privacy_${name} REUSE_FROM face_privacy_standard_headers)
    target_compile_options(face_privacy_${name} PRIVATE -fpch-preprocess)  # for ccache
  endif()
endfunction()

# face_privacy_on_demand(vips codec_vips PACKAGES vips): the room face_privacy_codec_vips calls libraries that
# pkg-config knows, and that the program loads when it needs them (base/on_demand_library.h). What it loads is
# lib/libface-privacy-vips.so, which is empty but for their names: it is from there that packages, images and
# wheels learn what has to be installed.
function(face_privacy_on_demand name room)
  cmake_parse_arguments(ARG "" "" "PACKAGES" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/no_code.cc CONTENT "")
  add_library(face_privacy_${name}_libraries SHARED ${CMAKE_CURRENT_BINARY_DIR}/no_code.cc)
  target_link_options(face_privacy_${name}_libraries PRIVATE -Wl,--no-as-needed -Wl,-z,relro,-z,noexecstack)
  set_target_properties(face_privacy_${name}_libraries PROPERTIES
    OUTPUT_NAME face-privacy-${name} BUILD_WITH_INSTALL_RPATH ON LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  foreach(package ${ARG_PACKAGES})
    target_link_libraries(face_privacy_${name}_libraries PRIVATE PkgConfig::${package})
    target_include_directories(face_privacy_${room} SYSTEM PRIVATE ${${package}_INCLUDE_DIRS})
    target_compile_options(face_privacy_${room} PRIVATE ${${package}_CFLAGS_OTHER})
  endforeach()
  add_dependencies(face_privacy_${room} face_privacy_${name}_libraries)
  install(TARGETS face_privacy_${name}_libraries LIBRARY DESTINATION lib/face-privacy)
endfunction()
