# Targets of the engines that a program may be built without: nnaudio::libtorch.
# Link one, and include its header in one source file.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)  # from CMake 3.24 on

macro(nnaudio_add_engine engine)
  if("${engine}" STREQUAL "libtorch")
    find_package(Torch REQUIRED)
    set(nnaudio_engine_libraries ${TORCH_LIBRARIES})
  else()
    message(FATAL_ERROR "nnaudio has no engine ${engine}, it has libtorch")
  endif()
  add_library(nnaudio::${engine} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(nnaudio::${engine} INTERFACE nnaudio::nnaudio ${nnaudio_engine_libraries})
endmacro()
