// Buffers that know their shape. Values are in C order, the last axis closest together.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace nnaudio {

// The sizes of up to eight axes, kept without an allocation.
class Shape {
 public:
  static constexpr size_t kMostAxes = 8;

  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes) {
    for (int64_t size : sizes) push_back(size);
  }

  void push_back(int64_t size) {
    if (rank_ < kMostAxes) sizes_[rank_++] = size;
  }
  size_t size() const { return rank_; }
  int64_t operator[](size_t axis) const { return sizes_[axis]; }
  int64_t& operator[](size_t axis) { return sizes_[axis]; }
  const int64_t* data() const { return sizes_.data(); }
  const int64_t* begin() const { return sizes_.data(); }
  const int64_t* end() const { return sizes_.data() + rank_; }

  int64_t count(size_t first, size_t last) const {
    int64_t product = 1;
    for (size_t axis = first; axis < last; ++axis) product *= sizes_[axis];
    return product;
  }
  int64_t count() const { return count(0, rank_); }
  // Whether there are 1 ... most values.
  bool within(int64_t most) const {
    int64_t product = 1;
    for (int64_t size : *this) {
      if (size < 1 || size > most / product) return false;
      product *= size;
    }
    return true;
  }

  bool operator==(const Shape& other) const {
    return rank_ == other.rank_ && std::equal(begin(), end(), other.begin());
  }
  bool operator!=(const Shape& other) const { return !(*this == other); }

 private:
  std::array<int64_t, kMostAxes> sizes_{};
  size_t rank_ = 0;
};

// "(2, 16000)", "(16000,)"
template <class Items, class Text>
std::string parenthesised(const Items& items, Text text) {
  std::string joined = "(";
  size_t n = 0;
  for (const auto& item : items) joined += (n++ ? ", " : "") + text(item);
  return joined + (n == 1 ? ",)" : ")");
}

inline std::string to_string(const Shape& shape) {
  return parenthesised(shape, [](int64_t size) { return std::to_string(size); });
}

enum class Dtype { kFloat32, kInt16 };

inline const char* to_string(Dtype dtype) { return dtype == Dtype::kInt16 ? "int16" : "float32"; }

constexpr size_t size_of(Dtype dtype) { return dtype == Dtype::kInt16 ? 2 : 4; }

// Somebody else's values: float32, or 16-bit PCM for a graph that takes it.
struct View {
  View(const float* values, Shape sizes) : data(values), shape(sizes) {}
  View(const std::vector<float>& audio)  // (samples,)
      : data(audio.data()), shape{static_cast<int64_t>(audio.size())} {}
  View(const std::vector<int16_t>& samples)
      : View(of_pcm(samples.data(), {static_cast<int64_t>(samples.size())})) {}

  static View of_pcm(const int16_t* samples, Shape sizes) {
    View view(nullptr, sizes);
    view.pcm = samples;
    view.dtype = Dtype::kInt16;
    return view;
  }

  const void* values() const {
    return dtype == Dtype::kInt16 ? static_cast<const void*>(pcm) : data;
  }

  const float* data;             // of float32
  const int16_t* pcm = nullptr;  // of int16
  Shape shape;
  Dtype dtype = Dtype::kFloat32;
};

}  // namespace nnaudio
