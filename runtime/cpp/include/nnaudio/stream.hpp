// The numbers of the whole signal, a block at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine.hpp"
#include "features.hpp"

namespace nnaudio {

// What Stream::pop gives: one frame, or, of audio, the samples that are ready.
struct Frame {
  int64_t index = 0;          // of the frame, or of the first sample
  double time = 0;            // of the frame's centre, or of that sample, in seconds
  std::vector<View> outputs;  // e.g. (batch, bins, 1); valid until the next pop

  float at(int64_t bin) const { return outputs[0].data[bin]; }
};

// One signal, or a batch of signals in step. After the first blocks nothing is allocated here,
// provided that what is ready is popped. For one thread at a time; several streams of one front
// end may run in several threads.
class Stream {
 public:
  static Result<Stream> open(EnginePointer engine, const Metadata& info, int64_t batch,
                             bool check_finite) {
    Stream stream(std::move(engine), info, batch, check_finite);
    if (auto prepared = stream.prepare(); !prepared) return prepared.error();
    return stream;
  }

  // Takes the next block, of any length: (samples,), (batch, samples), or (batch, bins, frames, 2)
  // of an inverse. A block that is refused changes nothing.
  Returned<void> accept(View block) { return give(try_accept(block)); }
  // Ends the signal: what is left becomes ready.
  Returned<void> finish() { return give(try_finish()); }

  bool ready() const { return next_ < std::min(queued_end(), limit()); }

  const Frame& pop() {
    const int64_t taken = spec_.per_frame > 1 ? std::min(first_ + per_run_, limit()) - next_ : 1;
    const float* run = queue_.data() + head_ * run_size_;
    for (size_t k = 0; k < layouts_.size(); ++k) {
      const Layout& layout = layouts_[k];
      float* to = frame_values_.data() + layout.offset;
      const float* from = run + layout.offset + (next_ - first_) * layout.inner;
      for (int64_t row = 0; row < layout.outer; ++row, from += per_run_ * layout.inner)
        to = std::copy_n(from, taken * layout.inner, to);
      frame_.outputs[k].data = frame_values_.data() + layout.offset;
      frame_.outputs[k].shape[layout.time] = taken;
    }
    frame_.index = next_ - spec_.skipped();
    frame_.time = times_.sample_rate ? times_[frame_.index] : 0;
    next_ += taken;
    if (next_ == first_ + per_run_) drop_first();
    return frame_;
  }

  int64_t length() const { return length_; }  // of the signal so far

  Result<void> try_accept(View block) {
    if (finished_) return Error(ErrorKind::kAudio, "the stream has ended: open another one");
    if (block.shape.size() > 0 && block.shape.count() == 0) return {};
    auto admitted = contract_.admit(block);
    if (!admitted) return admitted.error();
    const float* data = admitted->data;
    const int64_t n = admitted->shape[time_axis_];
    remember(data, n);
    const int64_t before = std::exchange(length_, length_ + n);
    if (before >= needed_) return feed(data, n, 0, n);
    const int64_t stored = std::min(n, needed_ - before);
    copy_units(data, n, 0, start_.data(), needed_, before, stored);
    if (length_ < needed_) return {};
    // Enough has come to pad on the left.
    if (auto fed = feed_zeros(spec_.lead + (spec_.reflect ? 0 : spec_.pad)); !fed) return fed;
    for (int64_t i = spec_.pad; spec_.reflect && i > 0; --i)
      if (auto fed = feed(start_.data(), needed_, i, 1); !fed) return fed;
    if (auto fed = feed(start_.data(), needed_, 0, needed_); !fed) return fed;
    return feed(data, n, stored, n - stored);
  }

  Result<void> try_finish() {
    if (finished_) return Error(ErrorKind::kAudio, "the stream has ended: open another one");
    if (auto checked = whole_.check_length(length_); !checked) return checked;
    if (length_ < needed_)
      return Error(ErrorKind::kAudio, "the stream is shorter than its padding");
    finished_ = true;
    for (int64_t i = 1; spec_.reflect && i <= spec_.pad; ++i)
      if (auto fed = feed(recent_.data(), kept_, kept_ - 1 - i, 1); !fed) return fed;
    while (computed_ < limit())
      if (auto fed = feed_zeros(spec_.chunk - filled_); !fed) return fed;
    return {};
  }

 private:
  // Where an output lies in a run's values, (outer, outputs per run, inner).
  struct Layout {
    int64_t offset, outer, inner;
    size_t time;
  };

