# CPack's settings of one generator: where the tree lies in a .deb.
if(CPACK_GENERATOR STREQUAL "DEB")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr/lib/inferscale)
endif()
