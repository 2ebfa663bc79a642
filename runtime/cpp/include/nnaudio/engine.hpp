// The seam between a front end and what runs its graph.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "input_contract.hpp"
#include "error.hpp"
#include "metadata.hpp"
#include "shape.hpp"

namespace nnaudio {

struct Options {
  // "auto" takes CUDA where it works, else the CPU; "cpu", "cuda", "xnnpack", "coreml" and "nnapi"
  // take that or are an error, never something else in silence.
  std::string provider = "auto";
  int threads = 0;           // within an operator; 0 leaves it to the engine
  bool check_finite = true;  // refuse audio that holds NaN or infinity
};

// An input or output of a graph.
struct Port {
  std::string name;
  std::vector<Axis> axes;
  Dtype dtype = Dtype::kFloat32;  // outputs are always float32
};

// An output that keeps its memory alive.
struct Tensor {
  Shape shape;
  const float* data = nullptr;
  std::shared_ptr<const void> owner;
};

// Memory of the caller for one input or output of repeated runs.
struct Slot {
  std::string name;
  void* data;
  Shape shape;
  Dtype dtype = Dtype::kFloat32;
};

// A run that always reads and writes the same memory.
class Bound {
 public:
  virtual ~Bound() = default;
  virtual Result<void> run() = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual const std::vector<Port>& inputs() const = 0;
  virtual const std::vector<Port>& outputs() const = 0;
  virtual const std::string& provider() const = 0;
  virtual const Properties& properties() const = 0;
  // Whether the longest input is what a file has memory for.
  virtual bool plans_memory() const { return false; }
  // Of a graph with one input; may be called from several threads at once.
  virtual Result<std::vector<Tensor>> run(View input) const = 0;
  virtual Result<std::unique_ptr<Bound>> bind(const std::vector<Slot>& inputs,
                                              const std::vector<Slot>& outputs) const = 0;
};

using EnginePointer = std::shared_ptr<const Engine>;

}  // namespace nnaudio
