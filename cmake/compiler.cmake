# Language level, warnings, sanitizers and where binaries go. One interface target carries the flags.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

# Installed programs find lib/ beside bin/, wherever both were put. DT_RPATH, not DT_RUNPATH, because it also holds for
# the libraries that those libraries need.
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib")
add_link_options(-Wl,--disable-new-dtags)

# Paths below this folder are hashed as relative ones, so that clones and worktrees share what they compiled.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

add_library(inferscale_flags INTERFACE)
# -ffp-contract=off: seeded weights must be the same bytes on every machine (src/model/random.hpp).
target_compile_options(inferscale_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                       -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -ffp-contract=off)
# GCC 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105651),
# and reads of empty std::optionals that are guarded (GCC bug 80635). Newer compilers and clang-tidy look for both.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(inferscale_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(inferscale_flags INTERFACE -Wno-maybe-uninitialized)  # GCC 14 has that one still
endif()
if(INFERSCALE_WERROR)
  target_compile_options(inferscale_flags INTERFACE -Werror)
endif()
if(INFERSCALE_SANITIZE)
  target_compile_options(inferscale_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                         -fno-omit-frame-pointer -O1 -g1)
  target_link_options(inferscale_flags INTERFACE -fsanitize=address,undefined)
endif()

# inferscale_optimise_less(TARGET...): for what only the orchestrator runs, and which waits for workers, disks and people: a
# fifth to a third of such a file's compile time went into -O3, and nothing that is timed runs there.
function(inferscale_optimise_less)
  foreach(target IN LISTS ARGN)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endforeach()
endfunction()

# inferscale_library(NAME SOURCES... LINK libs...): one library for one folder of src/.
function(inferscale_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE $<BUILD_INTERFACE:inferscale_flags> ${ARG_PRIVATE_LINK})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
