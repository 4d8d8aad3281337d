# What is installed, and how it becomes a .deb and a tarball (scripts/package). Everything is found from the
# program's own place, so that the tree runs wherever it is put.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # tests and fuzz targets are not shipped

install(TARGETS face-privacy RUNTIME DESTINATION bin)
if(NOT onnxruntime_FOUND)
  install(FILES ${CMAKE_BINARY_DIR}/lib/libonnxruntime.so.1 DESTINATION lib/face-privacy)
endif()
install(DIRECTORY ${FACE_PRIVACY_SHARE}/ DESTINATION share/face-privacy
  PATTERN "mnet.25_v2.onnx" EXCLUDE)  # other weights, which tests compare with
install(DIRECTORY ${CMAKE_SOURCE_DIR}/web/dist/ DESTINATION share/face-privacy/web OPTIONAL)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION share/doc/face-privacy RENAME copyright)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${CMAKE_SOURCE_DIR}/SECURITY.md
  DESTINATION share/doc/face-privacy)

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME face-privacy)
set(CPACK_PACKAGE_VENDOR "face-privacy")
set(CPACK_PACKAGE_CONTACT "The face-privacy maintainers <noreply@github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Finds faces in photos and clips and redacts them irreversibly")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_SOURCE_DIR}/build/package)
set(CPACK_PACKAGE_FILE_NAME face-privacy-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "A command, an HTTP service and a web page. Photos stay on the machine.
The default weights, of the InsightFace project, are for non-commercial research; --model takes others.")
# The libraries that the program loads name the packages that it needs.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)  # for buckets and registries over TLS
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR}/lib)
include(CPack)
