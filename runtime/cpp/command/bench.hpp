// Times of one front end on this machine, one thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nnaudio/frontend.hpp>
#include <string>
#include <vector>

// Microseconds of a call: the median of many.
template <class Call>
double microseconds(int times, Call call) {
  std::vector<double> taken(static_cast<size_t>(times));
  for (double& time : taken) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    time =
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
  }
  std::nth_element(taken.begin(), taken.begin() + times / 2, taken.end());
  return taken[times / 2];
}

// "VmHWM" of Linux, else an empty text.
inline std::string peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.compare(0, 6, "VmHWM:") == 0) return line.substr(line.find_first_not_of(" \t", 6));
  return "";
}

inline void bench(const std::string& path) {
  const auto begin = std::chrono::steady_clock::now();
  const nnaudio::Frontend frontend(path, {"cpu", 1});
  const auto rate = frontend.info() ? frontend.info()->sample_rate.value_or(16000) : 16000;
  const auto first_frame = [&] {
    const auto now = std::chrono::steady_clock::now();
    std::printf("start-up to first frame  %8.1f ms\n",
                std::chrono::duration<double, std::milli>(now - begin).count());
  };
  if (frontend.info() && frontend.info()->streaming) {
    nnaudio::Stream stream = frontend.stream();
    const auto block = nnaudio::generated_signal(rate / 100, 1);
    volatile float sink = 0;
    const auto push = [&] {
      stream.accept(block);
      while (stream.ready()) sink = stream.pop().at(0);
    };
    push();
    first_frame();
    std::printf("push of 10 ms            %8.1f us (median)\n", microseconds(5000, push));
    static_cast<void>(sink);
  } else {
    const auto audio = nnaudio::generated_signal(rate, 1);
    frontend(audio);
    first_frame();
    const nnaudio::View whole(audio.data(), {1, static_cast<int64_t>(audio.size())});
    // The engine's run is ONNX Runtime's, with its output adopted; interleaved round by round.
    std::vector<double> bare, ours;
    for (int round = 0; round < 15; ++round) {
      bare.push_back(
          microseconds(40, [&] { static_cast<void>(bool(frontend.engine()->run(whole))); }));
      ours.push_back(microseconds(40, [&] { frontend(audio); }));
    }
    const double engine = *std::min_element(bare.begin(), bare.end());
    const double call = *std::min_element(ours.begin(), ours.end());
    std::printf("one second of audio      %8.1f us, the engine alone %.1f us\n", call, engine);
  }
  std::printf("peak memory              %s\n", peak_memory().c_str());
}
