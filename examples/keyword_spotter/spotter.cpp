// Hears keywords in a recording, or in what a microphone gives.
//
//   spotter MODEL IN.wav                        the recording at once
//   spotter MODEL IN.wav --microphone [--fast]  the same as a microphone would give it, 20 ms at a
//                                               time, as time passes; --fast does not wait
#include <sndfile.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <nnaudio/frontend.hpp>
#include <string>
#include <thread>
#include <vector>

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

// Slides a window of one second over the audio that comes, by a tenth of a second. A keyword was
// heard where it was the likeliest in two windows or more, one after another.
class Spotter {
 public:
  explicit Spotter(const std::string& model) : frontend_(model) {
    const auto& properties = frontend_.engine()->properties();
    const auto labels = properties.find("labels");
    if (!frontend_.info() || !frontend_.info()->sample_rate || labels == properties.end())
      throw nnaudio::Error(nnaudio::ErrorKind::kModelFile,
                           model + " is no keyword spotter: train.py writes one");
    rate_ = *frontend_.info()->sample_rate;
    window_.resize(static_cast<size_t>(rate_));
    size_t begin = 0;
    for (size_t end; begin <= labels->second.size(); begin = end + 1) {
      end = std::min(labels->second.find(',', begin), labels->second.size());
      labels_.push_back(labels->second.substr(begin, end - begin));
    }
  }

  int64_t rate() const { return rate_; }

  void hear(const float* samples, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      fresh_.push_back(samples[i]);
      if (fresh_.size() == window_.size() / 10) slide();
    }
  }

 private:
  void slide() {
    std::move(window_.begin() + static_cast<std::ptrdiff_t>(fresh_.size()), window_.end(),
              window_.begin());
    std::copy(fresh_.begin(), fresh_.end(),
              window_.end() - static_cast<std::ptrdiff_t>(fresh_.size()));
    heard_ += static_cast<int64_t>(fresh_.size());
    fresh_.clear();
    if (heard_ < rate_) return;  // until then the window holds what nobody heard
    const nnaudio::Features scores = frontend_(window_);
    const float *first = scores.data(), *last = first + labels_.size();
    const float* best = std::max_element(first, last);
    float total = 0;  // of the softmax
    for (const float* score = first; score < last; ++score) total += std::exp(*score - *best);
    decide(static_cast<size_t>(best - first), 1 / total);
  }

  void decide(size_t label, float probability) {
    if (label == 0 || label != label_) {
      if (run_ >= 2) report();
      run_ = 0;
      sum_ = 0;
    }
    label_ = label;
    if (label == 0) return;
    ++run_;
    sum_ += static_cast<double>(heard_) / rate_ - 0.5;  // the middle of the window
    best_ = std::max(run_ == 1 ? 0 : best_, probability);
  }

  // Once it has passed: its middle is that of the windows that it was in.
  void report() const {
    std::printf("%.2f %s %.2f\n", sum_ / run_, labels_[label_].c_str(), best_);
    std::fflush(stdout);
  }

  nnaudio::Frontend frontend_;
  std::vector<std::string> labels_;
  std::vector<float> window_, fresh_;
  int64_t rate_ = 0, heard_ = 0;
  size_t label_ = 0;
  int run_ = 0;
  double sum_ = 0;
  float best_ = 0;
};

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
  Spotter spotter(words[0]);
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
