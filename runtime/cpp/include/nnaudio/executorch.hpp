// The engine of ExecuTorch programs, .pte. Include it in one source file of a program;
// nnaudio::Frontend then takes them everywhere in it.
//
// Load only programs of your own: ExecuTorch checks a file's structure, not all it holds.
#pragma once

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor_ptr.h>
#include <executorch/extension/threadpool/threadpool_guard.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine.hpp"
#include "engines.hpp"
#include "json.hpp"
#include "ports.hpp"

namespace nnaudio {
namespace pte {

using ::executorch::aten::ScalarType;
using ::executorch::extension::Module;
using ::executorch::extension::TensorPtr;
using ::executorch::runtime::EValue;
using Code = ::executorch::runtime::Error;

constexpr char kMetadataMethod[] = "nnaudio", kMethod[] = "forward";
constexpr char kExportAgain[] = ". Export the layer with nnaudio_export.export_executorch";

inline std::string reason(Code code) {
  const std::string name = ::executorch::runtime::to_string(code);  // "Error::InvalidProgram"
  return "ExecuTorch says " + name.substr(name.rfind(':') + 1);
}

inline TensorPtr wrap(const void* data, const Shape& shape, Dtype dtype) {
  return ::executorch::extension::make_tensor_ptr(
      std::vector<::executorch::aten::SizesType>(shape.begin(), shape.end()),
      const_cast<void*>(data), dtype == Dtype::kInt16 ? ScalarType::Short : ScalarType::Float);
}

template <class Sizes>
Shape shape_from(const Sizes& sizes) {
  Shape shape;
  for (auto size : sizes) shape.push_back(size);
  return shape;
}

// The method "forward" with a memory of its own: for one thread at a time.
class Forward {
 public:
  // The file's module owns what a program reads its weights with.
  Forward(std::shared_ptr<Module> file, bool one_thread)
      : file_(std::move(file)), module_(file_->program()), one_thread_(one_thread) {}

  Code load() {
    return alone([&] { return module_.load_method(kMethod); });
  }

  ::executorch::runtime::Result<std::vector<EValue>> run(const std::vector<EValue>& inputs) {
    return alone([&] { return module_.execute(kMethod, inputs); });
  }

 private:
  // Without ExecuTorch's pool of threads, where one thread is asked for.
  template <class Call>
  auto alone(Call call) -> decltype(call()) {
    if (!one_thread_) return call();
    const ::executorch::extension::threadpool::NoThreadPoolGuard guard;
    return call();
  }

  std::shared_ptr<Module> file_;
  Module module_;
  bool one_thread_;
};

class ProgramRun final : public Bound {
 public:
  ProgramRun(std::unique_ptr<Forward> forward, std::vector<TensorPtr> inputs,
             std::vector<Slot> outputs)
      : forward_(std::move(forward)), tensors_(std::move(inputs)), outputs_(std::move(outputs)) {
    for (const TensorPtr& tensor : tensors_) inputs_.emplace_back(*tensor);
  }

  Result<void> run() override {
    const auto results = forward_->run(inputs_);
    if (!results.ok()) return Error(ErrorKind::kAudio, reason(results.error()));
    // That shapes and types are these was checked when the program was loaded.
    for (size_t k = 0; k < outputs_.size(); ++k)
      std::copy_n((*results)[k].toTensor().const_data_ptr<float>(), outputs_[k].shape.count(),
                  static_cast<float*>(outputs_[k].data));
    return {};
  }

 private:
  std::unique_ptr<Forward> forward_;
  std::vector<TensorPtr> tensors_;  // on the caller's memory
  std::vector<EValue> inputs_;
  std::vector<Slot> outputs_;
};

class ProgramEngine final : public Engine {
 public:
  static Result<EnginePointer> open(const std::string& path, const Options& options) {
    const std::string& wanted = options.provider;
    if (wanted != "auto" && wanted != "cpu")
      return Error(ErrorKind::kProvider,
                   "provider is " + quoted(wanted) +
                       ", for an ExecuTorch program it must be 'auto' or 'cpu'");
    if (options.threads > 1)
      return Error(ErrorKind::kProvider,
                   "threads is " + std::to_string(options.threads) +
                       ", for an ExecuTorch program it must be 1, or 0 for the pool of threads "
                       "that the whole process shares");
    auto engine = std::make_shared<ProgramEngine>();
    engine->path_ = path;
    engine->one_thread_ = options.threads == 1;
    if (auto read = engine->read(); !read) return read.error();
    const auto info = Metadata::read(engine->properties_);
    if (!info) return Error(ErrorKind::kModelFile, path + ": " + info.error().message());
    auto ports = Ports::read(path, *info);
    if (!ports) return ports.error();
    engine->ports_ = std::move(*ports);
    if (auto checked = engine->check(**info); !checked) return checked.error();
    auto forward = engine->forward();
    if (!forward) return forward.error();
    engine->forward_ = std::move(*forward);
    return EnginePointer(std::move(engine));
  }

  const std::vector<Port>& inputs() const override { return ports_.inputs; }
  const std::vector<Port>& outputs() const override { return ports_.outputs; }
  const std::string& provider() const override { return provider_; }
  const Properties& properties() const override { return properties_; }
  bool plans_memory() const override { return true; }

