// Hears keywords in a recording, or in what a microphone gives.
//
//   spotter MODEL IN.wav                        the recording at once
//   spotter MODEL IN.wav --microphone [--fast]  the same as a microphone would give it, 20 ms at a
//                                               time, as time passes; --fast does not wait
#include <sndfile.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "spotter.hpp"

namespace {

struct Recording {
  std::vector<float> samples;  // mono
  int64_t sample_rate;
};

Recording read_recording(const std::string& path) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_READ, &info),
                                                         sf_close);
  if (!file || info.channels != 1)
    throw nnaudio::Error(nnaudio::ErrorKind::kFile,
                         path + (file ? " is not mono" : std::string(" cannot be read: ") +
                                                             sf_strerror(nullptr)));
  Recording recording{std::vector<float>(static_cast<size_t>(info.frames)), info.samplerate};
  sf_readf_float(file.get(), recording.samples.data(), info.frames);
  return recording;
}

// What a microphone's driver does: a thread of its own gives blocks, whether or not somebody waits.
class Microphone {
 public:
  Microphone(Recording recording, bool fast)
      : thread_([this, recording = std::move(recording), fast] { give(recording, fast); }) {}
  ~Microphone() { thread_.join(); }

  // The next block; empty at the end.
  std::vector<float> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !blocks_.empty(); });
    if (blocks_.empty()) return {};
    std::vector<float> block = std::move(blocks_.front());
    blocks_.pop_front();
    return block;
  }

 private:
  void give(const Recording& recording, bool fast) {
    const auto& samples = recording.samples;
    const auto size = static_cast<size_t>(recording.sample_rate / 50);
    auto due = std::chrono::steady_clock::now();
    for (size_t begin = 0; begin < samples.size(); begin += size) {
      due += std::chrono::milliseconds(20);
      if (!fast) std::this_thread::sleep_until(due);
      const auto first = samples.begin() + static_cast<std::ptrdiff_t>(begin);
      const size_t count = std::min(size, samples.size() - begin);
      const std::lock_guard lock(mutex_);
      blocks_.emplace_back(first, first + static_cast<std::ptrdiff_t>(count));
      changed_.notify_one();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<float>> blocks_;
  bool ended_ = false;
  std::thread thread_;  // last: it begins when all else is there
};

int run(const std::vector<std::string>& words) {
  const bool microphone = std::count(words.begin(), words.end(), "--microphone") > 0;
  const bool fast = std::count(words.begin(), words.end(), "--fast") > 0;
  if (words.size() != size_t{2} + microphone + fast) {
    std::fputs("spotter MODEL IN.wav [--microphone [--fast]]\n", stderr);
    return 2;
  }
  Spotter spotter(words[0], [](double time, const std::string& name, float probability) {
    std::printf("%.2f %s %.2f\n", time, name.c_str(), probability);
    std::fflush(stdout);
  });
  Recording recording = read_recording(words[1]);
  if (recording.sample_rate != spotter.rate())
    throw nnaudio::Error(nnaudio::ErrorKind::kAudio,
                         words[1] + " is sampled at " + std::to_string(recording.sample_rate) +
                             " Hz, the model takes " + std::to_string(spotter.rate()));
  // A last second of silence, so that what is said at the end passes.
  recording.samples.resize(recording.samples.size() + static_cast<size_t>(spotter.rate()));
  if (!microphone) {
    spotter.hear(recording.samples.data(), recording.samples.size());
    return 0;
  }
  Microphone source(std::move(recording), fast);
  for (auto block = source.next(); !block.empty(); block = source.next())
    spotter.hear(block.data(), block.size());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const nnaudio::Error& error) {
    std::fprintf(stderr, "spotter: %s\n", error.what());
    return 1;
  }
}
