// Buffers that know their shape. Values are float32 in C order, the last axis closest together.
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

// Somebody else's values.
struct View {
  View(const float* values, Shape sizes) : data(values), shape(sizes) {}
  View(const std::vector<float>& audio)  // (samples,)
      : data(audio.data()), shape{static_cast<int64_t>(audio.size())} {}

  const float* data;
  Shape shape;
};

}  // namespace nnaudio
