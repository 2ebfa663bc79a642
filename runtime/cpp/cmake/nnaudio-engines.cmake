# Targets of the engines that a program may be built without: nnaudio::libtorch and
# nnaudio::executorch. Link one, and include its header in one source file.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)  # from CMake 3.24 on

macro(nnaudio_add_engine engine)
  add_library(nnaudio::${engine} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(nnaudio::${engine} INTERFACE nnaudio::nnaudio)
  if("${engine}" STREQUAL "libtorch")
    find_package(Torch REQUIRED)
    target_link_libraries(nnaudio::${engine} INTERFACE ${TORCH_LIBRARIES})
  elseif("${engine}" STREQUAL "executorch")
    find_package(executorch REQUIRED)
    target_link_libraries(nnaudio::${engine} INTERFACE ${EXECUTORCH_LIBRARIES})
    # Below CMake 3.28 its package gives no targets.
    target_include_directories(nnaudio::${engine} SYSTEM INTERFACE ${EXECUTORCH_INCLUDE_DIRS})
    target_compile_definitions(nnaudio::${engine} INTERFACE ${EXECUTORCH_COMPILE_DEFINITIONS})
  else()
    message(FATAL_ERROR "nnaudio has no engine ${engine}, it has libtorch and executorch")
  endif()
endmacro()
