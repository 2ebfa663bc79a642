#include <doctest/doctest.h>

#include <map>
#include <nnaudio/frontend.hpp>
#include <random>

#include "allocations.hpp"
#include "fake_engine.hpp"
#include "golden.hpp"

using namespace nnaudio;

namespace {

// Of each output, values as (frames, values of a frame).
using Given = std::vector<std::vector<float>>;

int64_t outputs_of(const Frontend& frontend) {
  return static_cast<int64_t>(frontend.info()->output_axes.size());
}

// Adds what a View of (1, ..., time, ...) holds, an output behind the other.
void add(const View& view, size_t time, std::vector<float>& to) {
  const int64_t outer = view.shape.count(0, time);
  const int64_t inner = view.shape.count(time + 1, view.shape.size());
  for (int64_t n = 0; n < view.shape[time]; ++n)
    for (int64_t row = 0; row < outer; ++row) {
      const float* from = view.data + (row * view.shape[time] + n) * inner;
      to.insert(to.end(), from, from + inner);
    }
}

size_t time_of(const Frontend& frontend, size_t output) {
  return time_axis(frontend.info()->output_axes[output]);
}

struct Signal {
  std::vector<float> values;
  Shape shape;
  size_t time;

  int64_t length() const { return shape[time]; }
  // Units begin ... end, (1, rows, units, inner).
  View cut(int64_t begin, int64_t end, std::vector<float>& memory) const {
    const int64_t outer = shape.count(0, time), inner = shape.count(time + 1, shape.size());
    memory.clear();
    for (int64_t row = 0; row < outer; ++row) {
      const auto from = values.begin() + (row * length() + begin) * inner;
      memory.insert(memory.end(), from, from + (end - begin) * inner);
    }
    Shape cut = shape;
    cut[time] = end - begin;
    return View(memory.data(), cut);
  }
};

Signal signal(const Frontend& frontend, int64_t length, uint32_t seed) {
  Signal made{{}, {}, detail::time_axis(*frontend.info())};
  for (const Axis& axis : frontend.contract().axes())
    made.shape.push_back(axis.size ? *axis.size : made.shape.size() == 0 ? 1 : length);
  made.values = generated_signal(made.shape.count(), seed);
  return made;
}

Given alone(const Frontend& frontend, const Signal& one) {
  Stream stream = frontend.stream();
  Given given(static_cast<size_t>(outputs_of(frontend)));
  const auto take = [&] {
    while (stream.ready()) {
      const Frame& frame = stream.pop();
      for (size_t k = 0; k < given.size(); ++k)
        add(frame.outputs[k], time_of(frontend, k), given[k]);
    }
  };
  stream.accept(View(one.values.data(), one.shape));
  stream.finish();
  take();
  return given;
}

// Signals of several lengths that begin and end at their own times, in blocks of their own.
void compare(const std::string& file) {
  CAPTURE(file);
  const Frontend frontend(golden(file), {"cpu", 1});
  const StreamSpec& spec = *frontend.info()->streaming;
  const int64_t signals = 9, slots = 4, least = frontend.info()->min_length;
  StreamPool pool = frontend.pool(slots);
  std::mt19937 random(5);
  std::vector<Signal> all;
  for (int64_t i = 0; i < signals; ++i)
    all.push_back(signal(frontend, least + i * i * spec.chunk / 3, static_cast<uint32_t>(i + 1)));
  std::vector<Given> given(all.size(), Given(static_cast<size_t>(outputs_of(frontend))));
  std::map<int64_t, size_t> in_slot;  // slot -> signal
  std::vector<int64_t> pushed(all.size(), 0);
  std::vector<bool> finished(all.size(), false);
  std::vector<float> memory;
  size_t begun = 0;
  for (int round = 0; begun < all.size() || !in_slot.empty(); ++round) {
    REQUIRE(round < 10000);
    if (begun < all.size() && static_cast<int64_t>(in_slot.size()) < slots && random() % 3 == 0)
      in_slot[pool.join()] = begun++;
    for (const auto& [slot, i] : in_slot) {
      if (finished[i] || random() % 4 == 0) continue;
      const int64_t left = all[i].length() - pushed[i];
      const int64_t n = std::min<int64_t>(left, 1 + random() % spec.chunk);
      if (n > 0) pool.accept(slot, all[i].cut(pushed[i], pushed[i] + n, memory));
      pushed[i] += n;
      if (n == left) {
        pool.finish(slot);
        finished[i] = true;
      }
    }
    pool.step();
    while (pool.ready()) {
      const PoolFrames& frames = pool.pop();
      const size_t i = in_slot.at(frames.slot);
      const size_t time = time_of(frontend, 0);
      const View& first = frames.outputs[0];
      const int64_t size = first.shape.count() / first.shape[time];
      REQUIRE(frames.index == static_cast<int64_t>(given[i][0].size()) / size);
      for (size_t k = 0; k < given[i].size(); ++k)
        add(frames.outputs[k], time_of(frontend, k), given[i][k]);
    }
    for (auto at = in_slot.begin(); at != in_slot.end();)
      at = pool.taken(at->first) ? std::next(at) : in_slot.erase(at);
  }
  for (size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    const Given expected = alone(frontend, all[i]);
    for (size_t k = 0; k < expected.size(); ++k) {
      REQUIRE(given[i][k].size() == expected[k].size());
      Array wanted;
      wanted.values = expected[k];
      CHECK(error(given[i][k].data(), wanted) <= 1e-5);
    }
  }
}

}  // namespace

