# inferscale-<version>-linux-x86_64.tar.gz: unpack it anywhere and run bin/inferscale. Made by scripts/package.
#
#   bin/                     inferscale and its workers; they find lib/ through $ORIGIN (compiler.cmake)
#   lib/                     every library that they need and a bare system may lack
#   share/inferscale/        presets
#   share/doc/inferscale/    documents, and the licences of what lies in lib/
#
# Left to the system: the C library, and libstdc++ with libgcc_s. Any distribution with this glibc has a libstdc++ that
# is new enough, and a copy of ours would come before the host's own and break a GPU driver that was built against a
# newer one. Drivers and GPU runtimes are the host's too.

install(FILES LICENSE README.md CHANGELOG.md CONTRIBUTING.md DESTINATION share/doc/inferscale)
install(DIRECTORY docs DESTINATION share/doc/inferscale
  FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN results EXCLUDE)

get_property(workers GLOBAL PROPERTY inferscale_workers)
set(packaged_programs "$<TARGET_FILE:inferscale>" "$<TARGET_FILE:inferscale-probe-cuda>")
foreach(worker IN LISTS workers)
  list(APPEND packaged_programs "$<TARGET_FILE:inferscale-worker-${worker}>")
endforeach()

# OpenVINO loads these by name, from the folder of libopenvino: no program's list of libraries has them.
if("openvino" IN_LIST workers)
  file(GLOB openvino_plugins
    ${INFERSCALE_DEPS}/openvino/libs/libopenvino_intel_cpu_plugin.so
    ${INFERSCALE_DEPS}/openvino/libs/libopenvino_onnx_frontend.so.*
    ${INFERSCALE_DEPS}/openvino/libs/libopenvino_ir_frontend.so.*
    ${INFERSCALE_DEPS}/openvino/libs/libtbbbind*.so.*
    ${INFERSCALE_DEPS}/openvino/libs/libtbbmalloc.so.*
    ${INFERSCALE_DEPS}/openvino/libs/libhwloc.so.*)
  install(FILES ${openvino_plugins} DESTINATION lib)
  install(DIRECTORY ${INFERSCALE_DEPS}/openvino/licenses/ DESTINATION share/doc/inferscale/licences/openvino)
endif()
if("onnxruntime" IN_LIST workers AND EXISTS ${INFERSCALE_DEPS}/onnxruntime/LICENSE)
  install(FILES ${INFERSCALE_DEPS}/onnxruntime/LICENSE ${INFERSCALE_DEPS}/onnxruntime/ThirdPartyNotices.txt
          DESTINATION share/doc/inferscale/licences/onnxruntime)
endif()

configure_file(${CMAKE_CURRENT_LIST_DIR}/bundle.cmake.in ${PROJECT_BINARY_DIR}/bundle.cmake.gen @ONLY)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/bundle.cmake INPUT ${PROJECT_BINARY_DIR}/bundle.cmake.gen)
install(SCRIPT ${PROJECT_BINARY_DIR}/bundle.cmake)

set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_NAME inferscale)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_FILE_NAME inferscale-${PROJECT_VERSION}-linux-x86_64)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_SOURCE_DIR}/build/package)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
