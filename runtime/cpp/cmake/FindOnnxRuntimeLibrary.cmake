# ONNX Runtime's C header and library, wherever they were unpacked: set CMAKE_PREFIX_PATH.
find_path(ONNXRUNTIME_INCLUDE onnxruntime_c_api.h
  PATH_SUFFIXES onnxruntime onnxruntime/core/session)
find_library(ONNXRUNTIME_LIBRARY NAMES onnxruntime libonnxruntime.so.1)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxRuntimeLibrary DEFAULT_MSG
  ONNXRUNTIME_LIBRARY ONNXRUNTIME_INCLUDE)

if(OnnxRuntimeLibrary_FOUND AND NOT TARGET OnnxRuntimeLibrary::onnxruntime)
  add_library(OnnxRuntimeLibrary::onnxruntime UNKNOWN IMPORTED)
  set_target_properties(OnnxRuntimeLibrary::onnxruntime PROPERTIES
    IMPORTED_LOCATION ${ONNXRUNTIME_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${ONNXRUNTIME_INCLUDE})
endif()
