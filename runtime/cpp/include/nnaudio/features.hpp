// What a front end gives.
#pragma once

#include <cstdint>
#include <string>

#include "engine.hpp"

namespace nnaudio {

// Times of the centres of frames, in seconds; nothing is stored.
struct FrameTimes {
  int64_t offset = 0, hop = 0, sample_rate = 0;  // sample_rate 0: the graph does not say

  double operator[](int64_t frame) const {
    return static_cast<double>(offset + hop * frame) / static_cast<double>(sample_rate);
  }
};

// One output, e.g. (batch, bins, frames); it keeps its own memory and outlives the front end.
struct Features {
  std::string name;
  Tensor tensor;
  int64_t batch = 1, bins = 1, frames = 1;
  int64_t parts = 1;  // 2 for real and imaginary part
  FrameTimes times;

  Features() = default;
  Features(std::string output, Tensor values, FrameTimes frame_times)
      : name(std::move(output)), tensor(std::move(values)), times(frame_times) {
    const Shape& shape = tensor.shape;
    if (shape.size() > 0) batch = shape[0];
    if (shape.size() > 1) bins = shape[1];
    if (shape.size() > 2) frames = shape[2];
    if (shape.size() > 3) parts = shape.count(3, shape.size());
  }

  const float* data() const { return tensor.data; }
  const Shape& shape() const { return tensor.shape; }
  float at(int64_t bin, int64_t frame, int64_t item = 0, int64_t part = 0) const {
    return tensor.data[((item * bins + bin) * frames + frame) * parts + part];
  }
  operator View() const { return View(tensor.data, tensor.shape); }
};

}  // namespace nnaudio
