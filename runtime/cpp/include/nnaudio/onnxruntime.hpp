// The engine of .onnx and .ort files: ONNX Runtime, through its C interface.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine.hpp"
#include "onnx_file.hpp"
#include "ort_api.hpp"

namespace nnaudio {
namespace ort {

class BoundRun final : public Bound {
 public:
  BoundRun(std::shared_ptr<OrtSession> session, IoBinding binding, std::vector<Value> values)
      : session_(std::move(session)), values_(std::move(values)), binding_(std::move(binding)) {}

  Result<void> run() override {
    const std::string error =
        failure(api()->RunWithBinding(session_.get(), nullptr, binding_.get()));
    if (!error.empty()) return Error(ErrorKind::kAudio, error);
    return {};
  }

 private:
  std::shared_ptr<OrtSession> session_;
  std::vector<Value> values_;
  IoBinding binding_;
};

class OrtEngine final : public Engine {
 public:
  static Result<EnginePointer> open(const std::string& path, const Options& options) {
    if (!api())
      return Error(ErrorKind::kProvider, "the ONNX Runtime library is older than 1." +
                                             std::to_string(kVersion) + ": update it");
    const auto outline = check_onnx(path);
    if (!outline) return outline.error();
    // What the file says is read before ONNX Runtime sees it, and again by whoever asks.
    if (auto info = Metadata::read(outline->properties); !info)
      return Error(ErrorKind::kModelFile, path + ": " + info.error().message());
    auto engine = std::make_shared<OrtEngine>();
    engine->path_ = path;
    if (auto opened = engine->open_session(options); !opened) return opened.error();
    if (auto read = engine->describe(); !read) return read.error();
    return EnginePointer(std::move(engine));
  }

  const std::vector<Port>& inputs() const override { return inputs_; }
  const std::vector<Port>& outputs() const override { return outputs_; }
  const std::string& provider() const override { return provider_; }
  const Properties& properties() const override { return properties_; }
  OrtSession* session() const { return session_.get(); }

  Result<std::vector<Tensor>> run(View input) const override {
    std::string error;
    const Value value = wrap(memory_.get(), input.values(), input.dtype, input.shape, error);
    const OrtValue* const values[] = {value.get()};
    std::vector<OrtValue*> results(outputs_.size(), nullptr);
    const char* const name[] = {inputs_[0].name.c_str()};
    if (error.empty())
      error = failure(api()->Run(session_.get(), nullptr, name, values, 1, output_names_.data(),
                                 output_names_.size(), results.data()));
    std::vector<Tensor> tensors;
    tensors.reserve(results.size());
    for (OrtValue* result : results) {
      std::shared_ptr<OrtValue> owner(result, ReleaseValue());
      if (error.empty()) error = adopt(std::move(owner), tensors);
    }
    if (!error.empty())
      return Error(ErrorKind::kAudio, path_ + " cannot compute this input: " + error);
    return tensors;
  }

  Result<std::unique_ptr<Bound>> bind(const std::vector<Slot>& inputs,
                                      const std::vector<Slot>& outputs) const override {
    OrtIoBinding* pointer = nullptr;
    std::string error = failure(api()->CreateIoBinding(session_.get(), &pointer));
    IoBinding binding(pointer);
    std::vector<Value> values;
    for (const auto* slots : {&inputs, &outputs})
      for (const Slot& slot : *slots) {
        if (!error.empty()) break;
        values.push_back(wrap(memory_.get(), slot.data, slot.dtype, slot.shape, error));
        const auto attach = slots == &inputs ? api()->BindInput : api()->BindOutput;
        if (error.empty())
          error = failure(attach(binding.get(), slot.name.c_str(), values.back().get()));
      }
    if (!error.empty()) return Error(ErrorKind::kModelFile, path_ + ": " + error);
    return std::unique_ptr<Bound>(new BoundRun(session_, std::move(binding), std::move(values)));
  }

 private:
  static std::string adopt(std::shared_ptr<OrtValue> owner, std::vector<Tensor>& tensors) {
    OrtTensorTypeAndShapeInfo* pointer = nullptr;
    std::string error = failure(api()->GetTensorTypeAndShape(owner.get(), &pointer));
    const TensorTypeAndShapeInfo info(pointer);
    size_t rank = 0;
    if (error.empty()) error = failure(api()->GetDimensionsCount(info.get(), &rank));
    if (error.empty() && rank > Shape::kMostAxes) error = "an output has too many axes";
    int64_t sizes[Shape::kMostAxes];
    if (error.empty()) error = failure(api()->GetDimensions(info.get(), sizes, rank));
    void* data = nullptr;
    if (error.empty()) error = failure(api()->GetTensorMutableData(owner.get(), &data));
    Tensor tensor;
    for (size_t axis = 0; error.empty() && axis < rank; ++axis) tensor.shape.push_back(sizes[axis]);
    tensor.data = static_cast<const float*>(data);
    tensor.owner = std::move(owner);
    tensors.push_back(std::move(tensor));
    return error;
  }

