# face_privacy_options carries warnings and sanitizers; every target of the project links to it.
add_library(face_privacy_options INTERFACE)
target_include_directories(face_privacy_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(face_privacy_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wswitch -Werror=switch
  -Werror=return-type -fno-omit-frame-pointer)
if(FACE_PRIVACY_CPU)
  target_compile_options(face_privacy_options INTERFACE -march=${FACE_PRIVACY_CPU})
endif()
if(FACE_PRIVACY_SANITIZE)
  target_compile_options(face_privacy_options INTERFACE
    -fsanitize=${FACE_PRIVACY_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(face_privacy_options INTERFACE -fsanitize=${FACE_PRIVACY_SANITIZE})
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
# makes the target face_privacy_codec; LINKS name parts of the project.
function(face_privacy_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(face_privacy_${name} STATIC ${ARG_SOURCES})
  list(TRANSFORM ARG_LINKS PREPEND face_privacy_)
  target_link_libraries(face_privacy_${name}
    PUBLIC ${ARG_LINKS} tl::expected
    PRIVATE face_privacy_options ${ARG_PRIVATE_LINKS})
  target_include_directories(face_privacy_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
endfunction()
