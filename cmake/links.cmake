# What each of our targets links, a line each ("inferscale_core: fmt::fmt ..."), for the test `structure_links`: the direct
# ones, private ones among them. Included last, when all targets are there.
function(inferscale_collect_links folder lines)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(links ${target} LINK_LIBRARIES)
    list(JOIN links " " names)
    string(APPEND ${lines} "${target}: ${names}\n")
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(inner IN LISTS folders)
    inferscale_collect_links(${inner} ${lines})
  endforeach()
  set(${lines} "${${lines}}" PARENT_SCOPE)
endfunction()

inferscale_collect_links(${PROJECT_SOURCE_DIR} link_lines)
file(WRITE ${PROJECT_BINARY_DIR}/links.txt "${link_lines}")
