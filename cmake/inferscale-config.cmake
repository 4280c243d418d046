# find_package(inferscale): inferscale::record reads plans and rows, inferscale::analysis what follows from them.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(fmt)
find_dependency(nlohmann_json)
find_dependency(tl-expected)
find_dependency(simdjson)
find_dependency(OpenSSL COMPONENTS Crypto)
include(${CMAKE_CURRENT_LIST_DIR}/inferscale-targets.cmake)
