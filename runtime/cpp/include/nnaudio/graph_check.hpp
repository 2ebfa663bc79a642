// Refuses a graph whose inputs and outputs are not those that its metadata describes.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "engine.hpp"

namespace nnaudio {
namespace detail {

inline Result<void> check_stream(const std::string& path, const Engine& engine,
                                 const Metadata& info) {
  const auto refused = [&](const std::string& why) {
    return Error(ErrorKind::kModelFile, path + why);
  };
  const StreamSpec& spec = *info.streaming;
  const std::vector<Axis>& axes = engine.inputs()[0].axes;
  for (size_t axis = 0; axis < axes.size(); ++axis)
    if (info.input_axes[axis] == info.length_axis() && axes[axis].size != spec.chunk)
      return refused(" takes chunks of " + axes[axis].text() + ", its nnaudio.streaming.chunk is " +
                     std::to_string(spec.chunk));
  for (const auto* ports : {&engine.inputs(), &engine.outputs()}) {
    const std::string& name = ports == &engine.inputs() ? spec.state_input : spec.state_output;
    const auto port = std::find_if(ports->begin(), ports->end(),
                                   [&](const Port& one) { return one.name == name; });
    const bool found = port != ports->end() && !port->axes.empty();
    if (found && port->axes.back().size == spec.state_size) continue;
    return refused((found ? " has '" + name + "' of size " + port->axes.back().text()
                          : " has no '" + name + "'") +
                   ", its nnaudio.streaming.state is '" + spec.state_input + " " +
                   spec.state_output + " " + std::to_string(spec.state_size) + "'");
  }
  const size_t given = engine.outputs().size() - 1;
  if (given != info.output_axes.size())
    return refused(" gives " + std::to_string(given) + " outputs, its nnaudio.output_axes has " +
                   std::to_string(info.output_axes.size()) + " entries");
  return {};
}

// Refuses a fixed size that the metadata does not allow.
inline Result<void> check_bounds(const std::string& path, std::optional<int64_t> size,
                                 const std::string& of, int64_t least,
                                 std::optional<int64_t> most) {
  if (!size || (*size >= least && *size <= most.value_or(*size))) return {};
  const std::string takes = of == "batch" ? "a batch of " + std::to_string(*size)
                                          : std::to_string(*size) + " " + of;
  const bool small = *size < least;
  return Error(ErrorKind::kModelFile, path + " takes " + takes + ", its nnaudio." +
                                          (small ? "min_" : "max_") + of + " is " +
                                          std::to_string(small ? least : *most));
}

inline Result<void> check_graph(const std::string& path, const Engine& engine,
                                const Metadata* info) {
  const auto refused = [&](const std::string& why) {
    return Error(ErrorKind::kModelFile, path + why);
  };
  const std::vector<Port>& inputs = engine.inputs();
  const bool streams = info && info->streaming;
  std::vector<std::string> found, expected;
  for (const Port& port : inputs) found.push_back(port.name);
  if (!inputs.empty()) expected.push_back(inputs[0].name);
  if (streams) expected.push_back(info->streaming->state_input);
  if (streams && !info->streaming->present.empty()) expected.push_back(info->streaming->present);
  if (found.empty() || found != expected) {
    std::string all;
    for (const std::string& name : found) all += (all.empty() ? "'" : ", '") + name + "'";
    return refused(" takes " + std::to_string(found.size()) + " inputs (" + all + "), " +
                   (streams ? "its metadata describes others" : "a front end takes one"));
  }
  if (engine.outputs().empty()) return refused(" has no outputs");
  if (!info) return {};
  if (info->input_axes.size() != inputs[0].axes.size())
    return refused(" takes " + std::to_string(inputs[0].axes.size()) +
                   " axes, its metadata describes " + std::to_string(info->input_axes.size()));
  if (info->input_dtype != inputs[0].dtype)
    return refused(std::string(" takes ") + to_string(inputs[0].dtype) +
                   ", its nnaudio.input_dtype is " + to_string(info->input_dtype));
  for (size_t i = 0; i < info->input_axes.size(); ++i) {
    const auto fixed = inputs[0].axes[i].size;
    const auto size = fixed ? fixed : fixed_size(info->input_axes[i]);
    if (i == 0)
      if (auto in = check_bounds(path, size, "batch", info->min_batch, info->max_batch); !in)
        return in;
    const std::string along = info->length_axis();
    if (!streams && info->input_axes[i] == along)
      if (auto in = check_bounds(path, size, along, info->min_length, info->max_length); !in)
        return in;
  }
  return streams ? check_stream(path, engine, *info) : Result<void>();
}

}  // namespace detail
}  // namespace nnaudio
