// nnaudio_soak PUSHES [MODEL]: pushes of random lengths into one stream of a real graph, whose
// memory is not to grow and whose numbers are not to drift.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nnaudio/frontend.hpp>
#include <random>
#include <string>
#include <vector>

#include "golden.hpp"

namespace {

constexpr int kWarmUp = 10'000;
// MB: an engine takes some once, when it has run for a while. One byte a push would be ten.
constexpr double kAllowed = 1.0;

// Of the program's own memory; pages of libraries come and go with what else the machine does.
double resident_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.compare(0, 8, "RssAnon:") == 0) return std::atof(line.c_str() + 8) / 1e3;
  return NAN;
}

struct Soak {
  explicit Soak(const nnaudio::Frontend& frontend)
      : stream(frontend.stream()),
        hop(frontend.info()->hop_length.value()),
        longest(frontend.info()->sample_rate.value() / 50) {
    // It repeats itself every hop, so that each frame is the one before.
    const auto period = nnaudio::generated_signal({hop}, 1);
    for (int64_t i = 0; i < hop + longest; ++i) audio.push_back(period[i % hop]);
  }

  void push(int pushes) {
    for (int i = 0; i < pushes; ++i) {
      const int64_t n = 1 + static_cast<int64_t>(random() % static_cast<unsigned>(longest));
      stream.accept(nnaudio::View(audio.data() + pushed % hop, {n}));
      pushed += n;
      while (stream.ready()) {
        const nnaudio::Frame frame = stream.pop();
        const nnaudio::View& found = frame.outputs[0];
        last.assign(found.data, found.data + found.shape.count());
        ++popped;
      }
    }
  }

  nnaudio::Stream stream;
  int64_t hop, longest, pushed = 0, popped = 0;
  std::vector<float> audio, last;
  std::mt19937 random{5};
};

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double worst = a.size() == b.size() ? 0 : INFINITY;
  for (size_t i = 0; i < a.size() && i < b.size(); ++i)
    worst = std::fmax(worst, std::abs(double(a[i]) - double(b[i])));
  return worst;
}

}  // namespace

int main(int count, char** arguments) {
  const int pushes = count > 1 ? std::atoi(arguments[1]) : 0;
  if (pushes <= 0) return std::fprintf(stderr, "usage: nnaudio_soak PUSHES [MODEL]\n"), 2;
  const nnaudio::Frontend frontend(count > 2 ? arguments[2] : golden("mel_stream.onnx"));
  Soak soak(frontend);
  soak.push(kWarmUp);
  const std::vector<float> expected = soak.last;
  const double before = resident_megabytes();
  const auto begin = std::chrono::steady_clock::now();
  soak.push(pushes);
  const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - begin;
  const double grown = resident_megabytes() - before;
  const double drift = largest_difference(soak.last, expected);
  std::printf("%d pushes, %.1f hours of audio, %lld frames, %.1f us a push\n", pushes,
              double(soak.pushed) / double(*frontend.info()->sample_rate) / 3600,
              static_cast<long long>(soak.popped), taken.count() / pushes);
  std::printf("memory %.2f MB, grown by %.2f MB (limit %.1f); drift %.1e (limit 0)\n", before, grown,
              kAllowed, drift);
  return grown <= kAllowed && drift == 0 && soak.popped > 0 ? 0 : 1;
}
