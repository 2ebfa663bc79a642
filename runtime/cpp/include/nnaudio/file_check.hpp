// Looks at a file before an engine does, so that a wrong one is refused in words of its own.
#pragma once

#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "error.hpp"
#include "text.hpp"

namespace nnaudio {
namespace detail {

// What the first bytes of a file say about it.
inline std::string describe(std::string_view head) {
  static constexpr struct {
    size_t offset;
    std::string_view signature, name;
  } kSignatures[] = {
      {0, {"PK\x03\x04", 4}, "a zip archive"},
      {0, {"\x80\x02", 2}, "a pickle"},
      {0, {"\x1f\x8b", 2}, "a gzip archive"},
      {0, {"\x89HDF", 4}, "an HDF5 file"},
      {0, {"\x93NUMPY", 6}, "a NumPy array"},
      {0, {"\x89PNG", 4}, "a PNG picture"},
      {0, {"\xff\xd8\xff", 3}, "a JPEG picture"},
      {0, "%PDF", "a PDF document"},
      {0, "RIFF", "a WAV file"},
      {0, "fLaC", "a FLAC file"},
      {0, "OggS", "an Ogg file"},
      {0, "ID3", "an MP3 file"},
      {0,
       "\x7f"
       "ELF",
       "a program"},
      {4, "ET12", "an ExecuTorch program"},
      {4, "TFL3", "a TensorFlow Lite model"},
  };
  for (const auto& [offset, signature, name] : kSignatures)
    if (head.size() >= offset && head.substr(offset, signature.size()) == signature)
      return std::string(name);
  for (unsigned char c : head)
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') return "unknown binary data";
  return "a text file";
}

// ONNX Runtime's own form of a model.
inline bool is_ort(std::string_view head) {
  return head.size() >= 8 && head.substr(4, 4) == "ORTM";
}

}  // namespace detail

// Refuses what cannot be an ONNX model or ONNX Runtime's own form of one.
inline Result<void> check_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return Error(ErrorKind::kFile, path + " cannot be read: is it there?");
  char bytes[512];
  file.read(bytes, sizeof bytes);
  if (file.bad() || (file.gcount() == 0 && !file.eof()))
    return Error(ErrorKind::kModelFile, path + " is a folder, not an ONNX model");
  const std::string_view head(bytes, static_cast<size_t>(file.gcount()));
  if (head.empty()) return Error(ErrorKind::kModelFile, path + " is empty, not an ONNX model");
  // An ONNX file begins with its IR version: field 1, a small number.
  const bool onnx = head.size() > 1 && head[0] == 8 && static_cast<unsigned char>(head[1]) < 0x80;
  if (onnx || detail::is_ort(head)) return {};
  return Error(ErrorKind::kModelFile,
               path + " is " + detail::describe(head) + ", not an ONNX model");
}

}  // namespace nnaudio
