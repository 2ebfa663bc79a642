#include <doctest/doctest.h>

#include <numeric>
#include <random>

#include "allocations.hpp"
#include "fake_engine.hpp"

using namespace nnaudio;

namespace {

std::vector<float> ramp(size_t count) {
  std::vector<float> audio(count);
  std::iota(audio.begin(), audio.end(), 1.0f);
  return audio;
}

// Both outputs of all frames that are ready.
void take(Stream& stream, std::vector<float>& found) {
  while (stream.ready()) {
    const Frame& frame = stream.pop();
    found.push_back(frame.outputs[0].data[0]);
    found.push_back(frame.outputs[1].data[0]);
  }
}

std::vector<float> whole(const std::vector<float>& audio, int64_t pad) {
  Stream stream = give(
      Stream::open(std::make_shared<FakeEngine>(), FakeEngine::info(pad), 1, /*check_finite=*/true));
  std::vector<float> found;
  stream.accept(audio);
  stream.finish();
  take(stream, found);
  return found;
}

}  // namespace

TEST_CASE("the engine double pads, sums and keeps a state") {
  // 3 2 | 1 2 3 4 5 6 | 5 4: sums of two, and all so far
  CHECK(whole(ramp(6), 2) == std::vector<float>{5, 5, 3, 8, 7, 15, 11, 26, 9, 35});
}

TEST_CASE("a stream whose engine fails is as it was before") {
  const std::vector<float> audio = ramp(61);
  for (int64_t pad : {0, 3}) {
    const std::vector<float> expected = whole(audio, pad);
    std::mt19937 random(static_cast<unsigned>(pad));
    for (int round = 0; round < 300; ++round) {
      const auto engine = std::make_shared<FakeEngine>();
      Stream stream = give(Stream::open(engine, FakeEngine::info(pad), 1, true));
      std::vector<float> found;
      int failures = 0;
      const auto until_it_works = [&](const auto& call) {
        engine->fails_in = random() % 4;
        for (;; engine->fails_in = -1) {
          const int64_t length = stream.length();
          const bool ready = stream.ready();
          const Result<void> done = call();
          if (done) break;
          ++failures;
          CHECK(done.error().message() ==
                "the engine cannot compute the stream's next chunk: out of luck");
          REQUIRE(stream.length() == length);
          REQUIRE(stream.ready() == ready);
        }
        if (random() % 2) take(stream, found);
      };
      for (size_t begin = 0; begin < audio.size();) {
        const size_t n = std::min<size_t>(audio.size() - begin, 1 + random() % 40);
        until_it_works(
            [&] { return stream.try_accept(View(audio.data() + begin, {int64_t(n)})); });
        begin += n;
      }
      until_it_works([&] { return stream.try_finish(); });
      take(stream, found);
      REQUIRE(found == expected);
      if (round == 0) CHECK(failures > 0);
    }
  }
}

TEST_CASE("a stream allocates nothing, ten million times") {
  const auto engine = std::make_shared<FakeEngine>();
  Stream stream = give(Stream::open(engine, FakeEngine::info(3), 1, true));
  const std::vector<float> block(64, 1.0f);
  std::mt19937 random(5);
  int64_t pushed = 0, popped = 0;
  float last = 0;
  const auto push = [&](int64_t n) {
    stream.accept(View(block.data(), {n}));
    pushed += n;
    while (stream.ready()) last = stream.pop().outputs[0].data[0], ++popped;
  };
  push(64);
  const int64_t before = allocations();
  for (int i = 0; i < 10'000'000; ++i) push(1 + random() % 16);
  CHECK(allocations() == before);
  CHECK(last == 2.0f);
  CHECK(pushed > 80'000'000);
  CHECK(popped == engine->runs * FakeEngine::kChunk / FakeEngine::kHop);
  const auto counted = [&] { return allocations() > before; };
  const std::vector<float> used(100, 0.0f);  // the counter counts
  CHECK(counted());
}
