// ONNX Runtime's own calls on a front end's session, without anything of ours around them.
#pragma once

#include <nnaudio/frontend.hpp>
#include <stdexcept>
#include <string>
#include <vector>

// Where the front end runs on ONNX Runtime, its engine; else null.
inline const nnaudio::ort::OrtEngine* ort_engine(const nnaudio::Frontend& frontend) {
  return dynamic_cast<const nnaudio::ort::OrtEngine*>(frontend.engine().get());
}

inline void must(OrtStatus* status) {
  const std::string failure = nnaudio::ort::failure(status);
  if (!failure.empty()) throw std::runtime_error(failure);
}

inline nnaudio::ort::MemoryInfo cpu_memory() {
  OrtMemoryInfo* memory = nullptr;
  must(nnaudio::ort::api()->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
  return nnaudio::ort::MemoryInfo(memory);
}

// OrtApi::Run of one input, made once; the outputs are ONNX Runtime's, as ours are.
class BareRun {
 public:
  BareRun(const nnaudio::Frontend& frontend, nnaudio::View input) : engine_(*ort_engine(frontend)) {
    std::string error;
    input_ = nnaudio::ort::wrap(memory_.get(), input.values(), input.dtype, input.shape, error);
    for (const auto& port : engine_.outputs()) names_.push_back(port.name.c_str());
  }

  void operator()() const {
    const char* const name[] = {engine_.inputs()[0].name.c_str()};
    const OrtValue* const inputs[] = {input_.get()};
    OrtValue* outputs[nnaudio::Shape::kMostAxes] = {};
    must(nnaudio::ort::api()->Run(engine_.session(), nullptr, name, inputs, 1, names_.data(),
                                  names_.size(), outputs));
    for (OrtValue* output : outputs)
      if (output) nnaudio::ort::api()->ReleaseValue(output);
  }

 private:
  const nnaudio::ort::OrtEngine& engine_;
  nnaudio::ort::MemoryInfo memory_ = cpu_memory();
  nnaudio::ort::Value input_;
  std::vector<const char*> names_;
};

// OrtApi::RunWithBinding of a streaming graph, on buffers of zeros.
class BareBoundRun {
 public:
  BareBoundRun(const nnaudio::Frontend& frontend, int64_t batch) : engine_(*ort_engine(frontend)) {
    OrtIoBinding* binding = nullptr;
    must(nnaudio::ort::api()->CreateIoBinding(engine_.session(), &binding));
    binding_.reset(binding);
    for (const auto* ports : {&engine_.inputs(), &engine_.outputs()})
      for (const auto& port : *ports) {
        nnaudio::Shape shape;
        for (const auto& axis : port.axes) shape.push_back(axis.size.value_or(batch));
        buffers_.emplace_back(static_cast<size_t>(shape.count()));
        std::string error;
        values_.push_back(nnaudio::ort::wrap(memory_.get(), buffers_.back().data(), port.dtype,
                                             shape, error));
        const auto attach = ports == &engine_.inputs() ? nnaudio::ort::api()->BindInput
                                                       : nnaudio::ort::api()->BindOutput;
        must(attach(binding_.get(), port.name.c_str(), values_.back().get()));
      }
  }

  void operator()() const {
    must(nnaudio::ort::api()->RunWithBinding(engine_.session(), nullptr, binding_.get()));
  }

 private:
  const nnaudio::ort::OrtEngine& engine_;
  nnaudio::ort::MemoryInfo memory_ = cpu_memory();
  std::vector<std::vector<float>> buffers_;
  std::vector<nnaudio::ort::Value> values_;
  nnaudio::ort::IoBinding binding_;
};
