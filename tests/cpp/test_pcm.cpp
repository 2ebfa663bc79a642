#include <doctest/doctest.h>

#include <nnaudio/frontend.hpp>

#include "golden.hpp"

using namespace nnaudio;

namespace {

constexpr int64_t kBatch = 2, kSamples = 8000;  // as tests/conformance writes them

std::vector<int16_t> pcm() { return generated_pcm(kBatch * kSamples, 3); }

}  // namespace

TEST_CASE("samples and audio become one another") {
  CHECK(to_pcm({-1.0f, 0.25f, 1.0f, 7.0f, -7.0f}) ==
        std::vector<int16_t>{-32768, 8192, 32767, 32767, -32768});
  CHECK(from_pcm({-32768, 8192}) == std::vector<float>{-1.0f, 0.25f});
  CHECK(generated_pcm(3, 1) == std::vector<int16_t>{-8636, -4284, 139});
}

TEST_CASE("a PCM graph takes 16-bit samples, whole and in blocks") {
  const std::vector<int16_t> samples = pcm();
  for (const char* name : {"pcm", "pcm_stream"}) {
    CAPTURE(name);
    const Frontend frontend(golden(std::string(name) + ".onnx"));
    const Array expected = golden_array(std::string(name) + ".0.npy");
    const Features features = frontend(View::of_pcm(samples.data(), {kBatch, kSamples}));
    REQUIRE(features.shape() == expected.shape);
    CHECK(error(features.data(), expected) <= 1e-5);
    CHECK(frontend.selftest() <= 1e-5);
    CHECK_THROWS_WITH(frontend(std::vector<float>(8000)),
                      "the input is float32, the graph takes int16: use nnaudio::to_pcm(audio) for "
                      "audio in -1 ... 1");
  }
}

TEST_CASE("a PCM stream gives the whole signal's frames") {
  const Frontend frontend(golden("pcm_stream.onnx"));
  const Array expected = golden_array("pcm_stream.0.npy");
  const std::vector<int16_t> samples = pcm();
  Stream stream = frontend.stream();
  const int64_t bins = expected.shape[1], frames = expected.shape[2];
  Array found{{1, bins, frames}, std::vector<float>(static_cast<size_t>(bins * frames))};
  int64_t given = 0;
  const auto take = [&] {
    for (; stream.ready(); ++given) {
      const Frame& frame = stream.pop();
      for (int64_t bin = 0; bin < bins; ++bin) found.values[bin * frames + given] = frame.at(bin);
    }
  };
  for (int64_t begin = 0, n; begin < kSamples; begin += n, take()) {
    n = std::min<int64_t>(kSamples - begin, 1 + begin % 333);
    stream.accept(View::of_pcm(samples.data() + begin, {n}));
  }
  stream.finish();
  take();
  REQUIRE(given == frames);
  Array first{found.shape, {expected.values.begin(), expected.values.begin() + bins * frames}};
  CHECK(error(found.values.data(), first) <= 1e-5);
  CHECK_THROWS_WITH(Frontend(golden("mel_stream.onnx")).stream().accept(samples),
                    "the input is int16, the graph takes float32: use nnaudio::from_pcm(samples)");
}
