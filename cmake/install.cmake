# `cmake --install BUILD [--prefix P]`, with DESTDIR: headers, both libraries, the command, recipes to
# start from, and what pkg-config and find_package(Ramify) read.  Nothing installed holds the path of
# the build, and the tree may be moved.
include(CMakePackageConfigHelpers)

install(TARGETS ramify_command RUNTIME)
install(TARGETS ramify ARCHIVE)
install(TARGETS ramify_shared EXPORT RamifyTargets LIBRARY)
install(DIRECTORY include/ramify DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# The command carries its recipes; these are for reading and for writing one's own.
install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/ramify)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES data/digits/README.md data/digits/LICENCE DESTINATION ${CMAKE_INSTALL_DOCDIR}/digits)

# ---- find_package(Ramify): Ramify::ramify, the shared library ----

set(rmf_package ${CMAKE_INSTALL_LIBDIR}/cmake/Ramify)
install(EXPORT RamifyTargets NAMESPACE Ramify:: FILE RamifyConfig.cmake DESTINATION ${rmf_package})
# Below version 1 a minor version may change the interface.
write_basic_package_version_file(RamifyConfigVersion.cmake VERSION ${PROJECT_VERSION}
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/RamifyConfigVersion.cmake DESTINATION ${rmf_package})

# ---- pkg-config: --static gives what the static library needs ----

# From the folder of ramify.pc up to the prefix, so that it need not be known now.
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
    set(rmf_pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
    string(REGEX REPLACE "[^/]+" ".." rmf_pc_up ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    set(rmf_pc_prefix "\${pcfiledir}/${rmf_pc_up}")
endif()
foreach(kind LIB INCLUDE)
    if(IS_ABSOLUTE ${CMAKE_INSTALL_${kind}DIR})
        set(rmf_pc_${kind} ${CMAKE_INSTALL_${kind}DIR})
    else()
        set(rmf_pc_${kind} "\${prefix}/${CMAKE_INSTALL_${kind}DIR}")
    endif()
endforeach()
# Not Requires.private: then programs that use the shared library would need those packages' headers too.
string(REPLACE ";" " " rmf_pc_private "${RMF_DNNL} ${RMF_LAPACKE} ${RMF_OPENBLAS} ${JANSSON_LINK_LIBRARIES} \
${YAML_LINK_LIBRARIES} ${PNG_LIBRARIES} ${ZLIB_LIBRARIES}")
configure_file(cmake/ramify.pc.in ramify.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ramify.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
