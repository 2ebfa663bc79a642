// One reader under libFuzzer: compiled with -DNNAUDIO_READER=onnx, npy, json or metadata.
#include <cstddef>
#include <cstdint>

#include "readers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  readers::NNAUDIO_READER({reinterpret_cast<const char*>(data), size});
  return 0;
}
