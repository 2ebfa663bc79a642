// The numbers of the whole signal, a block at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine.hpp"
#include "features.hpp"
#include "feed.hpp"
#include "stepper.hpp"

namespace nnaudio {

// What Stream::pop gives: one frame, or, of audio, the samples that are ready.
struct Frame {
  int64_t index = 0;          // of the frame, or of the first sample
  double time = 0;            // of the frame's centre, or of that sample, in seconds
  std::vector<View> outputs;  // e.g. (batch, bins, 1); valid until the next pop

  float at(int64_t bin) const { return outputs[0].data[bin]; }
};

namespace detail {

// What is asked of a block: as of a whole signal, but of any length.
inline InputContract block_contract(const Metadata& info, std::optional<int64_t> batch, Dtype dtype,
                                    bool check_finite) {
  std::vector<Axis> axes;
  for (const std::string& name : info.input_axes) axes.push_back({name, fixed_size(name)});
  if (!axes.empty()) axes[0].size = batch;
  Metadata of_block = info;
  of_block.min_length = 1;
  of_block.max_length.reset();
  return InputContract(std::move(axes), &of_block, check_finite, dtype);
}

inline FrameTimes stream_times(const Metadata& info) {
  const bool audio = info.streaming->per_frame > 1;
  return {audio ? 0 : info.frame_offset.value_or(0), audio ? 1 : info.hop_length.value_or(0),
          info.sample_rate.value_or(0)};
}

// Refuses a signal that grows longer than the file is proved for.
inline Result<void> check_grown(const Metadata& info, int64_t length) {
  if (!info.max_length || length <= *info.max_length) return {};
  return check_most(length, info.max_length, "", " " + info.length_axis());
}

// Refuses to end a signal that is shorter than the layer takes.
inline Result<void> check_whole(const Metadata& info, int64_t length, int64_t padding) {
  const int64_t least = std::max(info.min_length, padding);
  if (length >= least) return {};
  return Error(ErrorKind::kAudio, "the stream has " + std::to_string(length) + " " +
                                      info.length_axis() + ", the graph needs at least " +
                                      std::to_string(least) +
                                      ": push more before finish, or close the stream");
}

}  // namespace detail

// One signal, or a batch of signals in step. After the first blocks nothing is allocated here,
// provided that what is ready is popped. What is refused, or fails in the engine, changes nothing.
// For one thread at a time; several streams of one front end may run in several threads.
class Stream {
 public:
  static Result<Stream> open(const EnginePointer& engine, const Metadata& info, int64_t batch,
                             bool check_finite) {
    auto stepper = detail::Stepper::open(engine, info, batch);
    if (!stepper) return stepper.error();
    return Stream(engine, info, std::move(*stepper), check_finite);
  }

  // Takes the next block, of any length: (samples,), (batch, samples), or (batch, bins, frames, 2)
  // of an inverse; float32, or int16 for a PCM graph.
  Returned<void> accept(View block) { return give(try_accept(block)); }
  // Ends the signal: what is left becomes ready.
  Returned<void> finish() { return give(try_finish()); }

  bool ready() const { return next_ < std::min(first_ + queued_ * per_run_, limit()); }

  const Frame& pop() {
    const int64_t taken =
        info_.streaming->per_frame > 1 ? std::min(first_ + per_run_, limit()) - next_ : 1;
    const float* run = queue_.data() + head_ * stepper_.size();
    for (size_t k = 0; k < stepper_.layouts().size(); ++k) {
      const detail::Layout& layout = stepper_.layouts()[k];
      float* to = frame_values_.data() + layout.offset;
      const float* from = run + layout.offset + (next_ - first_) * layout.inner;
      for (int64_t row = 0; row < layout.outer; ++row, from += per_run_ * layout.inner)
        to = std::copy_n(from, taken * layout.inner, to);
      frame_.outputs[k].data = frame_values_.data() + layout.offset;
      frame_.outputs[k].shape[layout.time] = taken;
    }
    frame_.index = next_ - info_.streaming->skipped();
    frame_.time = times_.sample_rate ? times_[frame_.index] : 0;
    next_ += taken;
    if (next_ == first_ + per_run_) {
      first_ += per_run_;
      head_ = (head_ + 1) % slots();
      --queued_;
    }
    return frame_;
  }

