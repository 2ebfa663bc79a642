// A streaming graph on fixed buffers, with a state of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine.hpp"

namespace nnaudio {
namespace detail {

// Where an output lies in a run's values: (outer, outputs per run, inner) from an offset.
struct Layout {
  int64_t offset, outer, inner;
  size_t time;  // axis of shape
  Shape shape;  // (batch, bins, frames of a run)
};

// Of an input, the axis along which a signal goes on.
inline size_t time_axis(const Metadata& info) {
  size_t time = 1;
  for (size_t axis = 0; axis < info.input_axes.size(); ++axis)
    if (info.input_axes[axis] == info.length_axis()) time = axis;
  return time;
}

class Stepper {
 public:
  static constexpr int64_t kEndless = std::numeric_limits<int64_t>::max();

  static Result<Stepper> open(const EnginePointer& engine, const Metadata& info, int64_t batch) {
    Stepper stepper(*info.streaming, batch);
    if (auto prepared = stepper.prepare(*engine, info); !prepared) return prepared.error();
    return stepper;
  }

  // A chunk is (batch, rows of an item, chunk, bytes of a unit).
  std::byte* chunk() { return chunk_.data(); }
  int64_t rows() const { return rows_; }  // of the whole batch
  size_t unit() const { return unit_; }   // bytes
  Dtype dtype() const { return dtype_; }
  size_t item() const { return chunk_.size() / static_cast<size_t>(batch_); }
  int64_t batch() const { return batch_; }

  const float* results() const { return results_.data(); }
  int64_t size() const { return static_cast<int64_t>(results_.size()); }
  const std::vector<Layout>& layouts() const { return layouts_; }

  // Says which of a signal's frames exist, where the graph asks: those from warmup on, and of a
  // whole signal so many.
  void present(int64_t row, int64_t run, int64_t frames = kEndless) {
    const int64_t per_chunk = spec_.frames_per_chunk();
    for (int64_t i = 0; !present_.empty() && i < per_chunk; ++i) {
      const int64_t frame = run * per_chunk + i - spec_.warmup;
      present_[row * per_chunk + i] = frame >= 0 && frame < frames ? 1.0f : 0.0f;
    }
  }

  // Reads the chunk, writes the results, and moves the state on; where it fails, the state stays.
  Result<void> step() {
    // The second step writes over the state that was marked.
    if (++steps_ == 2) std::copy(states_[marked_].begin(), states_[marked_].end(), kept_.begin());
    if (auto ran = bound_[turn_]->run(); !ran)
      return Error(ErrorKind::kAudio,
                   "the engine cannot compute the stream's next chunk: " + ran.error().message());
    turn_ = 1 - turn_;
    return {};
  }

  // Remembers the state, to go back to.
  void mark() {
    marked_ = turn_;
    steps_ = 0;
  }
  void rewind() {
    if (steps_ >= 2) std::copy(kept_.begin(), kept_.end(), states_[marked_].begin());
    turn_ = marked_;
  }

  // Gives a signal the state that it had before the only step since mark().
  void hold(int64_t row) {
    std::copy_n(states_[1 - turn_].data() + row * spec_.state_size, spec_.state_size,
                states_[turn_].data() + row * spec_.state_size);
  }
  // Gives a signal the state of a beginning.
  void clear(int64_t row) {
    std::fill_n(states_[turn_].data() + row * spec_.state_size, spec_.state_size, 0.0f);
  }

 private:
  Stepper(const StreamSpec& spec, int64_t batch) : spec_(spec), batch_(batch) {}

  Result<void> prepare(const Engine& engine, const Metadata& info);

