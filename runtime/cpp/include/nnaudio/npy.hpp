// NumPy's file format, for float32 arrays in C order.
// Reference: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "error.hpp"
#include "shape.hpp"
#include "text.hpp"

namespace nnaudio {

struct Array {
  Shape shape;
  std::vector<float> values;

  operator View() const { return View(values.data(), shape); }
};

inline Result<Array> read_npy(std::string_view bytes) {
  const auto refused = [](const char* reason) {
    return Error(ErrorKind::kFile, std::string("this is no NumPy array of float32: ") + reason);
  };
  constexpr std::string_view kMagic("\x93NUMPY", 6);
  if (bytes.size() < 10 || bytes.substr(0, 6) != kMagic) return refused("its signature is missing");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(bytes[i])); };
  const bool wide = byte(6) >= 2;  // the header's length has four bytes from version 2 on
  if (wide && bytes.size() < 12) return refused("it is cut off");
  const size_t begin = wide ? 12 : 10;
  const size_t length =
      byte(8) | byte(9) << 8 | (wide ? byte(10) << 16 | byte(11) << 24 : size_t{0});
  if (length > bytes.size() - begin) return refused("it is cut off");
  const std::string_view header = bytes.substr(begin, length);
  if (header.find("'<f4'") == header.npos) return refused("its values are of another type");
  if (header.find("'fortran_order': False") == header.npos)
    return refused("it is in Fortran order");
  const size_t open = header.find('('), close = header.find(')');
  if (open == header.npos || close == header.npos || close < open)
    return refused("it has no shape");

  Array array;
  const std::string_view payload = bytes.substr(begin + length);
  // An empty array may be of any shape; else no axis is longer than the values are many.
  const int64_t most = static_cast<int64_t>(payload.size() / sizeof(float));
  int64_t count = 1;
  size_t axes = 0;
  for (std::string_view part : split(header.substr(open + 1, close - open - 1), ',')) {
    const auto trimmed = words(part);
    if (trimmed.empty()) continue;
    const auto size = trimmed.size() == 1 ? whole_number(trimmed[0]) : std::nullopt;
    if (!size || *size < 0 || ++axes > Shape::kMostAxes) return refused("its shape is malformed");
    if (*size != 0 && count > most / *size) return refused("it is cut off");
    count *= *size;
    array.shape.push_back(*size);
  }
  if (static_cast<size_t>(count) * sizeof(float) != payload.size())
    return refused(count > most ? "it is cut off" : "it is longer than its shape");
  array.values.resize(static_cast<size_t>(count));
  if (count > 0) std::memcpy(array.values.data(), payload.data(), payload.size());
  return array;
}

inline Result<Array> load_npy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad() || !file.is_open()) return Error(ErrorKind::kFile, path + " cannot be read");
  auto array = read_npy(bytes);
  if (!array) return Error(ErrorKind::kFile, path + ": " + array.error().message());
  return array;
}

inline Result<void> save_npy(const std::string& path, View view) {
  std::string header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': " + to_string(view.shape) + ", }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file.write("\x93NUMPY\x01\x00", 8);
  const char length[] = {static_cast<char>(header.size() & 0xFF),
                         static_cast<char>(header.size() >> 8)};
  file.write(length, 2).write(header.data(), static_cast<std::streamsize>(header.size()));
  file.write(reinterpret_cast<const char*>(view.data),
             static_cast<std::streamsize>(view.shape.count() * sizeof(float)));
  file.close();
  if (!file) return Error(ErrorKind::kFile, path + " cannot be written");
  return {};
}

}  // namespace nnaudio
