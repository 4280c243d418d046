# Libraries of the distribution that every part needs. Runtimes are found by their worker's folder only.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(simdjson REQUIRED)  # rows
find_package(CLI11 REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers only: Math
find_package(OpenSSL REQUIRED COMPONENTS Crypto)  # SHA-256
# ONNX's classes. Debian 13's targets have a namespace, and do not say how their headers were configured; Debian 12's do.
find_package(Protobuf REQUIRED)
find_package(ONNX REQUIRED)
add_library(inferscale_onnx_protos INTERFACE)
target_compile_definitions(inferscale_onnx_protos INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
if(TARGET ONNX::onnx)
  target_link_libraries(inferscale_onnx_protos INTERFACE ONNX::onnx ONNX::onnx_proto)
else()
  target_link_libraries(inferscale_onnx_protos INTERFACE onnx onnx_proto)
endif()
# The tokenizer's pattern. Debian's package has no CMake configuration; the static library keeps PCRE2 out of what the
# tarball must bring along.
find_path(PCRE2_INCLUDE_DIR pcre2.h REQUIRED)
find_library(PCRE2_LIBRARY NAMES libpcre2-8.a pcre2-8 REQUIRED)

# Where scripts/setup unpacks what comes from PyPI and a newer Debian suite.
set(INFERSCALE_DEPS ${PROJECT_SOURCE_DIR}/build/deps CACHE PATH "Downloaded dependencies")
