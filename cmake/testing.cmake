enable_testing()
include(GoogleTest)

# Photos that tests may read: testdata/ and the demo photos that npm brought. #include "test_paths.h"
configure_file(${CMAKE_SOURCE_DIR}/cmake/test_paths.h.in ${CMAKE_BINARY_DIR}/generated/test_paths.h @ONLY)

# Builds what `make test-unit` runs: ctest's labels "unit" and "corpus".
add_custom_target(unit_tests)

# face_privacy_test(blur_test LINKS redact): blur_test.cc beside the code it tests. LABEL is "unit" where
# nothing is said; "photos" where the network looks at whole photos, which takes minutes in all.
function(face_privacy_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(ARG_LABEL STREQUAL unit)
    add_dependencies(unit_tests ${name})
  endif()
  if(NOT ARG_SOURCES)
    set(ARG_SOURCES ${name}.cc)
  endif()
  list(TRANSFORM ARG_LINKS PREPEND face_privacy_)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE
    ${ARG_LINKS} face_privacy_options ${ARG_PRIVATE_LINKS} GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${CMAKE_BINARY_DIR}/generated)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS ${ARG_LABEL})
endfunction()

# face_privacy_fuzz(decode_fuzz LINKS codec): decode_fuzz.cc with LLVMFuzzerTestOneInput, and its
# corpus in fuzz/corpus/decode_fuzz. Without libFuzzer it becomes a test that replays the corpus.
function(face_privacy_fuzz name)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE_LINKS" ${ARGN})
  list(TRANSFORM ARG_LINKS PREPEND face_privacy_)
  add_executable(${name} ${name}.cc)
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} face_privacy_options ${ARG_PRIVATE_LINKS})
  target_include_directories(${name} PRIVATE ${CMAKE_BINARY_DIR}/generated)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  add_dependencies(fuzz_targets ${name})
  if(FACE_PRIVACY_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/fuzz/replay_main.cc)
    add_test(NAME ${name}_corpus COMMAND ${name} ${CMAKE_SOURCE_DIR}/fuzz/corpus/${name})
    set_tests_properties(${name}_corpus PROPERTIES TIMEOUT 300 LABELS corpus)
    add_dependencies(unit_tests ${name})
  endif()
endfunction()
