// The engine of TorchScript files: LibTorch. Include it in one source file of a program, compiled
// with exceptions; nnaudio::Frontend then takes .pt files everywhere in it.
#pragma once

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine.hpp"
#include "engines.hpp"
#include "json.hpp"
#include "ports.hpp"

namespace nnaudio {
namespace torchscript {

constexpr char kMetadataRecord[] = "extra/nnaudio.json";
constexpr size_t kMostMetadataBytes = size_t{1} << 24;
constexpr char kExportAgain[] = ". Export the layer with nnaudio_export.export_torchscript";

// The line that says what went wrong: the first, or the last of a traceback.
inline std::string reason(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error ? torch_error->what_without_backtrace() : error.what();
  text.erase(text.find_last_not_of(" \n") + 1);
  if (text.find("Traceback") != text.npos) return text.substr(text.rfind('\n') + 1);
  return text.substr(0, text.find('\n'));
}

// What a call gives, or the error in place of what LibTorch throws.
template <class Call>
auto guarded(ErrorKind kind, const std::string& before, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& error) {
    return Error(kind, before + reason(error));
  }
}

// The properties of an archive, without unpickling it.
//
// A checkpoint's pickle means to run code when it is read, so nothing but an archive that our
// exporter wrote goes on to LibTorch: one with TorchScript's own records and our nnaudio.json.
inline Result<Properties> read_properties(const std::string& path) {
  const auto refused = [&](const std::string& what) {
    return Error(ErrorKind::kModelFile, path + " is " + what + kExportAgain);
  };
  caffe2::serialize::PyTorchStreamReader reader(path);
  bool code = false;
  for (const std::string& name : reader.getAllRecords()) code |= name.compare(0, 5, "code/") == 0;
  if (!code || !reader.hasRecord("constants.pkl"))
    return refused(reader.hasRecord("data.pkl")
                       ? "a checkpoint of torch.save, a pickle that could run any code: it is not "
                         "read"
                       : "a zip archive, no TorchScript");
  if (!reader.hasRecord(kMetadataRecord))
    return refused(
        "a TorchScript archive of unknown origin (it has no nnaudio.json): it is not loaded");
  if (reader.getRecordSize(kMetadataRecord) > kMostMetadataBytes)
    return refused("damaged: nnaudio.json has over " + std::to_string(kMostMetadataBytes) +
                   " bytes");
  const auto [bytes, size] = reader.getRecord(kMetadataRecord);
  auto properties = read_json({static_cast<const char*>(bytes.get()), size});
  if (!properties) return refused("damaged: " + properties.error().message());
  return properties;
}

inline Shape shape_of(const at::Tensor& tensor) {
  Shape shape;
  for (int64_t size : tensor.sizes()) shape.push_back(size);
  return shape;
}

inline at::ScalarType torch_type(Dtype dtype) {
  return dtype == Dtype::kInt16 ? at::kShort : at::kFloat;
}

inline at::Tensor wrap(const void* data, const Shape& shape, Dtype dtype) {
  return at::from_blob(const_cast<void*>(data), {shape.data(), shape.size()}, torch_type(dtype));
}

// Results of a module: a tensor, or a tuple, list or dictionary of them.
inline void unpack(const c10::IValue& value, std::vector<at::Tensor>& outputs) {
  outputs.clear();
  if (value.isTuple())
    for (const c10::IValue& item : value.toTupleRef().elements())
      outputs.push_back(item.toTensor());
  else if (value.isTensorList())
    for (const at::Tensor& item : value.toTensorVector()) outputs.push_back(item);
  else if (value.isGenericDict())
    for (const auto& item : value.toGenericDict()) outputs.push_back(item.value().toTensor());
  else
    outputs.push_back(value.toTensor());
}

// No gradients; and on CUDA all bits of a product, of which TF32 keeps ten.
struct Running {
  c10::InferenceMode inference;
  at::NoTF32Guard full_precision;
};

class TorchRun final : public Bound {
 public:
  TorchRun(torch::jit::Method forward, c10::Device device, std::vector<at::Tensor> inputs,
           std::vector<at::Tensor> outputs)
      : forward_(std::move(forward)),
        device_(device),
        inputs_(std::move(inputs)),
        targets_(std::move(outputs)) {}

  Result<void> run() override {
    return guarded(ErrorKind::kAudio, "", [&]() -> Result<void> {
      const Running running;
      stack_.clear();
      for (const at::Tensor& input : inputs_) stack_.emplace_back(input.to(device_));
      forward_.run(stack_);
      unpack(stack_.back(), outputs_);
      if (outputs_.size() != targets_.size())
        return Error(ErrorKind::kModelFile, "the graph gives another number of outputs");
      for (size_t k = 0; k < targets_.size(); ++k) {
        if (outputs_[k].sizes() != targets_[k].sizes())
          return Error(ErrorKind::kModelFile, "the graph gives " +
                                                  to_string(shape_of(outputs_[k])) + ", not " +
                                                  to_string(shape_of(targets_[k])));
        targets_[k].copy_(outputs_[k]);
      }
      return {};
    });
  }

