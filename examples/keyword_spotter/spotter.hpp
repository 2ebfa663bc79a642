// Hears keywords in the audio that comes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <nnaudio/frontend.hpp>
#include <string>
#include <utility>
#include <vector>

// Slides a window of one second over the audio that comes, by a tenth of a second. A keyword was
// heard where it was the likeliest in two windows or more, one after another.
struct Spotter {
 public:
  // Called with the middle of a keyword in seconds, its name and its probability.
  using Heard = std::function<void(double, const std::string&, float)>;

  Spotter(const std::string& model, Heard heard, const nnaudio::Options& options = {})
      : frontend_(model, options), heard_keyword_(std::move(heard)) {
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
  void report() const { heard_keyword_(sum_ / run_, labels_[label_], best_); }

  nnaudio::Frontend frontend_;
  Heard heard_keyword_;
  std::vector<std::string> labels_;
  std::vector<float> window_, fresh_;
  int64_t rate_ = 0, heard_ = 0;
  size_t label_ = 0;
  int run_ = 0;
  double sum_ = 0;
  float best_ = 0;
};
