// Many signals through one run of a streaming graph.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine.hpp"
#include "feed.hpp"
#include "stepper.hpp"
#include "stream.hpp"

namespace nnaudio {

// What StreamPool::pop gives: all that a step made new in one slot.
struct PoolFrames {
  int64_t slot = 0;
  int64_t index = 0;          // of the first frame, or of the first sample of audio
  double time = 0;            // of that frame's centre, or of that sample, in seconds
  std::vector<View> outputs;  // e.g. (1, bins, frames); valid until the next pop or step
};

namespace detail {

// One signal of a pool: what it has yet to feed the graph, as a ring of whole chunks.
struct PoolSlot {
  static constexpr int64_t kNever = Stepper::kEndless;

  PoolSlot(const StreamSpec& spec, int64_t rows, size_t unit, size_t item, int64_t backlog)
      : feed(spec, rows, unit),
        item_(item),
        building_(item),
        room_(backlog + (spec.lead + 2 * spec.pad) / spec.chunk + 2),
        ring_(item * static_cast<size_t>(room_)) {}

  void begin() {
    feed.build_in(building_.data());
    feed.clear();
    head_ = queued = runs = 0;
    outputs = frames = kNever;
    taken = true;
  }
  bool ended() const { return outputs < kNever; }
  bool due(int64_t per_run) const {
    return taken && (ended() ? runs * per_run < outputs : queued > 0);
  }

  // The chunk that was built waits behind the others; there is room, as whoever feeds it checked.
  Result<void> queue() {
    const int64_t place = (head_ + queued++) % room_;
    std::copy(building_.begin(), building_.end(),
              ring_.begin() + static_cast<std::ptrdiff_t>(item_) * place);
    return {};
  }
  // Copies the next chunk, zeros where only the end of the signal's outputs is due.
  void front(std::byte* to) const {
    if (queued > 0)
      std::copy_n(ring_.data() + item_ * static_cast<size_t>(head_), item_, to);
    else
      std::fill_n(to, item_, std::byte{0});
  }
  void drop() {
    if (queued == 0) return;
    head_ = (head_ + 1) % room_;
    --queued;
  }

  Feed feed;
  bool taken = false;
  int64_t queued = 0, runs = 0;
  int64_t outputs = kNever, frames = kNever;  // of a signal that ended: of all its runs

 private:
  size_t item_;  // bytes of a chunk
  std::vector<std::byte> building_;
  int64_t room_, head_ = 0;
  std::vector<std::byte> ring_;
};

}  // namespace detail

// Signals that begin and end on their own, in a fixed number of slots; made by Frontend::pool. A
// step runs the graph once, for every slot that has a chunk; the others stand still. Put together,
// what a slot gives is what a Stream gives. Once made, it allocates nothing. What is refused, or
// fails in the engine, changes nothing. For one thread at a time.
//
//   const int64_t slot = pool.join();
//   pool.accept(slot, block);
//   while (pool.step() > 0)
//     while (pool.ready()) use(pool.pop());
class StreamPool {
 public:
  static Result<StreamPool> open(const EnginePointer& engine, const Metadata& info, int64_t slots,
                                 int64_t backlog, bool check_finite) {
    if (backlog < 1 || backlog > kMostBacklog)
      return refused("backlog is " + std::to_string(backlog) + ", it must be within 1 ... " +
                     std::to_string(kMostBacklog));
    auto stepper = detail::Stepper::open(engine, info, slots);
    if (!stepper) return stepper.error();
    return StreamPool(engine, info, std::move(*stepper), backlog, check_finite);
  }

  int64_t slots() const { return static_cast<int64_t>(slots_.size()); }
  // Whether a slot's signal goes on, or has not given all yet.
  bool taken(int64_t slot) const { return has(slot) && at(slot).taken; }