  int64_t length() const { return feed_.length(); }  // of the signal so far

  Result<void> try_accept(View block) {
    if (finished_) return ended();
    if (block.shape.size() > 0 && block.shape.count() == 0) return {};
    auto admitted = contract_.admit(block);
    if (!admitted) return admitted.error();
    const int64_t size = admitted->shape[time_axis_];
    if (auto grown = detail::check_grown(info_, feed_.length() + size); !grown) return grown;
    return all_or_nothing(
        [&] { return feed_.push(admitted->values(), size, [&] { return run(); }); });
  }

  Result<void> try_finish() {
    if (finished_) return ended();
    auto checked = detail::check_whole(info_, feed_.length(), feed_.least());
    if (!checked) return checked;
    return all_or_nothing([&]() -> Result<void> {
      finished_ = true;
      if (auto fed = feed_.end([&] { return run(); }); !fed) return fed;
      while (runs_ * per_run_ < limit())
        if (auto fed = feed_.fill([&] { return run(); }); !fed) return fed;
      return {};
    });
  }

 private:
  Stream(EnginePointer engine, const Metadata& info, detail::Stepper stepper, bool check_finite)
      : engine_(std::move(engine)),
        info_(info),
        stepper_(std::move(stepper)),
        contract_(
            detail::block_contract(info, stepper_.batch(), stepper_.dtype(), check_finite)),
        feed_(*info.streaming, stepper_.rows(), stepper_.unit()),
        per_run_(info.streaming->outputs_per_chunk()),
        time_axis_(detail::time_axis(info)),
        times_(detail::stream_times(info)),
        next_(info.streaming->skipped()) {
    feed_.build_in(stepper_.chunk());
    for (const detail::Layout& layout : stepper_.layouts())
      frame_.outputs.emplace_back(nullptr, layout.shape);
    frame_values_.resize(static_cast<size_t>(stepper_.size()));
    grow();
  }

  static Error ended() {
    return Error(ErrorKind::kAudio, "the stream has ended: open another one");
  }

  // Number of the output, counted from the stream's very first, that is no more given.
  int64_t limit() const {
    return info_.streaming->skipped() + info_.streaming->outputs(feed_.length());
  }
  int64_t slots() const { return static_cast<int64_t>(queue_.size()) / stepper_.size(); }

  template <class Change>
  Result<void> all_or_nothing(const Change& change) {
    const int64_t runs = runs_, queued = queued_, first = first_;
    feed_.mark();
    stepper_.mark();
    auto changed = change();
    if (!changed) {
      feed_.rewind();
      stepper_.rewind();
      runs_ = runs, queued_ = queued, first_ = first;
      finished_ = false;
    }
    return changed;
  }

  Result<void> run() {
    const int64_t frames = finished_ ? info_.streaming->frames(feed_.length()) : kEndless;
    for (int64_t row = 0; row < stepper_.batch(); ++row) stepper_.present(row, runs_, frames);
    if (auto ran = stepper_.step(); !ran) return ran;
    if (++runs_ * per_run_ <= next_) {
      first_ = runs_ * per_run_;  // all of it belongs to the warm-up
      return {};
    }
    if (queued_ == slots()) grow();
    std::copy_n(stepper_.results(), stepper_.size(),
                queue_.begin() + (head_ + queued_++) % slots() * stepper_.size());
    return {};
  }

  void grow() {
    std::rotate(queue_.begin(), queue_.begin() + head_ * stepper_.size(), queue_.end());
    head_ = 0;
    queue_.resize(std::max<size_t>(4 * static_cast<size_t>(stepper_.size()), 2 * queue_.size()));
  }

  static constexpr int64_t kEndless = detail::Stepper::kEndless;

  EnginePointer engine_;
  Metadata info_;
  detail::Stepper stepper_;
  InputContract contract_;
  detail::Feed feed_;
  int64_t per_run_;
  size_t time_axis_;
  FrameTimes times_;

  std::vector<float> queue_;  // a ring of runs' outputs
  int64_t head_ = 0, queued_ = 0;
  std::vector<float> frame_values_;
  Frame frame_;
  int64_t runs_ = 0, first_ = 0, next_;  // number of the queue's first output, of the next to give
  bool finished_ = false;
};

}  // namespace nnaudio
