// What reads bytes that anyone may have written, for the fuzzers and the mutation test: whatever
// comes, each must answer, and what it answers must hold together.
#pragma once

#include <cstdlib>
#include <nnaudio/json.hpp>
#include <nnaudio/metadata.hpp>
#include <nnaudio/npy.hpp>
#include <nnaudio/onnx_file.hpp>
#include <string>
#include <string_view>

namespace readers {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline void use(const nnaudio::Properties& properties) {
  const auto read = nnaudio::Metadata::read(properties);
  if (!read) {
    require(!read.error().message().empty());
    return;
  }
  if (!*read) return;
  const nnaudio::Metadata& info = **read;
  require(info.min_length >= 1 && !info.input_axes.empty());
  require(info.min_length <= info.max_length.value_or(info.min_length));
  require(info.min_batch >= 1 && info.min_batch <= info.max_batch.value_or(info.min_batch));
  if (info.streaming) {
    const nnaudio::StreamSpec& spec = *info.streaming;
    require(spec.chunk % spec.hop == 0 && spec.frames_per_chunk() >= 1 && spec.skipped() >= 0);
    require(spec.frames(100000) >= 0);
    static_cast<void>(spec.outputs(100000));
  }
  if (info.selftest) {
    require(info.selftest->shape.within(nnaudio::SelfTest::kMostValues));
    for (const nnaudio::Probes& probes : info.selftest->probes) {
      const float output[] = {0.5f, 1.0f};
      require(probes.error(output, 2) >= 0);
    }
  }
}

// Keys and values in turn, between zero bytes.
inline void metadata(std::string_view bytes) {
  nnaudio::Properties properties;
  const auto parts = nnaudio::split(bytes, '\0');
  for (size_t i = 0; i + 1 < parts.size(); i += 2)
    properties[std::string(parts[i])] = std::string(parts[i + 1]);
  use(properties);
}

inline void onnx(std::string_view bytes) {
  const auto outline = nnaudio::read_onnx(bytes);
  if (!outline) return;
  use(outline->properties);
  for (const std::string& location : outline->external_data)
    require(!nnaudio::detail::check_external("no such folder/model.onnx", location));
}

inline void npy(std::string_view bytes) {
  const auto array = nnaudio::read_npy(bytes);
  if (array) require(static_cast<int64_t>(array->values.size()) == array->shape.count());
}

inline void json(std::string_view bytes) {
  if (const auto properties = nnaudio::read_json(bytes)) use(*properties);
}

inline void file_head(std::string_view bytes) {
  require(!nnaudio::detail::describe(bytes).empty());
}

}  // namespace readers
