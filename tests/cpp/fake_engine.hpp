// A streaming graph without an engine: it allocates nothing in a run, and fails when told to.
//
// A frame is the sum of its hop of samples, and of all samples before it in a second output.
#pragma once

#include <cstring>
#include <memory>
#include <nnaudio/stream.hpp>
#include <string>
#include <vector>

struct FakeEngine final : nnaudio::Engine {
  static constexpr int64_t kChunk = 8, kHop = 2;

  // reflect and pad as the metadata says them; the frames then begin within the padding.
  static nnaudio::Metadata info(int64_t pad = 0, nnaudio::Dtype dtype = nnaudio::Dtype::kFloat32) {
    nnaudio::Metadata info;
    info.sample_rate = 8000;
    info.hop_length = kHop;
    info.input_dtype = dtype;
    info.output_axes = {{"batch", "1", "frames"}, {"batch", "1", "frames"}};
    nnaudio::StreamSpec spec;
    spec.chunk = kChunk;
    spec.hop = spec.frame_length = kHop;
    spec.pad = pad;
    spec.state_size = 1;
    spec.state_input = "state";
    spec.state_output = "next_state";
    info.streaming = spec;
    return info;
  }

  explicit FakeEngine(nnaudio::Dtype dtype = nnaudio::Dtype::kFloat32) {
    inputs_[0].dtype = dtype;
  }

  // Runs until one fails; below 0 none does.
  mutable int64_t fails_in = -1;
  mutable int64_t runs = 0;

  const std::vector<nnaudio::Port>& inputs() const override { return inputs_; }
  const std::vector<nnaudio::Port>& outputs() const override { return outputs_; }
  const std::string& provider() const override { return provider_; }
  const nnaudio::Properties& properties() const override { return properties_; }
  nnaudio::Result<std::vector<nnaudio::Tensor>> run(nnaudio::View) const override {
    return nnaudio::Error(nnaudio::ErrorKind::kAudio, "it only streams");
  }

  nnaudio::Result<std::unique_ptr<nnaudio::Bound>> bind(
      const std::vector<nnaudio::Slot>& inputs,
      const std::vector<nnaudio::Slot>& outputs) const override {
    return std::unique_ptr<nnaudio::Bound>(new Run{*this, inputs, outputs});
  }

 private:
  struct Run final : nnaudio::Bound {
    Run(const FakeEngine& owner, const std::vector<nnaudio::Slot>& inputs,
        const std::vector<nnaudio::Slot>& outputs)
        : engine(owner) {
      for (const auto& slot : inputs) (slot.name == "audio" ? chunk : state) = slot.data;
      pcm = inputs[0].dtype == nnaudio::Dtype::kInt16;
      batch = inputs[0].shape[0];
      for (const auto& slot : outputs)
        (slot.name == "sum"     ? sums
         : slot.name == "total" ? totals
                                : next) = static_cast<float*>(slot.data);
    }

    nnaudio::Result<void> run() override {
      ++engine.runs;
      for (int64_t item = 0; item < batch; ++item) {
        float total = static_cast<const float*>(state)[item];
        for (int64_t i = 0; i < kChunk; ++i) {
          const int64_t at = item * kChunk + i, frame = at / kHop;
          const float value = pcm ? static_cast<const int16_t*>(chunk)[at]
                                  : static_cast<const float*>(chunk)[at];
          if (i % kHop == 0) sums[frame] = 0;
          sums[frame] += value;
          total += value;
          totals[frame] = total;
        }
        next[item] = total;
      }
      // An engine that fails may have written anything before.
      if (engine.fails_in < 0 || engine.fails_in-- > 0) return {};
      return nnaudio::Error(nnaudio::ErrorKind::kAudio, "out of luck");
    }

    const FakeEngine& engine;
    bool pcm;
    int64_t batch;
    const void *chunk = nullptr, *state = nullptr;
    float *sums = nullptr, *totals = nullptr, *next = nullptr;
  };

  static std::vector<nnaudio::Axis> axes(int64_t last, bool middle) {
    std::vector<nnaudio::Axis> axes{{"batch", std::nullopt}};
    if (middle) axes.push_back({"1", 1});
    axes.push_back({"", last});
    return axes;
  }

  std::vector<nnaudio::Port> inputs_{{"audio", axes(kChunk, false)}, {"state", axes(1, false)}};
  std::vector<nnaudio::Port> outputs_{{"sum", axes(kChunk / kHop, true)},
                                      {"next_state", axes(1, false)},
                                      {"total", axes(kChunk / kHop, true)}};
  std::string provider_ = "none";
  nnaudio::Properties properties_;
};
