#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nnaudio/frontend.hpp>

#include "golden.hpp"

using namespace nnaudio;

namespace {

template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("features know their frames") {
  const Frontend mel(golden("mel.onnx"));
  const Features f = mel(std::vector<float>(16000, 0.5f), 16000);
  CHECK(f.batch == 1);
  CHECK(f.bins == 80);
  CHECK(f.frames == 101);
  CHECK(f.times[100] == doctest::Approx(1.0));
  CHECK(f.at(3, 2) == f.data()[3 * 101 + 2]);
}

TEST_CASE("bad audio is refused in Python's words") {
  const Frontend mel(golden("mel.onnx"));
  std::vector<float> audio(16000, 0.25f);
  CHECK(refusal([&] { mel(std::vector<float>(100)); }) ==
        "the input has 100 samples, the graph needs at least 201");
  CHECK(refusal([&] { mel(std::vector<float>()); }) ==
        "the input is empty: it has shape (0,), the graph takes (samples,) or (batch, samples) or "
        "(batch, 1, samples)");
  CHECK(refusal([&] { mel(View(audio.data(), {2, 2, 4000})); }) ==
        "the input has shape (2, 2, 4000), the graph takes (samples,) or (batch, samples) or "
        "(batch, 1, samples): mix the channels, or make them items of the batch");
  CHECK(refusal([&] { mel(audio, 44100); }) ==
        "the audio has 44100 Hz, the graph takes 16000 Hz: resample it");
  audio[5] = std::numeric_limits<float>::quiet_NaN();
  CHECK(refusal([&] { mel(audio); }) ==
        "the input holds 1 values that are not finite, the first is nan at [5]: clean it, or load "
        "with check_finite off");
  const Frontend inverse(golden("inverse_mel.onnx"));
  std::vector<float> magnitudes(40 * 12, 1.0f);
  magnitudes[13] = -1.0f;
  CHECK(refusal([&] { inverse(View(magnitudes.data(), {1, 40, 12})); }) ==
        "the input holds 1 values below 0, the first is -1 at [0, 1, 1]: it must be a magnitude or "
        "power, not decibels or a complex part");
}

TEST_CASE("no file and a folder are refused in words") {
  CHECK(refusal([] { Frontend none("no such.onnx"); }).find("cannot be read") != std::string::npos);
  CHECK(refusal([] { Frontend folder("."); }).find("is a folder") != std::string::npos);
}

TEST_CASE("a provider is taken or refused, never replaced in silence") {
  CHECK(Frontend(golden("mel.onnx"), {"cpu"}).provider() == "CPUExecutionProvider");
  CHECK(refusal([] { Frontend(golden("mel.onnx"), {"nnapi"}); })
            .find("provider 'nnapi' does not work: the installed ONNX Runtime has no "
                  "NnapiExecutionProvider") == 0);
  CHECK(refusal([] { Frontend(golden("mel.onnx"), {"gpu"}); }).find("provider is 'gpu'") == 0);
  const std::string cuda = refusal([] { Frontend(golden("mel.onnx"), {"cuda"}); });
  const std::string chosen = Frontend(golden("mel.onnx")).provider();
  CHECK(chosen == (cuda.empty() ? "CUDAExecutionProvider" : "CPUExecutionProvider"));
}