 private:
  torch::jit::Method forward_;
  c10::Device device_;
  std::vector<at::Tensor> inputs_, targets_;  // on the caller's memory
  torch::jit::Stack stack_;
  std::vector<at::Tensor> outputs_;
};

class TorchEngine final : public Engine {
 public:
  static Result<EnginePointer> open(const std::string& path, const Options& options) {
    auto engine = std::make_shared<TorchEngine>();
    engine->path_ = path;
    auto read = guarded(ErrorKind::kModelFile,
                        path + " is damaged: ", [&] { return read_properties(path); });
    if (!read) return read.error();
    engine->properties_ = std::move(*read);
    const auto info = Metadata::read(engine->properties_);
    if (!info) return Error(ErrorKind::kModelFile, path + ": " + info.error().message());
    auto ports = Ports::read(path, *info);
    if (!ports) return ports.error();
    engine->ports_ = std::move(*ports);
    if (auto chosen = engine->choose(options); !chosen) return chosen.error();
    auto loaded = guarded(ErrorKind::kModelFile, path + " is refused by LibTorch: ", [&] {
      return engine->load((**info).streaming.has_value());
    });
    if (!loaded) return loaded.error();
    return EnginePointer(std::move(engine));
  }

  const std::vector<Port>& inputs() const override { return ports_.inputs; }
  const std::vector<Port>& outputs() const override { return ports_.outputs; }
  const std::string& provider() const override { return provider_; }
  const Properties& properties() const override { return properties_; }

  Result<std::vector<Tensor>> run(View input) const override {
    using Tensors = Result<std::vector<Tensor>>;
    return guarded(ErrorKind::kAudio, path_ + " cannot compute this input: ", [&]() -> Tensors {
      const Running running;
      const at::Tensor given = wrap(input.values(), input.shape, input.dtype);
      auto outputs = forward({given});
      if (!outputs) return outputs.error();
      std::vector<Tensor> tensors;
      tensors.reserve(outputs->size());
      for (at::Tensor& output : *outputs) {
        output = output.to(at::kCPU).contiguous();
        // An output that is the input lives no longer than the caller's memory.
        if (output.is_alias_of(given)) output = output.clone();
        auto owner = std::make_shared<at::Tensor>(std::move(output));
        tensors.push_back({shape_of(*owner), owner->data_ptr<float>(), owner});
      }
      return tensors;
    });
  }

  Result<std::unique_ptr<Bound>> bind(const std::vector<Slot>& inputs,
                                      const std::vector<Slot>& outputs) const override {
    std::vector<at::Tensor> bound[2];
    for (int side = 0; side < 2; ++side) {
      auto ordered =
          side ? in_order(ports_.outputs, outputs, path_) : in_order(ports_.inputs, inputs, path_);
      if (!ordered) return ordered.error();
      for (const Slot* slot : *ordered)
        bound[side].push_back(wrap(slot->data, slot->shape, slot->dtype));
    }
    return std::unique_ptr<Bound>(
        new TorchRun(*forward_, device_, std::move(bound[0]), std::move(bound[1])));
  }

 private:
  Result<void> choose(const Options& options) {
    const std::string& wanted = options.provider;
    if (wanted != "auto" && wanted != "cuda" && wanted != "cpu")
      return Error(ErrorKind::kProvider,
                   "provider is " + quoted(wanted) +
                       ", for a TorchScript file it must be 'auto', 'cuda' or 'cpu'");
    const bool works = at::hasCUDA();
    if (wanted == "cuda" && !works)
      return Error(ErrorKind::kProvider,
                   "provider 'cuda' does not work: LibTorch finds no GPU. Load with provider "
                   "'cpu'");
    if (works && wanted != "cpu") device_ = c10::Device(c10::kCUDA);
    provider_ = device_.is_cuda() ? "TorchScript on cuda" : "TorchScript on cpu";
    // LibTorch has one such number for the whole process.
    if (options.threads > 0) at::set_num_threads(options.threads);
    return {};
  }

  Result<void> load(bool streams) {
    module_ = torch::jit::load(path_, device_, /*load_debug_files=*/false);
    forward_ = module_.get_method("forward");
    if (!streams) return {};
    // One step tells the outputs' sizes.
    const Running running;
    std::vector<c10::IValue> inputs;
    for (const Port& port : ports_.inputs) {
      const Shape shape = nnaudio::shape_of(port, 1);
      inputs.emplace_back(at::zeros({shape.data(), shape.size()}, torch_type(port.dtype)));
    }
    const auto outputs = forward(std::move(inputs));
    if (!outputs) return outputs.error();
    for (size_t k = 0; k < outputs->size(); ++k) ports_.measured(k, shape_of((*outputs)[k]));
    return {};
  }

  Result<std::vector<at::Tensor>> forward(std::vector<c10::IValue> inputs) const {
    for (c10::IValue& input : inputs) input = input.toTensor().to(device_);
    std::vector<at::Tensor> outputs;
    unpack((*forward_)(std::move(inputs)), outputs);
    const auto refused = [&](const std::string& why) {
      return Error(ErrorKind::kModelFile, path_ + why);
    };
    if (outputs.size() != ports_.outputs.size())
      return refused(" gives " + std::to_string(outputs.size()) + " outputs, its metadata names " +
                     std::to_string(ports_.outputs.size()));
    for (size_t k = 0; k < outputs.size(); ++k) {
      const std::string name = quoted(ports_.outputs[k].name);
      if (outputs[k].scalar_type() != at::kFloat)
        return refused(": " + name + " is not float32, which this library alone gives");
      if (outputs[k].dim() > static_cast<int64_t>(Shape::kMostAxes))
        return refused(": " + name + " has too many axes");
    }
    return outputs;
  }

  std::string path_, provider_;
  c10::Device device_ = c10::Device(c10::kCPU);
  torch::jit::Module module_;
  std::optional<torch::jit::Method> forward_;
  Properties properties_;
  Ports ports_;
};

inline const bool kRegistered = register_engine(torchscript_engine(), TorchEngine::open);

}  // namespace torchscript
}  // namespace nnaudio
