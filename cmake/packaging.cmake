# What is installed, and what the tarball, the .deb and the Python package are made of.
#
# inferscale-<version>-linux-x86_64.tar.gz: unpack it anywhere and run bin/inferscale. Made by scripts/package.
#
#   bin/                     inferscale and its workers; they find lib/ through $ORIGIN (compiler.cmake)
#   lib/                     every library that they need and a bare system may lack
#   share/inferscale/        presets
#   share/man, share/...     the manual page; completions of bash, zsh and fish
#   share/doc/inferscale/    documents, and the licences of what lies in lib/
#
# Left to the system: the C library, and libstdc++ with libgcc_s. Any distribution with this glibc has a libstdc++ that
# is new enough, and a copy of ours would come before the host's own and break a GPU driver that was built against a
# newer one. Drivers and GPU runtimes are the host's too.

install(FILES LICENSE README.md CHANGELOG.md CONTRIBUTING.md DESTINATION share/doc/inferscale)
install(DIRECTORY docs DESTINATION share/doc/inferscale
  FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN results EXCLUDE)

# The component `runtimes` is what a Python package leaves out, because its installer brings ONNX Runtime and OpenVINO.
get_property(workers GLOBAL PROPERTY inferscale_workers)
set(packaged_programs "$<TARGET_FILE:inferscale>" "$<TARGET_FILE:inferscale-probe-cuda>")
foreach(worker IN LISTS workers)
  list(APPEND packaged_programs "$<TARGET_FILE:inferscale-worker-${worker}>")
endforeach()

# Opened by name when a program runs: no program's list of libraries has them.
set(opened_libraries "")
if("openvino" IN_LIST workers)
  file(GLOB opened_libraries
    ${INFERSCALE_DEPS}/openvino/libs/libopenvino_intel_cpu_plugin.so
    ${INFERSCALE_DEPS}/openvino/libs/libopenvino_onnx_frontend.so.*
    ${INFERSCALE_DEPS}/openvino/libs/libopenvino_ir_frontend.so.*
    ${INFERSCALE_DEPS}/openvino/libs/libtbbbind*.so.*
    ${INFERSCALE_DEPS}/openvino/libs/libtbbmalloc.so.*
    ${INFERSCALE_DEPS}/openvino/libs/libhwloc.so.*)
  install(DIRECTORY ${INFERSCALE_DEPS}/openvino/licenses/ DESTINATION share/doc/inferscale/licences/openvino
          COMPONENT runtimes)
endif()
if("onnxruntime" IN_LIST workers)
  list(APPEND opened_libraries ${ONNXRUNTIME_LIBRARY})
endif()
if("onnxruntime" IN_LIST workers AND EXISTS ${INFERSCALE_DEPS}/onnxruntime/LICENSE)
  install(FILES ${INFERSCALE_DEPS}/onnxruntime/LICENSE ${INFERSCALE_DEPS}/onnxruntime/ThirdPartyNotices.txt
          DESTINATION share/doc/inferscale/licences/onnxruntime COMPONENT runtimes)
endif()

foreach(bundle IN ITEMS Unspecified runtimes)  # Unspecified: what has no component
  configure_file(${CMAKE_CURRENT_LIST_DIR}/bundle.cmake.in ${PROJECT_BINARY_DIR}/bundle_${bundle}.cmake.gen @ONLY)
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/bundle_${bundle}.cmake INPUT ${PROJECT_BINARY_DIR}/bundle_${bundle}.cmake.gen)
  install(SCRIPT ${PROJECT_BINARY_DIR}/bundle_${bundle}.cmake COMPONENT ${bundle})
endforeach()

set(program_file $<TARGET_FILE:inferscale>)
configure_file(${CMAKE_CURRENT_LIST_DIR}/generated_pages.cmake.in ${PROJECT_BINARY_DIR}/generated_pages.cmake.gen @ONLY)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/generated_pages.cmake INPUT ${PROJECT_BINARY_DIR}/generated_pages.cmake.gen)
install(SCRIPT ${PROJECT_BINARY_DIR}/generated_pages.cmake)

# `cpack -G TGZ` makes the tarball, `cpack -G DEB` a package for Debian and what derives from it: the same tree in
# /usr/lib/inferscale, and what cmake/debian.cmake puts beside it.
execute_process(COMMAND getconf GNU_LIBC_VERSION OUTPUT_VARIABLE glibc OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX REPLACE "^glibc " "" glibc "${glibc}")
string(REGEX MATCH "^[0-9]+" compiler_major "${CMAKE_CXX_COMPILER_VERSION}")
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_NAME inferscale)
set(CPACK_PACKAGE_VENDOR inferscale)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "decides by measurement which inference runtime should serve a transformer")
set(CPACK_PACKAGE_FILE_NAME inferscale-${PROJECT_VERSION}-linux-x86_64)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_SOURCE_DIR}/build/package)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/debian_prefix.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The inferscale developers <inferscale@localhost>")
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= ${glibc}), libstdc++6 (>= ${compiler_major}), libgcc-s1")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox | gnuplot")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS python3)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_FILE_NAME inferscale_${PROJECT_VERSION}_amd64.deb)
set(CPACK_INFERSCALE_SOURCE ${PROJECT_SOURCE_DIR})
include(CPack)