  StreamSpec spec_;
  int64_t batch_;
  int64_t rows_ = 1;
  size_t unit_ = 0;
  Dtype dtype_ = Dtype::kFloat32;
  std::vector<std::byte> chunk_;
  std::vector<float> present_;           // (batch, frames of a chunk), or empty
  std::vector<float> states_[2], kept_;  // (batch, state size)
  std::vector<float> results_;           // a run's outputs, one behind the other
  std::vector<Layout> layouts_;
  std::unique_ptr<Bound> bound_[2];  // from one state to the other, and back
  int turn_ = 0, marked_ = 0, steps_ = 0;
};

inline Result<void> Stepper::prepare(const Engine& engine, const Metadata& info) {
  const auto wrong = [](const std::string& what) {
    return Error(ErrorKind::kModelFile, "the graph does not stream as its metadata says: " + what);
  };
  if (batch_ < 1)
    return Error(ErrorKind::kAudio,
                 "batch is " + std::to_string(batch_) + ", it must be at least 1");
  const auto shape_of = [&](const Port& port) {
    Shape shape;
    for (const Axis& axis : port.axes) shape.push_back(axis.size.value_or(batch_));
    return shape;
  };
  const int64_t per_run = spec_.outputs_per_chunk();
  const Shape state{batch_, spec_.state_size}, frames{batch_, spec_.frames_per_chunk()};
  if (!state.within(SelfTest::kMostValues) || !frames.within(SelfTest::kMostValues))
    return wrong("its state is " + to_string(state));
  const size_t time = time_axis(info);

  std::vector<Slot> in[2], out[2];
  bool state_given = false, state_taken = false;
  for (const Port& port : engine.inputs()) {
    const Shape shape = shape_of(port);
    if (port.name == spec_.state_input || port.name == spec_.present) {
      const bool is_state = port.name == spec_.state_input;
      if (shape != (is_state ? state : frames))
        return wrong("its input " + quoted(port.name) + " is " + to_string(shape));
      if (!is_state) present_.resize(static_cast<size_t>(shape.count()));
      state_given |= is_state;
      continue;
    }
    if (!chunk_.empty() || time >= shape.size() || shape[0] != batch_ ||
        shape[time] != spec_.chunk || !shape.within(SelfTest::kMostValues))
      return wrong("its input " + quoted(port.name) + " is " + to_string(shape));
    rows_ = shape.count(0, time);
    dtype_ = port.dtype;
    unit_ = static_cast<size_t>(shape.count(time + 1, shape.size())) * size_of(port.dtype);
    chunk_.resize(static_cast<size_t>(rows_ * spec_.chunk) * unit_);
    for (auto& slots : in) slots.push_back({port.name, chunk_.data(), shape, port.dtype});
  }
  int64_t size = 0;
  for (const Port& port : engine.outputs()) {
    Shape shape = shape_of(port);
    if (port.name == spec_.state_output) {
      if (shape != state)
        return wrong("its output " + quoted(port.name) + " is " + to_string(shape));
      state_taken = true;
      continue;
    }
    size_t axis = shape.size();
    if (layouts_.size() < info.output_axes.size())
      axis = nnaudio::time_axis(info.output_axes[layouts_.size()]);
    if (axis >= shape.size() || shape[0] != batch_ || shape[axis] != per_run ||
        !shape.within(SelfTest::kMostValues))
      return wrong("its output " + quoted(port.name) + " is " + to_string(shape));
    layouts_.push_back(
        {size, shape.count(0, axis), shape.count(axis + 1, shape.size()), axis, shape});
    size += shape.count();
  }
  if (chunk_.empty() || layouts_.empty() || !state_given || !state_taken ||
      present_.empty() != spec_.present.empty())
    return wrong("an input or output is missing");

  results_.resize(static_cast<size_t>(size));
  for (auto* values : {&states_[0], &states_[1], &kept_})
    values->resize(static_cast<size_t>(state.count()));
  for (int turn = 0; turn < 2; ++turn) {
    in[turn].push_back({spec_.state_input, states_[turn].data(), state});
    if (!present_.empty()) in[turn].push_back({spec_.present, present_.data(), frames});
    out[turn].push_back({spec_.state_output, states_[1 - turn].data(), state});
    size_t k = 0;
    for (const Port& port : engine.outputs())
      if (port.name != spec_.state_output) {
        const Layout& layout = layouts_[k++];
        out[turn].push_back({port.name, results_.data() + layout.offset, layout.shape});
      }
    auto bound = engine.bind(in[turn], out[turn]);
    if (!bound) return bound.error();
    bound_[turn] = std::move(*bound);
  }
  return {};
}

}  // namespace detail
}  // namespace nnaudio