  static const std::shared_ptr<OrtEnv>& environment() {
    static const std::shared_ptr<OrtEnv> env = [] {
      OrtEnv* pointer = nullptr;
      // Its errors are returned, so nothing need be printed.
      static_cast<void>(failure(api()->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "nnaudio", &pointer)));
      return std::shared_ptr<OrtEnv>(pointer, ReleaseEnv());
    }();
    return env;
  }

  Result<void> open_session(const Options& options) {
    env_ = environment();
    OrtMemoryInfo* memory = nullptr;
    const std::string error =
        failure(api()->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
    memory_.reset(memory);
    if (!env_ || !error.empty())
      return Error(ErrorKind::kProvider, "ONNX Runtime does not start: " + error);

    static constexpr struct {
      const char *name, *full, *ours;
    } kProviders[] = {{"cuda", "CUDAExecutionProvider", "CUDA"},
                      {"xnnpack", "XnnpackExecutionProvider", "XNNPACK"},
                      {"coreml", "CoreMLExecutionProvider", "CoreML"},
                      {"nnapi", "NnapiExecutionProvider", "NNAPI"}};
    const std::string& wanted = options.provider;
    if (wanted == "cpu") return start(options, "CPUExecutionProvider", "");
    for (const auto& known : kProviders) {
      if (wanted != known.name && !(wanted == "auto" && known.name == kProviders[0].name)) continue;
      auto opened = has(known.full) ? start(options, known.full, known.ours) : lacks(known.full);
      if (opened || wanted != "auto") {
        if (opened || opened.error().kind() != ErrorKind::kProvider) return opened;
        return Error(ErrorKind::kProvider, "provider '" + wanted +
                                               "' does not work: " + opened.error().message() +
                                               ". Load with provider 'cpu'");
      }
      return start(options, "CPUExecutionProvider", "");
    }
    return Error(ErrorKind::kProvider,
                 "provider is " + quoted(wanted) +
                     ", it must be 'auto', 'cpu', 'cuda', 'xnnpack', 'coreml' or 'nnapi'");
  }

  static std::vector<std::string> available() {
    char** names = nullptr;
    int count = 0;
    std::vector<std::string> result;
    if (!failure(api()->GetAvailableProviders(&names, &count)).empty()) return result;
    result.assign(names, names + count);
    static_cast<void>(failure(api()->ReleaseAvailableProviders(names, count)));
    return result;
  }

  static bool has(const std::string& provider) {
    for (const std::string& name : available())
      if (name == provider) return true;
    return false;
  }

  static Result<void> lacks(const std::string& provider) {
    std::string all;
    for (const std::string& name : available()) all += (all.empty() ? "" : ", ") + name;
    return Error(ErrorKind::kProvider,
                 "the installed ONNX Runtime has no " + provider + ", it has " + all);
  }

  Result<void> start(const Options& options, const char* full, const std::string& ours) {
    OrtSessionOptions* pointer = nullptr;
    std::string error = failure(api()->CreateSessionOptions(&pointer));
    const SessionOptions session_options(pointer);
    if (error.empty() && options.threads > 0)
      error = failure(api()->SetIntraOpNumThreads(pointer, options.threads));
    if (error.empty() && ours == "CUDA") {
      OrtCUDAProviderOptionsV2* cuda = nullptr;
      error = failure(api()->CreateCUDAProviderOptions(&cuda));
      const CUDAProviderOptions cuda_options(cuda);
      // TF32 keeps ten bits of a product's mantissa; the parity proven at export is 1e-5.
      const char *keys[] = {"use_tf32", "cudnn_conv_algo_search"}, *values[] = {"0", "HEURISTIC"};
      if (error.empty()) error = failure(api()->UpdateCUDAProviderOptions(cuda, keys, values, 2));
      if (error.empty())
        error = failure(api()->SessionOptionsAppendExecutionProvider_CUDA_V2(pointer, cuda));
    } else if (error.empty() && !ours.empty()) {
      error = failure(
          api()->SessionOptionsAppendExecutionProvider(pointer, ours.c_str(), nullptr, nullptr, 0));
    }
    if (!error.empty()) return Error(ErrorKind::kProvider, error);
    OrtSession* session = nullptr;
#ifdef _WIN32
    const std::wstring path(path_.begin(), path_.end());
#else
    const std::string& path = path_;
#endif
    error = failure(api()->CreateSession(env_.get(), path.c_str(), pointer, &session));
    session_ = std::shared_ptr<OrtSession>(session, ReleaseSession());
    if (error.empty()) {
      provider_ = full;
      return {};
    }
    if (!ours.empty()) return Error(ErrorKind::kProvider, error);
    return Error(ErrorKind::kModelFile, path_ + " is refused by ONNX Runtime: " + error);
  }

  // Reads names, axes and properties.
  Result<void> describe() {
    OrtAllocator* allocator = nullptr;
    std::string error = failure(api()->GetAllocatorWithDefaultOptions(&allocator));
    size_t count = 0;
    if (error.empty()) error = failure(api()->SessionGetInputCount(session_.get(), &count));
    for (size_t i = 0; error.empty() && i < count; ++i)
      error = add_port(api()->SessionGetInputName, api()->SessionGetInputTypeInfo, i, allocator,
                       inputs_);
    if (error.empty()) error = failure(api()->SessionGetOutputCount(session_.get(), &count));
    for (size_t i = 0; error.empty() && i < count; ++i)
      error = add_port(api()->SessionGetOutputName, api()->SessionGetOutputTypeInfo, i, allocator,
                       outputs_);
    for (const Port& port : outputs_) output_names_.push_back(port.name.c_str());

    OrtModelMetadata* metadata = nullptr;
    if (error.empty()) error = failure(api()->SessionGetModelMetadata(session_.get(), &metadata));
    const ModelMetadata owned(metadata);
    char** keys = nullptr;
    int64_t n = 0;
    if (error.empty())
      error = failure(api()->ModelMetadataGetCustomMetadataMapKeys(metadata, allocator, &keys, &n));
    for (int64_t i = 0; error.empty() && i < n; ++i) {
      const std::string key = taken(allocator, keys[i]);
      char* value = nullptr;
      error = failure(
          api()->ModelMetadataLookupCustomMetadataMap(metadata, allocator, key.c_str(), &value));
      properties_[key] = taken(allocator, value);
    }
    if (keys) static_cast<void>(failure(api()->AllocatorFree(allocator, keys)));
    if (error.empty()) return {};
    return Error(ErrorKind::kModelFile, path_ + ": " + error);
  }

  template <class Name, class Type>
  std::string add_port(Name name_of, Type type_of, size_t index, OrtAllocator* allocator,
                       std::vector<Port>& ports) {
    char* text = nullptr;
    std::string error = failure(name_of(session_.get(), index, allocator, &text));
    Port port{taken(allocator, text), {}, Dtype::kFloat32};
    OrtTypeInfo* type = nullptr;
    if (error.empty()) error = failure(type_of(session_.get(), index, &type));
    const TypeInfo owned(type);
    const OrtTensorTypeAndShapeInfo* info = nullptr;
    if (error.empty()) error = failure(api()->CastTypeInfoToTensorInfo(type, &info));
    if (error.empty() && !info) return quoted(port.name) + " is no tensor";
    ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    if (error.empty()) error = failure(api()->GetTensorElementType(info, &element));
    if (element == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16) port.dtype = Dtype::kInt16;
    if (error.empty() && element != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT &&
        (port.dtype != Dtype::kInt16 || &ports == &outputs_))
      return quoted(port.name) + " is neither float32 nor, as an input, int16, which this library "
                                 "alone takes";
    size_t rank = 0;
    if (error.empty()) error = failure(api()->GetDimensionsCount(info, &rank));
    std::vector<int64_t> sizes(rank);
    std::vector<const char*> names(rank);
    if (error.empty()) error = failure(api()->GetDimensions(info, sizes.data(), rank));
    if (error.empty()) error = failure(api()->GetSymbolicDimensions(info, names.data(), rank));
    for (size_t axis = 0; error.empty() && axis < rank; ++axis) {
      const bool fixed = sizes[axis] >= 0;
      port.axes.push_back(
          {*names[axis] ? names[axis] : "?", fixed ? std::optional(sizes[axis]) : std::nullopt});
    }
    ports.push_back(std::move(port));
    return error;
  }

  std::string path_, provider_;
  std::shared_ptr<OrtEnv> env_;  // outlives the session
  MemoryInfo memory_;
  std::shared_ptr<OrtSession> session_;
  std::vector<Port> inputs_, outputs_;
  std::vector<const char*> output_names_;
  Properties properties_;
};

}  // namespace ort
}  // namespace nnaudio
