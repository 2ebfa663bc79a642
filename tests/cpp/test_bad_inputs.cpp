// Every input of tests/conformance that a file must refuse, and the bounds of streams and pools.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nnaudio/frontend.hpp>
#include <string>
#include <vector>

#include "golden.hpp"

using namespace nnaudio;

namespace {

template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kAudio);
    return error.message();
  }
  return "";
}

float number(const std::string& text) {
  if (text == "nan") return std::numeric_limits<float>::quiet_NaN();
  if (text == "-inf") return -std::numeric_limits<float>::infinity();
  return static_cast<float>(*real_number(text));
}

std::string refusal_of(const Properties& one) {
  const Frontend frontend(golden(one.at("file")), {"cpu", 1});
  Shape shape;
  for (std::string_view size : split(one.at("shape"), 'x')) shape.push_back(*whole_number(size));
  std::vector<float> audio = generated_signal(shape.count(), 1);
  for (float& sample : audio) sample = std::abs(sample);
  if (one.count("first")) audio[0] = number(one.at("first"));
  const std::string dtype = value(one, "dtype");
  const bool pcm = dtype.empty() ? frontend.contract().dtype() == Dtype::kInt16 : dtype == "int16";
  const std::vector<int16_t> samples = to_pcm(audio);
  const View given = pcm ? View::of_pcm(samples.data(), shape) : View(audio.data(), shape);
  const auto rate = whole_number(value(one, "rate"));
  return refusal([&] {
    if (value(one, "through") != "stream") return static_cast<void>(frontend(given, rate));
    Stream stream = frontend.stream(shape[0]);
    stream.accept(given);
    stream.finish();
  });
}

}  // namespace

TEST_CASE("inputs that must be refused are, in the words of their case") {
  const std::vector<Properties> cases = manifest("inputs.jsonl");
  REQUIRE(cases.size() > 20);
  for (const Properties& one : cases) {
    CAPTURE(one.at("file"));
    CAPTURE(one.at("shape"));
    const std::string sentence = refusal_of(one);
    CAPTURE(sentence);
    CHECK(sentence.find(one.at("says")) != sentence.npos);
  }
}

TEST_CASE("a file says what it is proved for") {
  const auto proved = [](const char* file) {
    return Frontend(golden(file), {"cpu", 1}).contract().proved_for();
  };
  CHECK(proved("conv.onnx") == "a batch of 1 or more, 8 samples or more, 16000 Hz");
  CHECK(proved("conv_most.onnx") == "a batch of 2 ... 7, 8 ... 203 samples, 16000 Hz");
  CHECK(proved("conv_fixed.onnx") == "a batch of 1, 16000 Hz");
  CHECK(proved("conv_magnitudes.onnx") ==
        "a batch of 1 or more, 8 samples or more, 16000 Hz, no value below 0");
}

TEST_CASE("a stream may not grow beyond what its file is proved for, and goes on") {
  const Frontend frontend(golden("conv_stream_most.onnx"), {"cpu", 1});
  const Array input = golden_array("conv_stream_most.input.npy");
  const View first(input.values.data(), {1, 203});
  const auto whole = frontend(first);
  Stream stream = frontend.stream();
  std::vector<float> found;
  const auto take = [&] {
    while (stream.ready()) {
      const View frame = stream.pop().outputs[0];
      found.insert(found.end(), frame.data, frame.data + frame.shape.count());
    }
  };
  const std::string says = "the input has 204 samples, the file is proved for at most 203";
  stream.accept(View(first.data, {200}));
  take();
  CHECK(refusal([&] { stream.accept(View(first.data, {4})); }) == says);
  stream.accept(View(first.data + 200, {3}));
  CHECK(refusal([&] { stream.accept(View(first.data, {1})); }) == says);
  stream.finish();
  take();
  REQUIRE(static_cast<int64_t>(found.size()) == whole.bins * whole.frames);
  for (int64_t frame = 0; frame < whole.frames; ++frame)
    for (int64_t bin = 0; bin < whole.bins; ++bin)
      CHECK(found[frame * whole.bins + bin] == doctest::Approx(whole.at(bin, frame)).epsilon(1e-5));
}

TEST_CASE("a pool has as many slots as its file is proved for, and signals no longer") {
  const Frontend frontend(golden("conv_stream_most.onnx"), {"cpu", 1});
  CHECK(refusal([&] { frontend.pool(8); }) ==
        "the input has a batch of 8, the file is proved for at most 7");
  StreamPool pool = frontend.pool(7, 64);
  const int64_t slot = pool.join();
  const std::vector<float> most(203, 0.5f);
  pool.accept(slot, most);
  CHECK(refusal([&] { pool.accept(slot, std::vector<float>(1)); }) ==
        "the input has 204 samples, the file is proved for at most 203");
  pool.finish(slot);
  int64_t frames = 0;
  while (pool.step() > 0)
    while (pool.ready()) frames += pool.pop().outputs[0].shape[2];
  CHECK(frames == 51);
}
