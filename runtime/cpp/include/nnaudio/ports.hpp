// Inputs and outputs of a file that does not name them itself: its metadata does.
#pragma once

#include <string>
#include <vector>

#include "engine.hpp"

namespace nnaudio {

struct Ports {
  std::vector<Port> inputs, outputs;
  bool open_batch = true;

  // A signal's; of a streaming graph chunk, state and, where it takes one, present.
  static Result<Ports> read(const std::string& path, const std::optional<Metadata>& info) {
    const auto refused = [&](const std::string& why) {
      return Error(ErrorKind::kModelFile, path + why);
    };
    if (!info || info->output_names.empty())
      return refused(" has no nnaudio.format or no nnaudio.output_names: export it again");
    const size_t count = info->output_names.size();
    if (info->output_axes.size() != count)
      return refused(": nnaudio.output_axes has " + std::to_string(info->output_axes.size()) +
                     " entries, it must be " + std::to_string(count) +
                     ", as many as nnaudio.output_names");
    Ports ports;
    const std::string along = info->length_axis();
    const auto axes = [](const Axes& names) {
      std::vector<Axis> result;
      for (const std::string& name : names) result.push_back({name, fixed_size(name)});
      return result;
    };
    ports.inputs.push_back(
        {along == "samples" ? "audio" : "input", axes(info->input_axes), info->input_dtype});
    ports.open_batch = !ports.inputs[0].axes[0].size;
    for (size_t k = 0; k < count; ++k)
      ports.outputs.push_back({info->output_names[k], axes(info->output_axes[k])});
    if (!info->streaming) return ports;

    const StreamSpec& spec = *info->streaming;
    const Axis batch = ports.inputs[0].axes[0];
    for (Axis& axis : ports.inputs[0].axes)
      if (axis.name == along) axis.size = spec.chunk;
    ports.inputs.push_back({spec.state_input, {batch, {"state", spec.state_size}}});
    if (!spec.present.empty())
      ports.inputs.push_back({spec.present, {batch, {"frames", spec.frames_per_chunk()}}});
    ports.outputs.push_back({spec.state_output, {batch, {"state", spec.state_size}}});
    return ports;
  }

  // Takes an output's sizes from a run, all but an open batch.
  void measured(size_t output, const Shape& shape) {
    std::vector<Axis>& axes = outputs[output].axes;
    axes.resize(shape.size());
    for (size_t axis = open_batch ? 1 : 0; axis < shape.size(); ++axis)
      axes[axis].size = shape[axis];
  }
};

// The shape of a port for a batch.
inline Shape shape_of(const Port& port, int64_t batch) {
  Shape shape;
  for (const Axis& axis : port.axes) shape.push_back(axis.size.value_or(batch));
  return shape;
}

// The memory given for each port, in the ports' order.
inline Result<std::vector<const Slot*>> in_order(const std::vector<Port>& ports,
                                                 const std::vector<Slot>& slots,
                                                 const std::string& path) {
  std::vector<const Slot*> ordered;
  for (const Port& port : ports) {
    const Slot* found = nullptr;
    for (const Slot& slot : slots)
      if (slot.name == port.name) found = &slot;
    if (!found)
      return Error(ErrorKind::kModelFile, path + ": no memory is bound to " + quoted(port.name));
    const Shape wanted = shape_of(port, found->shape.size() ? found->shape[0] : 1);
    if (found->shape != wanted)
      return Error(ErrorKind::kModelFile, path + ": " + quoted(port.name) + " is " +
                                              to_string(wanted) + ", not " +
                                              to_string(found->shape));
    ordered.push_back(found);
  }
  return ordered;
}

}  // namespace nnaudio