  Stream(EnginePointer engine, const Metadata& info, int64_t batch, bool check_finite)
      : engine_(std::move(engine)),
        spec_(*info.streaming),
        batch_(batch),
        output_axes_(info.output_axes),
        whole_(block_axes(info, batch), &info, check_finite),
        contract_(whole_),
        per_run_(spec_.outputs_per_chunk()),
        next_(spec_.skipped()) {
    for (size_t axis = 0; axis < info.input_axes.size(); ++axis)
      if (info.input_axes[axis] == info.length_axis()) time_axis_ = axis;
    Metadata of_block = info;
    of_block.min_length = 1;
    contract_ = InputContract(block_axes(info, batch), &of_block, check_finite);
    times_.sample_rate = info.sample_rate.value_or(0);
    times_.hop = spec_.per_frame > 1 ? 1 : info.hop_length.value_or(0);
    times_.offset = spec_.per_frame > 1 ? 0 : info.frame_offset.value_or(0);
  }

  static std::vector<Axis> block_axes(const Metadata& info, int64_t batch) {
    std::vector<Axis> axes;
    for (const std::string& name : info.input_axes) axes.push_back({name, whole_number(name)});
    if (!axes.empty()) axes[0].size = batch;
    return axes;
  }

  Result<void> prepare();

  int64_t limit() const { return spec_.skipped() + spec_.outputs(length_); }
  int64_t queued_end() const { return first_ + queued_ * per_run_; }

  void copy_units(const float* from, int64_t from_length, int64_t begin, float* to,
                  int64_t to_length, int64_t at, int64_t count) const {
    for (int64_t row = 0; row < rows_; ++row)
      std::copy_n(from + (row * from_length + begin) * width_, count * width_,
                  to + (row * to_length + at) * width_);
  }

  // Keeps the last pad + 1 units, which the right padding mirrors.
  void remember(const float* data, int64_t n) {
    const int64_t fresh = std::min(n, kept_);
    for (int64_t row = 0; row < rows_ && fresh < kept_; ++row) {
      float* const begin = recent_.data() + row * kept_ * width_;
      std::copy(begin + fresh * width_, begin + kept_ * width_, begin);
    }
    copy_units(data, n, n - fresh, recent_.data(), kept_, kept_ - fresh, fresh);
  }

  Result<void> feed(const float* data, int64_t length, int64_t begin, int64_t count) {
    while (count > 0) {
      const int64_t n = std::min(count, spec_.chunk - filled_);
      copy_units(data, length, begin, chunk_.data(), spec_.chunk, filled_, n);
      begin += n, count -= n, filled_ += n;
      if (filled_ == spec_.chunk)
        if (auto ran = run(); !ran) return ran;
    }
    return {};
  }

  Result<void> feed_zeros(int64_t count) {
    while (count > 0) {
      const int64_t n = std::min(count, spec_.chunk - filled_);
      for (int64_t row = 0; row < rows_; ++row)
        std::fill_n(chunk_.data() + (row * spec_.chunk + filled_) * width_, n * width_, 0.0f);
      count -= n, filled_ += n;
      if (filled_ == spec_.chunk)
        if (auto ran = run(); !ran) return ran;
    }
    return {};
  }

  Result<void> run() {
    filled_ = 0;
    const int64_t per_chunk = spec_.frames_per_chunk();
    for (int64_t i = 0; i < static_cast<int64_t>(present_.size()); ++i) {
      const int64_t frame = runs_ * per_chunk + i % per_chunk - spec_.warmup;
      present_[i] = frame >= 0 && !(finished_ && frame >= spec_.frames(length_)) ? 1.0f : 0.0f;
    }
    if (auto ran = bound_[runs_ % 2]->run(); !ran) return ran;
    ++runs_;
    computed_ += per_run_;
    if (computed_ <= next_) {
      first_ = computed_;  // all of it belongs to the warm-up
      return {};
    }
    if (queued_ * run_size_ == static_cast<int64_t>(queue_.size())) grow();
    const int64_t slots = static_cast<int64_t>(queue_.size()) / run_size_;
    std::copy(results_.begin(), results_.end(),
              queue_.begin() + (head_ + queued_++) % slots * run_size_);
    return {};
  }

  void grow() {
    std::rotate(queue_.begin(), queue_.begin() + head_ * run_size_, queue_.end());
    head_ = 0;
    queue_.resize(std::max<size_t>(4 * static_cast<size_t>(run_size_), 2 * queue_.size()));
  }

  void drop_first() {
    first_ += per_run_;
    head_ = (head_ + 1) % (static_cast<int64_t>(queue_.size()) / run_size_);
    --queued_;
  }

  EnginePointer engine_;
  StreamSpec spec_;
  int64_t batch_;
  std::vector<Axes> output_axes_;
  InputContract whole_, contract_;  // of a whole signal, of a block
  int64_t per_run_;
  size_t time_axis_ = 1;
  FrameTimes times_;

