#include <doctest/doctest.h>

#include <nnaudio/frontend.hpp>
#include <random>

#include "golden.hpp"

using namespace nnaudio;

TEST_CASE("any split gives the whole signal's numbers") {
  const Frontend frontend(golden("mel_stream.onnx"));
  const Array input = golden_array("mel_stream.input.npy");
  const Array expected = golden_array("mel_stream.0.npy");
  const int64_t batch = 2, n = input.shape[1], bins = 80, frames = expected.shape[2];
  std::mt19937 random(1);
  for (int64_t most : {1, 50, 160, 700, 8000}) {
    CAPTURE(most);
    Stream stream = frontend.stream(batch);
    std::vector<float> found(expected.values.size()), block;
    int64_t given = 0;
    const auto take = [&] {
      while (stream.ready()) {
        const Frame& frame = stream.pop();
        REQUIRE(frame.index == given);
        REQUIRE(frame.outputs[0].shape == Shape{batch, bins, 1});
        for (int64_t row = 0; row < batch * bins; ++row)
          found[row * frames + given] = frame.outputs[0].data[row];
        ++given;
      }
    };
    for (int64_t begin = 0; begin < n;) {
      const int64_t size = std::min<int64_t>(n - begin, 1 + random() % most);
      block.clear();
      for (int64_t item = 0; item < batch; ++item)
        block.insert(block.end(), input.values.begin() + item * n + begin,
                     input.values.begin() + item * n + begin + size);
      stream.accept(View(block.data(), {batch, size}));
      begin += size;
      take();
    }
    stream.finish();
    take();
    CHECK(given == frames);
    CHECK(error(found.data(), expected) <= 1e-5);
  }
}

TEST_CASE("a stream refuses what does not fit, and goes on") {
  const Frontend frontend(golden("mel_stream.onnx"));
  Stream stream = frontend.stream();
  CHECK_THROWS_WITH(stream.accept(View(nullptr, {2, 10})),
                    "the input has shape (2, 10), the graph takes (samples,) or (1, samples) or "
                    "(1, 1, samples): axis 0 must be 1, not 2");
  stream.accept(std::vector<float>(100));
  CHECK_THROWS_WITH(stream.finish(), "the stream has 100 samples, the graph needs at least 201: push more before "
                    "finish, or close the stream");
  stream.accept(std::vector<float>(400));
  stream.finish();
  CHECK_THROWS_WITH(stream.accept(std::vector<float>(10)),
                    "the stream has ended: open another one");
  CHECK_THROWS_WITH(
      Frontend(golden("mel.onnx")).stream(),
      (golden("mel.onnx") + " takes whole signals: export it with streaming=True for a stream").c_str());
}
