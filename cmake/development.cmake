# The library: `cmake --install build/release --component development --prefix FOLDER`. EXCLUDE_FROM_ALL keeps these files
# out of the tarball and of a plain `cmake --install`.
#
#   include/inferscale/          headers of record and analysis, and those that they include
#   lib/                         static libraries
#   lib/cmake/inferscale/        find_package(inferscale): inferscale::record, inferscale::analysis
#
# Exported are the two and what they link. The rule for readers in tests/structure/links.py keeps ONNX, protobuf and CLI11
# out of it.
include(CMakePackageConfigHelpers)

set(development_folders core machine protocol model family record analysis)
set(development_targets ${development_folders})
list(TRANSFORM development_targets PREPEND inferscale_)
foreach(folder IN LISTS development_folders)
  set_target_properties(inferscale_${folder} PROPERTIES EXPORT_NAME ${folder})
  target_compile_features(inferscale_${folder} INTERFACE cxx_std_20)
endforeach()

install(TARGETS ${development_targets} EXPORT inferscale-targets
  ARCHIVE DESTINATION lib COMPONENT development EXCLUDE_FROM_ALL
  INCLUDES DESTINATION include)
install(EXPORT inferscale-targets NAMESPACE inferscale:: DESTINATION lib/cmake/inferscale
  COMPONENT development EXCLUDE_FROM_ALL)

# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/inferscale-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/inferscale-config.cmake ${PROJECT_BINARY_DIR}/inferscale-config-version.cmake
  DESTINATION lib/cmake/inferscale COMPONENT development EXCLUDE_FROM_ALL)

configure_file(${CMAKE_CURRENT_LIST_DIR}/headers.cmake.in ${PROJECT_BINARY_DIR}/headers.cmake @ONLY)
install(SCRIPT ${PROJECT_BINARY_DIR}/headers.cmake COMPONENT development EXCLUDE_FROM_ALL)