  // Begins a signal; the slot that it takes.
  Returned<int64_t> join() { return give(try_join()); }
  // Takes a slot's next block, as a Stream of one signal does.
  Returned<void> accept(int64_t slot, View block) { return give(try_accept(slot, block)); }
  // Ends a slot's signal: the steps that follow give the rest, and then the slot is free.
  Returned<void> finish(int64_t slot) { return give(try_finish(slot)); }
  // Frees a slot at once, without the rest.
  void close(int64_t slot) {
    if (has(slot)) at(slot).taken = false;
  }
  // Runs the graph; how many slots it ran for. At 0 none has a chunk, and nothing ran.
  Returned<int64_t> step() { return give(try_step()); }

  bool ready() const { return next_ < given_.size(); }
  const PoolFrames& pop() {
    const Given& given = given_[next_++];
    const int64_t n = given.end - given.begin;
    frames_.slot = given.slot;
    frames_.index = given.first + given.begin - info_.streaming->skipped();
    frames_.time = times_.sample_rate ? times_[frames_.index] : 0;
    for (size_t k = 0; k < frames_.outputs.size(); ++k) {
      const detail::Layout& layout = stepper_.layouts()[k];
      const int64_t rows = layout.outer / stepper_.batch();
      const float* from =
          stepper_.results() + layout.offset + given.slot * rows * per_run_ * layout.inner;
      View& view = frames_.outputs[k];
      view.data = from;
      view.shape[layout.time] = n;
      if (n == per_run_) continue;
      // Part of a run does not lie together.
      float* to = part_.data() + layout.offset / stepper_.batch();
      view.data = to;
      from += given.begin * layout.inner;
      for (int64_t row = 0; row < rows; ++row, from += per_run_ * layout.inner)
        to = std::copy_n(from, n * layout.inner, to);
    }
    return frames_;
  }

  Result<int64_t> try_join() {
    const auto found = std::find_if(slots_.begin(), slots_.end(),
                                    [](const detail::PoolSlot& slot) { return !slot.taken; });
    if (found == slots_.end())
      return refused("all " + std::to_string(slots()) +
                     " slots of the pool are taken: close one, or make the pool with more slots");
    found->begin();
    const int64_t slot = found - slots_.begin();
    stepper_.clear(slot);
    return slot;
  }

  Result<void> try_accept(int64_t slot, View block) {
    if (auto checked = check_open(slot); !checked) return checked;
    if (block.shape.size() > 0 && block.shape.count() == 0) return {};
    auto admitted = contract_.admit(block);
    if (!admitted) return admitted.error();
    detail::PoolSlot& one = at(slot);
    const int64_t size = admitted->shape[time_axis_];
    if (auto grown = detail::check_grown(info_, one.feed.length() + size); !grown) return grown;
    const int64_t begun = one.feed.length() < one.feed.least() ? one.feed.length() : 0;
    const int64_t waiting = one.queued * info_.streaming->chunk + one.feed.filled() + begun;
    if (size > limit_ - waiting)
      return refused("slot " + std::to_string(slot) + " has " + std::to_string(waiting) + " " +
                     info_.length_axis() + " waiting and is given " + std::to_string(size) +
                     " more, the pool keeps " + std::to_string(limit_) +
                     ": step it more often, or make it with a larger backlog");
    return one.feed.push(admitted->values(), size, [&] { return one.queue(); });
  }

  Result<void> try_finish(int64_t slot) {
    if (auto checked = check_open(slot); !checked) return checked;
    detail::PoolSlot& one = at(slot);
    const int64_t length = one.feed.length();
    if (auto checked = detail::check_whole(info_, length, one.feed.least()); !checked)
      return checked;
    const auto queue = [&] { return one.queue(); };
    if (auto fed = one.feed.end(queue); !fed) return fed;
    if (one.feed.filled() > 0)
      if (auto fed = one.feed.fill(queue); !fed) return fed;
    one.outputs = info_.streaming->skipped() + info_.streaming->outputs(length);
    one.frames = info_.streaming->frames(length);
    one.taken = one.due(per_run_);
    return {};
  }

