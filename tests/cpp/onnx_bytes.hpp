// Writes small ONNX files, right and wrong ones.
#pragma once

#include <cstdint>
#include <string>

namespace onnx_bytes {

inline std::string varint(uint64_t number) {
  std::string text;
  for (; number >= 0x80; number >>= 7) text += static_cast<char>(number | 0x80);
  return text + static_cast<char>(number);
}

inline std::string field(uint64_t number, uint64_t value) {
  return varint(number << 3) + varint(value);
}

inline std::string field(uint64_t number, const std::string& bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}

inline std::string entry(const std::string& key, const std::string& value) {
  return field(1, key) + field(2, value);
}

inline std::string ir_version() { return field(1, 8); }
inline std::string opset() { return field(8, field(1, std::string()) + field(2, 18)); }
inline std::string property(const std::string& key, const std::string& value) {
  return field(14, entry(key, value));
}
// A graph of one node, with a weight in a file beside the model.
inline std::string graph(const std::string& location = "") {
  const std::string node = field(1, "x") + field(2, "y") + field(4, "Identity");
  const std::string outside = field(14, 1) + field(13, entry("location", location));
  return field(7, field(1, node) + (location.empty() ? "" : field(5, outside)));
}
inline std::string model(const std::string& location = "") {
  return ir_version() + graph(location) + opset();
}

}  // namespace onnx_bytes
