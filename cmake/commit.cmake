# cmake -DSOURCE=FOLDER -DHEADER=FILE -P commit.cmake: writes the header that says of which commit FOLDER is. Empty without git, and
# in a folder that is no checkout, such as a source tarball's, even inside another checkout. Written only when it changed.
set(ENV{GIT_CEILING_DIRECTORIES} "${SOURCE}/..")
unset(ENV{GIT_DIR})
unset(ENV{GIT_WORK_TREE})
find_program(GIT git)
set(commit "")
if(GIT)
  # A package is built in containers, by another user than the checkout's.
  execute_process(COMMAND ${GIT} --no-optional-locks -c safe.directory=* describe --always --dirty --abbrev=12
    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
file(CONFIGURE OUTPUT ${HEADER} @ONLY CONTENT [[
#pragma once

namespace inferscale::study {

constexpr const char* kCommit = "@commit@";

}  // namespace inferscale::study
]])
