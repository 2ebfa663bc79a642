// Times of one front end on this machine, one thread, beside ONNX Runtime's own run.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nnaudio/frontend.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "bare_run.hpp"
#include "timing.hpp"

// "VmHWM" of Linux, else an empty text.
inline std::string peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.compare(0, 6, "VmHWM:") == 0) return line.substr(line.find_first_not_of(" \t", 6));
  return "";
}

// Noise of one signal of a length, as the graph takes it; magnitudes where it takes those.
class Noise {
 public:
  Noise(const nnaudio::Frontend& frontend, int64_t longest) : contract_(frontend.contract()) {
    audio_ = nnaudio::generated_signal(shape(longest).count(), 1);
    for (float& value : audio_) value = std::abs(value);
    pcm_ = nnaudio::to_pcm(audio_);
  }

  nnaudio::View view(int64_t length) const {
    if (contract_.dtype() == nnaudio::Dtype::kInt16)
      return nnaudio::View::of_pcm(pcm_.data(), shape(length));
    return nnaudio::View(audio_.data(), shape(length));
  }

 private:
  nnaudio::Shape shape(int64_t length) const {
    nnaudio::Shape shape;
    for (const nnaudio::Axis& axis : contract_.axes())
      shape.push_back(axis.size ? *axis.size : shape.size() == 0 ? 1 : length);
    return shape;
  }

  const nnaudio::InputContract& contract_;
  std::vector<float> audio_;
  std::vector<int16_t> pcm_;
};

// Samples or frames of a second of the graph's input.
inline int64_t units_per_second(const nnaudio::Frontend& frontend) {
  if (!frontend.info()) return 16000;
  const int64_t rate = frontend.info()->sample_rate.value_or(16000);
  const bool frames = frontend.info()->length_axis() == "frames";
  return frames ? rate / frontend.info()->hop_length.value_or(160) : rate;
}

inline void print_beside(const char* what, const std::vector<double>& bare_and_ours) {
  std::printf("%-24s %8.1f us, a bare run %.1f us, overhead %.2f us\n", what, bare_and_ours[1],
              bare_and_ours[0], bare_and_ours[1] - bare_and_ours[0]);
}

// A chunk for each of many streams through one run.
inline void bench_pool(const nnaudio::Frontend& frontend, nnaudio::View chunk) {
  constexpr int kStreams = 32;
  nnaudio::StreamPool pool = frontend.pool(kStreams);
  for (int i = 0; i < kStreams; ++i) pool.join();
  const auto step = [&] {
    for (int slot = 0; slot < kStreams; ++slot) pool.accept(slot, chunk);
    pool.step();
    while (pool.ready()) pool.pop();
  };
  for (int i = 0; i < 20; ++i) step();
  const double time = interleaved(301, 1, step)[0];
  const auto frames = static_cast<double>(frontend.info()->streaming->frames_per_chunk());
  std::printf("a chunk of %d streams    %8.1f us, %.2f us per frame (StreamPool)\n", kStreams, time,
              time / (frames * kStreams));
}

inline void bench_stream(const nnaudio::Frontend& frontend, Clock::time_point begin) {
  const auto& spec = *frontend.info()->streaming;
  const int64_t rate = units_per_second(frontend), block = std::max<int64_t>(1, rate / 100);
  const Noise noise(frontend, std::max(block, spec.chunk));
  nnaudio::Stream stream = frontend.stream();
  float sum = 0;
  const auto push = [&](int64_t n) {
    stream.accept(noise.view(n));
    while (stream.ready()) sum += stream.pop().at(0);
  };
  while (sum == 0) push(spec.chunk);
  std::printf("start-up to first frame  %8.1f ms\n", microseconds_since(begin) / 1000);
  // Whole chunks in a round, so that each round runs the graph as often.
  const int pushes = static_cast<int>(spec.chunk / std::gcd(spec.chunk, block));
  const auto tens = interleaved(2001, pushes, [&] { push(block); });
  std::printf("push of 10 ms            %8.1f us (mean; the graph runs every %.0f ms)\n", tens[0],
              1000.0 * static_cast<double>(spec.chunk) / static_cast<double>(rate));
  if (!frontend.contract().axes()[0].size) bench_pool(frontend, noise.view(spec.chunk));
  if (!ort_engine(frontend)) return;
  const BareBoundRun bare(frontend, 1);
  print_beside("push of a chunk", interleaved(2001, 1, bare, [&] { push(spec.chunk); }));
}

inline void bench_whole(const nnaudio::Frontend& frontend, Clock::time_point begin) {
  const int64_t rate = units_per_second(frontend);
  const Noise noise(frontend, rate);
  frontend(noise.view(rate));
  std::printf("start-up to first frame  %8.1f ms\n", microseconds_since(begin) / 1000);
  const auto call = [&] { frontend(noise.view(rate)); };
  const double once = interleaved(1, 1, call)[0];
  const int rounds = static_cast<int>(std::clamp(1e6 / once, 5.0, 1001.0));
  if (!ort_engine(frontend)) {
    std::printf("one second of audio      %8.1f us\n", interleaved(rounds, 1, call)[0]);
    return;
  }
  const BareRun bare(frontend, noise.view(rate));
  print_beside("one second of audio", interleaved(rounds, 1, bare, call));
}

inline void bench(const std::string& path) {
  const auto begin = Clock::now();
  const nnaudio::Frontend frontend(path, {"cpu", 1});
  if (frontend.info() && frontend.info()->streaming)
    bench_stream(frontend, begin);
  else
    bench_whole(frontend, begin);
  std::printf("peak memory              %s\n", peak_memory().c_str());
}
