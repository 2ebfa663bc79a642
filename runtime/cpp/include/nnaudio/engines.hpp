// Which engine runs a file: the file's first bytes say it.
//
// ONNX Runtime is always there. The others register themselves where one source file of the program
// includes <nnaudio/libtorch.hpp> or <nnaudio/executorch.hpp>; all others compile without them.
#pragma once

#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>

#include "engine.hpp"
#include "onnxruntime.hpp"

namespace nnaudio {

using OpenEngine = Result<EnginePointer> (*)(const std::string& path, const Options& options);

// An engine that a program may be built without.
struct OptionalEngine {
  size_t offset;  // of the signature
  std::string_view signature;
  const char *file, *name, *library;
  OpenEngine open;  // null where it is not built in
};

inline OptionalEngine& torchscript_engine() {
  static OptionalEngine engine{
      0,          {"PK\x03\x04", 4}, "a zip archive, as TorchScript files are",
      "LibTorch", "libtorch",        nullptr};
  return engine;
}

inline OptionalEngine& executorch_engine() {
  static OptionalEngine engine{4,      "ET12", "an ExecuTorch program", "ExecuTorch", "executorch",
                               nullptr};
  return engine;
}

// For a static initialiser of the engine's header.
inline bool register_engine(OptionalEngine& engine, OpenEngine open) {
  engine.open = open;
  return true;
}

inline Result<EnginePointer> open_engine(const std::string& path, const Options& options) {
  char bytes[8] = {};
  std::ifstream(path, std::ios::binary).read(bytes, sizeof bytes);
  const std::string_view head(bytes, sizeof bytes);
  for (const OptionalEngine* engine : {&torchscript_engine(), &executorch_engine()}) {
    if (head.substr(engine->offset, engine->signature.size()) != engine->signature) continue;
    if (engine->open) return engine->open(path, options);
    const std::string library = engine->library;
    return Error(ErrorKind::kModelFile,
                 path + " is " + engine->file + ", and this program was built without " +
                     engine->name + ": include <nnaudio/" + library +
                     ".hpp> in one of its source files and link nnaudio::" + library);
  }
  return ort::OrtEngine::open(path, options);
}

}  // namespace nnaudio
