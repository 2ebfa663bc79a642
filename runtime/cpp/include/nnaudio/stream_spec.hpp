// How a streaming graph is fed: "nnaudio.streaming.*", in units of the input's length axis.
//
// The graph is pure, (chunk, state[, present]) -> (outputs..., next state). It is fed, in chunks:
// lead zeros, left padding, the signal, right padding, and zeros for as long as outputs are due.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nnaudio {

// Of an output, the axis along which what is given goes on; the number of axes where none says so.
inline size_t time_axis(const std::vector<std::string>& names) {
  size_t axis = 0;
  while (axis < names.size() && names[axis].compare(0, 6, "frames") != 0 &&
         names[axis].compare(0, 7, "samples") != 0)
    ++axis;
  return axis;
}

struct StreamSpec {
  int64_t chunk = 0;         // units that a run takes, a multiple of hop
  int64_t hop = 0;           // from one frame to the next
  int64_t frame_length = 0;  // of the padded signal, in one frame
  int64_t pad = 0;           // on both sides of the signal
  bool reflect = true;       // how it is padded: without repeating the edge, or with zeros
  int64_t lead = 0;          // zeros in front of it all
  int64_t warmup = 0;        // frames before the signal's first
  int64_t per_frame = 1;     // outputs per frame: 1 for features, a hop of samples for audio
  int64_t trim = 0;          // outputs to drop behind those of the warm-up
  int64_t tail = 0;          // outputs in all beyond per_frame for each frame; may be below 0
  int64_t latency = 0;       // input beyond an output's own time before it is given
  int64_t state_size = 0;    // values per stream
  std::string state_input;
  std::string state_output;
  std::string present;  // input (batch, frames per chunk), 1 for the signal's frames; or ""

  int64_t frames_per_chunk() const { return chunk / hop; }
  int64_t outputs_per_chunk() const { return frames_per_chunk() * per_frame; }
  int64_t skipped() const { return warmup * per_frame + trim; }

  // Frames of a whole signal of a length; none where it is too short for one.
  int64_t frames(int64_t length) const {
    const int64_t beyond = length + 2 * pad - frame_length;
    return beyond < 0 ? 0 : 1 + beyond / hop;
  }
  int64_t outputs(int64_t length) const { return frames(length) * per_frame + tail; }
};

}  // namespace nnaudio
