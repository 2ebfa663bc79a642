// ONNX Runtime's C interface: handles that release themselves, failures as text.
#pragma once

#include <onnxruntime_c_api.h>

#include <memory>
#include <string>

#include "shape.hpp"

namespace nnaudio {
namespace ort {

// The oldest version whose functions are used here: any later library serves them.
constexpr uint32_t kVersion = 16;

inline const OrtApi* api() {
  static const OrtApi* const functions = OrtGetApiBase()->GetApi(kVersion);
  return functions;
}

#define NNAUDIO_ORT_HANDLE(Name)                                     \
  struct Release##Name {                                             \
    void operator()(Ort##Name* p) const { api()->Release##Name(p); } \
  };                                                                 \
  using Name = std::unique_ptr<Ort##Name, Release##Name>;
NNAUDIO_ORT_HANDLE(Env)
NNAUDIO_ORT_HANDLE(Status)
NNAUDIO_ORT_HANDLE(SessionOptions)
NNAUDIO_ORT_HANDLE(Session)
NNAUDIO_ORT_HANDLE(MemoryInfo)
NNAUDIO_ORT_HANDLE(Value)
NNAUDIO_ORT_HANDLE(IoBinding)
NNAUDIO_ORT_HANDLE(TypeInfo)
NNAUDIO_ORT_HANDLE(TensorTypeAndShapeInfo)
NNAUDIO_ORT_HANDLE(ModelMetadata)
#undef NNAUDIO_ORT_HANDLE
struct ReleaseCUDAProviderOptions {
  void operator()(OrtCUDAProviderOptionsV2* p) const { api()->ReleaseCUDAProviderOptions(p); }
};
using CUDAProviderOptions = std::unique_ptr<OrtCUDAProviderOptionsV2, ReleaseCUDAProviderOptions>;

// Empty where a call worked, else the first line of what went wrong.
inline std::string failure(OrtStatus* pointer) {
  const Status status(pointer);
  if (!status) return "";
  const std::string message = api()->GetErrorMessage(status.get());
  return message.substr(0, message.find('\n'));
}

// A name that ONNX Runtime allocated.
inline std::string taken(OrtAllocator* allocator, char* text) {
  const std::string copy = text ? text : "";
  if (text) static_cast<void>(failure(api()->AllocatorFree(allocator, text)));
  return copy;
}

inline Value wrap(const OrtMemoryInfo* memory, const void* data, Dtype dtype, const Shape& shape,
                  std::string& error) {
  OrtValue* value = nullptr;
  error = failure(api()->CreateTensorWithDataAsOrtValue(
      memory, const_cast<void*>(data), static_cast<size_t>(shape.count()) * size_of(dtype),
      shape.data(), shape.size(),
      dtype == Dtype::kInt16 ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16
                             : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT,
      &value));
  return Value(value);
}

}  // namespace ort
}  // namespace nnaudio