TEST_CASE("signals of a pool get what they get alone") {
  for (const char* file :
       {"mel_stream.onnx", "two_stream.onnx", "istft_stream.onnx", "cqt_stream.onnx"})
    compare(file);
}

TEST_CASE("a pool refuses what does not fit, and goes on") {
  const Frontend frontend(golden("mel_stream.onnx"), {"cpu", 1});
  StreamPool pool = frontend.pool(2, 4);
  CHECK_THROWS_WITH(frontend.pool(0), "batch is 0, it must be at least 1");
  CHECK_THROWS_WITH(frontend.pool(2, 0), "backlog is 0, it must be within 1 ... 4096");
  CHECK_THROWS_WITH(pool.accept(0, std::vector<float>(10)),
                    "slot 0 has no signal: begin one with join()");
  CHECK_THROWS_WITH(pool.finish(7), "slot 7 has no signal: begin one with join()");
  CHECK(pool.join() == 0);
  CHECK(pool.join() == 1);
  CHECK_THROWS_WITH(pool.join(), "all 2 slots of the pool are taken: close one, or make the pool "
                                 "with more slots");
  pool.accept(0, std::vector<float>(100));
  CHECK_THROWS_WITH(pool.finish(0), "the stream has 100 samples, the graph needs at least 201: push "
                                    "more before finish, or close the stream");
  CHECK_THROWS_WITH(pool.accept(0, std::vector<float>(600)),
                    "slot 0 has 100 samples waiting and is given 600 more, the pool keeps 640: step "
                    "it more often, or make it with a larger backlog");
  CHECK_THROWS_WITH(pool.accept(0, View(nullptr, {2, 10})),
                    "the input has shape (2, 10), the graph takes (samples,) or (1, samples) or "
                    "(1, 1, samples): axis 0 must be 1, not 2");
  pool.accept(0, std::vector<float>(500));
  pool.finish(0);
  CHECK_THROWS_WITH(pool.accept(0, std::vector<float>(10)),
                    "the signal of slot 0 was finished: step the pool for its rest, and begin "
                    "another with join()");
  while (!pool.ready()) REQUIRE(pool.step() == 1);
  CHECK_THROWS_WITH(pool.step(), "a step would write over what is ready: pop it first");
  pool.pop();
  pool.close(1);
  CHECK(!pool.taken(1));
  CHECK(pool.join() == 1);
}

TEST_CASE("a step of a pool that fails changes nothing, and none allocates") {
  const auto engine = std::make_shared<FakeEngine>();
  StreamPool pool = give(StreamPool::open(engine, FakeEngine::info(), 3, 4, true));
  const std::vector<float> ones(FakeEngine::kChunk, 1.0f);
  for (int i = 0; i < 3; ++i) pool.join();
  float total[3] = {}, expected[3] = {};
  const auto drain = [&] {
    while (pool.ready()) {
      const PoolFrames& frames = pool.pop();
      total[frames.slot] = frames.outputs[1].data[FakeEngine::kChunk / FakeEngine::kHop - 1];
    }
  };
  const int64_t before = allocations();
  for (int round = 0; round < 12; ++round) {
    for (int slot = 0; slot < 3; ++slot)
      if (round % (slot + 1) == 0) {
        pool.accept(slot, View(ones.data(), {FakeEngine::kChunk}));
        expected[slot] += FakeEngine::kChunk;
      }
    pool.step();
    drain();
  }
  CHECK(allocations() == before);
  for (int slot = 0; slot < 3; ++slot) CHECK(total[slot] == expected[slot]);
  pool.accept(1, View(ones.data(), {FakeEngine::kChunk}));
  engine->fails_in = 0;
  CHECK_THROWS_WITH(pool.step(), "the engine cannot compute the stream's next chunk: out of luck");
  CHECK(!pool.ready());
  engine->fails_in = -1;
  CHECK(pool.step() == 1);
  drain();
  CHECK(total[1] == expected[1] + FakeEngine::kChunk);
  CHECK(pool.step() == 0);
}
