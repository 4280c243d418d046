# What a .deb has beside the tree in /usr/lib/inferscale: the command, its man page and completions, and the copyright file
# where Debian's tools look for it. Run by CPack before it packs.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(tree ${root}/usr/lib/inferscale)
file(MAKE_DIRECTORY ${root}/usr/bin ${root}/usr/share/doc/inferscale)
file(CREATE_LINK ../lib/inferscale/bin/inferscale ${root}/usr/bin/inferscale SYMBOLIC)
foreach(folder IN ITEMS man bash-completion zsh fish)
  file(RENAME ${tree}/share/${folder} ${root}/usr/share/${folder})
endforeach()
file(READ ${CPACK_INFERSCALE_SOURCE}/LICENSE licence)
file(WRITE ${root}/usr/share/doc/inferscale/copyright
  "inferscale, Apache-2.0. Licences of the libraries in /usr/lib/inferscale/lib: /usr/lib/inferscale/share/doc/inferscale/licences\n\n${licence}")
