# Debian's packages, and what npm brought into third_party/node_modules (scripts/setup).
find_package(tl-expected REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(GTest REQUIRED)

set(NODE_MODULES ${CMAKE_SOURCE_DIR}/third_party/node_modules)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(ORT_ARCH arm64)
else()
  set(ORT_ARCH x64)
endif()

# ONNX Runtime: a system one where there is one, else Microsoft's build from npm with the headers
# of the iOS package (the C API is the same everywhere). The program loads it when it needs it.
add_library(face_privacy_onnxruntime_headers INTERFACE)
target_compile_definitions(face_privacy_onnxruntime_headers INTERFACE FACE_PRIVACY_ONNXRUNTIME="libonnxruntime.so.1")
find_package(onnxruntime CONFIG QUIET)
if(onnxruntime_FOUND)
  target_include_directories(face_privacy_onnxruntime_headers INTERFACE
    $<TARGET_PROPERTY:onnxruntime::onnxruntime,INTERFACE_INCLUDE_DIRECTORIES>)
else()
  set(ORT_HEADERS "${NODE_MODULES}/com.github.asus4.onnxruntime/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers")
  set(ORT_LIBRARY "${NODE_MODULES}/onnxruntime-node/bin/napi-v6/linux/${ORT_ARCH}/libonnxruntime.so.1")
  if(NOT EXISTS ${ORT_LIBRARY} OR NOT EXISTS ${ORT_HEADERS})
    message(FATAL_ERROR "ONNX Runtime is missing; scripts/setup brings it")
  endif()
  # Beside the program, so that a copied build folder still runs.
  file(COPY ${ORT_LIBRARY} DESTINATION ${CMAKE_BINARY_DIR}/lib)
  target_include_directories(face_privacy_onnxruntime_headers SYSTEM INTERFACE "${ORT_HEADERS}")
endif()
# Where whatever is built here finds what it loads on demand; the linker names no library of that folder.
set(CMAKE_BUILD_RPATH ${CMAKE_BINARY_DIR}/lib)

# The weights, where the program looks for them: <program>/../share/face-privacy/models
set(FACE_PRIVACY_SHARE ${CMAKE_BINARY_DIR}/share/face-privacy)
file(COPY ${NODE_MODULES}/retinaface/mnet.25_v1.onnx ${NODE_MODULES}/retinaface/mnet.25_v2.onnx
  DESTINATION ${FACE_PRIVACY_SHARE}/models)

# Where scripts/recognizer brought them: weights that compare faces. The program runs without.
file(GLOB RECOGNIZER_WEIGHTS ${CMAKE_SOURCE_DIR}/third_party/recognizer/*.onnx)
if(RECOGNIZER_WEIGHTS)
  file(COPY ${RECOGNIZER_WEIGHTS} DESTINATION ${FACE_PRIVACY_SHARE}/models)
endif()

# Where scripts/permissive-weights brought them: weights to find faces with, under another licence.
file(GLOB PERMISSIVE_WEIGHTS ${CMAKE_SOURCE_DIR}/third_party/permissive/*.onnx)
if(PERMISSIVE_WEIGHTS)
  file(COPY ${PERMISSIVE_WEIGHTS} DESTINATION ${FACE_PRIVACY_SHARE}/models)
endif()

find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(CLI11 REQUIRED)
# What the 8-bit engine knows of these weights; beside them, under their name.
configure_file(${CMAKE_SOURCE_DIR}/src/detect/ranges/mnet.25_v1.ranges
  ${FACE_PRIVACY_SHARE}/models/mnet.25_v1.ranges COPYONLY)
configure_file(${CMAKE_SOURCE_DIR}/src/detect/ranges/retinaface_permissive.ranges
  ${FACE_PRIVACY_SHARE}/models/retinaface_permissive.ranges COPYONLY)
configure_file(${CMAKE_SOURCE_DIR}/src/embed/ranges/face_recognition_sface_2021dec_int8bq.ranges
  ${FACE_PRIVACY_SHARE}/models/face_recognition_sface_2021dec_int8bq.ranges COPYONLY)

# Clips. docs/adr/ tells what a program linked to these may be passed on under.
if(FACE_PRIVACY_VIDEO)
  pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswscale)
  pkg_check_modules(OPENH264 REQUIRED IMPORTED_TARGET openh264)
endif()