  int64_t rows_ = 1, width_ = 1;              // a block is (rows, units, width)
  int64_t needed_ = 1, kept_ = 1;             // units that the left and the right padding mirror
  std::vector<float> start_, recent_;         // (rows, needed, width), (rows, kept, width)
  std::vector<float> chunk_, state_, other_;  // (rows, chunk, width), (batch, state_size) twice
  std::vector<float> present_;                // (batch, frames_per_chunk)
  std::vector<float> results_;                // a run's outputs, one behind the other
  std::unique_ptr<Bound> bound_[2];           // from state to other, and back

  std::vector<float> queue_;  // a ring of runs' outputs
  int64_t run_size_ = 0, head_ = 0, queued_ = 0;
  std::vector<Layout> layouts_;
  std::vector<float> frame_values_;
  Frame frame_;

  int64_t length_ = 0, filled_ = 0, runs_ = 0, computed_ = 0;
  int64_t first_ = 0, next_;  // number of the queue's first output, of the next one to give
  bool finished_ = false;
};

inline Result<void> Stream::prepare() {
  const auto wrong = [](const std::string& what) {
    return Error(ErrorKind::kModelFile, "the graph does not stream as its metadata says: " + what);
  };
  if (batch_ < 1)
    return Error(ErrorKind::kAudio,
                 "batch is " + std::to_string(batch_) + ", it must be at least 1");
  const auto find = [](const std::vector<Port>& ports, const std::string& name) {
    const auto at = std::find_if(ports.begin(), ports.end(),
                                 [&](const Port& port) { return port.name == name; });
    return at == ports.end() ? nullptr : &*at;
  };
  const auto shape_of = [&](const Port& port) {
    Shape shape;
    for (const Axis& axis : port.axes) shape.push_back(axis.size.value_or(batch_));
    return shape;
  };
  const Port* input = nullptr;
  for (const Port& port : engine_->inputs())
    if (port.name != spec_.state_input && port.name != spec_.present) input = &port;
  if (!input || !find(engine_->inputs(), spec_.state_input) ||
      !find(engine_->outputs(), spec_.state_output))
    return wrong("an input or output is missing");
  const Shape chunk = shape_of(*input);
  if (time_axis_ >= chunk.size() || chunk[time_axis_] != spec_.chunk)
    return wrong("its input is " + to_string(chunk));
  rows_ = chunk.count(0, time_axis_);
  width_ = chunk.count(time_axis_ + 1, chunk.size());
  needed_ = kept_ = spec_.reflect ? spec_.pad + 1 : 1;
  const auto sized = [](int64_t size) { return std::vector<float>(static_cast<size_t>(size)); };
  start_ = sized(rows_ * needed_ * width_);
  recent_ = sized(rows_ * kept_ * width_);
  chunk_ = sized(chunk.count());
  state_ = sized(batch_ * spec_.state_size);
  other_ = state_;
  if (!spec_.present.empty()) present_ = sized(batch_ * spec_.frames_per_chunk());

  for (const Port& port : engine_->outputs()) {
    if (port.name == spec_.state_output) continue;
    const Shape shape = shape_of(port);
    size_t time = shape.size();
    if (layouts_.size() < output_axes_.size()) {
      const Axes& names = output_axes_[layouts_.size()];
      for (size_t axis = 0; axis < std::min(names.size(), shape.size()); ++axis)
        if (names[axis] == "frames" || names[axis] == "samples") time = axis;
    }
    if (time == shape.size() || shape[time] != per_run_)
      return wrong("its output " + quoted(port.name) + " is " + to_string(shape));
    layouts_.push_back(
        {run_size_, shape.count(0, time), shape.count(time + 1, shape.size()), time});
    run_size_ += shape.count();
    frame_.outputs.emplace_back(nullptr, shape);
  }
  results_ = sized(run_size_);
  frame_values_ = sized(run_size_);
  grow();

  for (int turn = 0; turn < 2; ++turn) {
    const Shape state{batch_, spec_.state_size};
    std::vector<Slot> in{{input->name, chunk_.data(), chunk},
                         {spec_.state_input, (turn ? other_ : state_).data(), state}};
    if (!present_.empty())
      in.push_back({spec_.present, present_.data(), {batch_, spec_.frames_per_chunk()}});
    std::vector<Slot> out{{spec_.state_output, (turn ? state_ : other_).data(), state}};
    for (const Port& port : engine_->outputs())
      if (port.name != spec_.state_output)
        out.push_back(
            {port.name, results_.data() + layouts_[out.size() - 1].offset, shape_of(port)});
    auto bound = engine_->bind(in, out);
    if (!bound) return bound.error();
    bound_[turn] = std::move(*bound);
  }
  return {};
}

}  // namespace nnaudio