  // Runs take turns: a method has one memory for its values.
  Result<std::vector<Tensor>> run(View input) const override {
    const TensorPtr tensor = wrap(input.values(), input.shape, input.dtype);
    const std::lock_guard<std::mutex> turn(turn_);
    const auto results = forward_->run({EValue(*tensor)});
    if (!results.ok())
      return Error(ErrorKind::kAudio,
                   path_ + " cannot compute this input: " + reason(results.error()));
    std::vector<Tensor> tensors;
    for (const EValue& result : *results) {
      const auto& values = result.toTensor();
      const float* const data = values.const_data_ptr<float>();
      auto owner = std::make_shared<std::vector<float>>(data, data + values.numel());
      tensors.push_back({shape_from(values.sizes()), owner->data(), owner});
    }
    return tensors;
  }

  Result<std::unique_ptr<Bound>> bind(const std::vector<Slot>& inputs,
                                      const std::vector<Slot>& outputs) const override {
    const auto in = in_order(ports_.inputs, inputs, path_);
    if (!in) return in.error();
    const auto out = in_order(ports_.outputs, outputs, path_);
    if (!out) return out.error();
    auto forward = this->forward();
    if (!forward) return forward.error();
    std::vector<TensorPtr> tensors;
    for (const Slot* slot : *in) tensors.push_back(wrap(slot->data, slot->shape, slot->dtype));
    std::vector<Slot> targets;
    for (const Slot* slot : *out) targets.push_back(*slot);
    return std::unique_ptr<Bound>(
        new ProgramRun(std::move(*forward), std::move(tensors), std::move(targets)));
  }

 private:
  Error refused(const std::string& what) const {
    return Error(ErrorKind::kModelFile, path_ + what + kExportAgain);
  }

  // The program and the properties, which its constant method "nnaudio" returns as JSON.
  Result<void> read() {
    file_ = std::make_shared<Module>(path_);
    const Code loaded =
        file_->load(::executorch::runtime::Program::Verification::InternalConsistency);
    if (loaded != Code::Ok) return refused(" is damaged: " + reason(loaded));
    const auto names = file_->method_names();
    if (!names.ok() || !names->count(kMetadataMethod) || !names->count(kMethod))
      return refused(
          " is an ExecuTorch program of unknown origin (it has no method 'nnaudio'): it "
          "is not loaded");
    const auto result = file_->execute(kMetadataMethod);
    if (!result.ok() || result->size() != 1 || !(*result)[0].isString())
      return refused(" is damaged: its method 'nnaudio' gives no JSON");
    auto properties = read_json((*result)[0].toString());
    if (!properties)
      return refused(
          " is damaged: its method 'nnaudio' gives no JSON object of "
          "strings");
    properties_ = std::move(*properties);
    return {};
  }

  // Compares what the metadata says with what the method takes and gives.
  Result<void> check(const Metadata& info) {
    const auto meta = file_->method_meta(kMethod);
    if (!meta.ok()) return refused(" is damaged: " + reason(meta.error()));
    const size_t inputs = ports_.inputs.size(), outputs = ports_.outputs.size();
    if (meta->num_inputs() != inputs || meta->num_outputs() != outputs)
      return Error(ErrorKind::kModelFile,
                   path_ + " takes " + std::to_string(meta->num_inputs()) + " inputs and gives " +
                       std::to_string(meta->num_outputs()) + " outputs, its metadata describes " +
                       std::to_string(inputs) + " and " + std::to_string(outputs));
    for (size_t i = 0; i < inputs; ++i) {
      Shape said;
      for (const Axis& axis : ports_.inputs[i].axes)
        said.push_back(axis.size.value_or(axis.name == "batch" ? 1 : info.max_length.value_or(0)));
      const auto found = meta->input_tensor_meta(i);
      const Shape shape = found.ok() ? shape_from(found->sizes()) : Shape();
      const bool pcm = ports_.inputs[i].dtype == Dtype::kInt16;
      if (shape != said || found->scalar_type() != (pcm ? ScalarType::Short : ScalarType::Float))
        return Error(ErrorKind::kModelFile, path_ + " has memory for an input of " +
                                                to_string(shape) + ", its metadata describes " +
                                                to_string(said) + " of " +
                                                to_string(ports_.inputs[i].dtype));
    }
    for (size_t k = 0; k < outputs; ++k) {
      const auto found = meta->output_tensor_meta(k);
      const std::string name = quoted(ports_.outputs[k].name);
      if (!found.ok() || found->scalar_type() != ScalarType::Float)
        return Error(ErrorKind::kModelFile,
                     path_ + ": " + name + " is not float32, which this library alone gives");
      if (found->sizes().size() > Shape::kMostAxes)
        return Error(ErrorKind::kModelFile, path_ + ": " + name + " has too many axes");
      if (info.streaming) ports_.measured(k, shape_from(found->sizes()));
    }
    return {};
  }

  Result<std::unique_ptr<Forward>> forward() const {
    auto forward = std::make_unique<Forward>(file_, one_thread_);
    const Code loaded = forward->load();
    if (loaded != Code::Ok)
      return Error(ErrorKind::kModelFile, path_ + " is refused by ExecuTorch: " + reason(loaded));
    return forward;
  }

  std::string path_, provider_ = "ExecuTorch on cpu";
  bool one_thread_ = false;
  std::shared_ptr<Module> file_;
  std::unique_ptr<Forward> forward_;
  mutable std::mutex turn_;
  Properties properties_;
  Ports ports_;
};

inline const bool kRegistered = register_engine(executorch_engine(), ProgramEngine::open);

}  // namespace pte
}  // namespace nnaudio