  Result<int64_t> try_step() {
    if (ready()) return refused("a step would write over what is ready: pop it first");
    given_.clear();
    next_ = 0;
    int64_t ran_for = 0;
    for (int64_t slot = 0; slot < slots(); ++slot) {
      const detail::PoolSlot& one = at(slot);
      runs_now_[static_cast<size_t>(slot)] = one.due(per_run_);
      if (!one.due(per_run_)) continue;
      ++ran_for;
      one.front(stepper_.chunk() + stepper_.item() * static_cast<size_t>(slot));
      stepper_.present(slot, one.runs, one.frames);
    }
    if (ran_for == 0) return ran_for;
    stepper_.mark();
    if (auto ran = stepper_.step(); !ran) {
      stepper_.rewind();
      return ran.error();
    }
    for (int64_t slot = 0; slot < slots(); ++slot) {
      if (runs_now_[static_cast<size_t>(slot)])
        take(slot);
      else if (at(slot).taken)
        stepper_.hold(slot);
    }
    return ran_for;
  }

 private:
  // Of a slot's outputs, those of the last run that are new: begin ... end, counted from first.
  struct Given {
    int64_t slot, first, begin, end;
  };

  StreamPool(EnginePointer engine, const Metadata& info, detail::Stepper stepper, int64_t backlog,
             bool check_finite)
      : engine_(std::move(engine)),
        info_(info),
        stepper_(std::move(stepper)),
        contract_(detail::block_contract(info, 1, stepper_.dtype(), check_finite)),
        per_run_(info.streaming->outputs_per_chunk()),
        limit_(backlog * info.streaming->chunk),
        time_axis_(detail::time_axis(info)),
        times_(detail::stream_times(info)),
        runs_now_(static_cast<size_t>(stepper_.batch())) {
    const int64_t batch = stepper_.batch();
    slots_.reserve(static_cast<size_t>(batch));
    for (int64_t slot = 0; slot < batch; ++slot)
      slots_.emplace_back(*info.streaming, stepper_.rows() / batch, stepper_.unit(),
                          stepper_.item(), backlog);
    given_.reserve(static_cast<size_t>(batch));
    part_.resize(static_cast<size_t>(stepper_.size() / batch));
    for (const detail::Layout& layout : stepper_.layouts()) {
      frames_.outputs.emplace_back(nullptr, layout.shape);
      frames_.outputs.back().shape[0] = 1;
    }
  }

  static Error refused(std::string message) {
    return Error(ErrorKind::kAudio, std::move(message));
  }

  bool has(int64_t slot) const { return slot >= 0 && slot < slots(); }
  detail::PoolSlot& at(int64_t slot) { return slots_[static_cast<size_t>(slot)]; }
  const detail::PoolSlot& at(int64_t slot) const { return slots_[static_cast<size_t>(slot)]; }

  Result<void> check_open(int64_t slot) const {
    if (!taken(slot))
      return refused("slot " + std::to_string(slot) + " has no signal: begin one with join()");
    if (at(slot).ended())
      return refused("the signal of slot " + std::to_string(slot) +
                     " was finished: step the pool for its rest, and begin another with join()");
    return {};
  }

  void take(int64_t slot) {
    detail::PoolSlot& one = at(slot);
    const int64_t first = one.runs++ * per_run_;
    one.drop();
    const int64_t begin = std::max<int64_t>(info_.streaming->skipped() - first, 0);
    const int64_t end = std::min(one.outputs - first, per_run_);
    if (begin < end) given_.push_back({slot, first, begin, end});
    if (one.ended()) one.taken = one.due(per_run_);
  }

  static constexpr int64_t kMostBacklog = 4096;

  EnginePointer engine_;
  Metadata info_;
  detail::Stepper stepper_;
  InputContract contract_;
  int64_t per_run_, limit_;
  size_t time_axis_;
  FrameTimes times_;

  std::vector<detail::PoolSlot> slots_;
  std::vector<bool> runs_now_;
  std::vector<Given> given_;
  size_t next_ = 0;
  PoolFrames frames_;
  std::vector<float> part_;  // of one slot
};

}  // namespace nnaudio
