// A loaded front end: audio in, features out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine.hpp"
#include "engines.hpp"
#include "features.hpp"
#include "graph_check.hpp"
#include "stream.hpp"
#include "stream_pool.hpp"

namespace nnaudio {

// May be called from several threads at once.
//
//   nnaudio::Frontend mel("mel.onnx");
//   nnaudio::Features f = mel(audio);  // f.at(bin, frame), f.bins, f.frames, f.times
class Frontend {
 public:
#if NNAUDIO_EXCEPTIONS
  explicit Frontend(const std::string& path, Options options = {})
      : Frontend(give(try_load(path, options))) {}
#endif
  static Returned<Frontend> load(const std::string& path, Options options = {}) {
    return give(try_load(path, options));
  }

  // The only output, or the first. Audio is (samples,), (batch, samples) or (batch, 1, samples) in
  // -1 ... 1, or PCM where the graph takes that; the rate, in Hz, is checked where given.
  Returned<Features> operator()(View audio, std::optional<int64_t> sample_rate = {}) const {
    auto outputs = try_run(audio, sample_rate);
    if (!outputs) return give(Result<Features>(outputs.error()));
    return give(Result<Features>(std::move(outputs->front())));
  }
  // All outputs. A streaming graph takes the whole signal as well, and streams it.
  Returned<std::vector<Features>> run(View audio, std::optional<int64_t> sample_rate = {}) const {
    return give(try_run(audio, sample_rate));
  }

  // A stream of signals in step; it keeps the graph alive.
  Returned<Stream> stream(int64_t batch = 1) const { return give(try_stream(batch)); }

  // Many signals that come and go through one run of the graph; each slot keeps backlog chunks.
  Returned<StreamPool> pool(int64_t slots, int64_t backlog = 8) const {
    return give(try_pool(slots, backlog));
  }

  // The largest error of the graph's own probes; an error where it is larger than allowed.
  Returned<double> selftest() const { return give(try_selftest()); }

  const std::optional<Metadata>& info() const { return info_; }
  const std::string& provider() const { return engine_->provider(); }
  const InputContract& contract() const { return contract_; }
  const std::string& path() const { return path_; }
  const EnginePointer& engine() const { return engine_; }

 private:
  Frontend(std::string path, EnginePointer engine, std::optional<Metadata> info,
           InputContract contract, bool check_finite)
      : path_(std::move(path)),
        engine_(std::move(engine)),
        info_(std::move(info)),
        contract_(std::move(contract)),
        check_finite_(check_finite) {
    if (info_ && info_->sample_rate && info_->hop_length && info_->frame_offset)
      times_ = {*info_->frame_offset, *info_->hop_length, *info_->sample_rate};
  }

  static Result<Frontend> try_load(const std::string& path, const Options& options) {
    auto engine = open_engine(path, options);
    if (!engine) return engine.error();
    auto info = Metadata::read((*engine)->properties());
    const auto refused = [&](const std::string& why) {
      return Error(ErrorKind::kModelFile, path + why);
    };
    if (!info) return refused(": " + info.error().message());
    const Metadata* const said = *info ? &**info : nullptr;
    if (auto checked = detail::check_graph(path, **engine, said); !checked) return checked.error();
    const Port& input = (*engine)->inputs()[0];
    std::vector<Axis> axes = input.axes;
    for (size_t i = 0; said && i < axes.size(); ++i) {
      // The length of the whole signal, not of a chunk.
      if (said->streaming && said->input_axes[i] == said->length_axis()) axes[i].size.reset();
      if (!axes[i].size) axes[i] = {said->input_axes[i], fixed_size(said->input_axes[i])};
    }
    InputContract contract(std::move(axes), said, options.check_finite, input.dtype,
                           (*engine)->plans_memory());
    return Frontend(path, std::move(*engine), std::move(*info), std::move(contract),
                    options.check_finite);
  }

  Result<std::vector<Features>> try_run(View audio, std::optional<int64_t> sample_rate) const {
    auto admitted = contract_.admit(audio, sample_rate);
    if (!admitted) return admitted.error();
    if (info_ && info_->streaming) return streamed(*admitted);
    auto tensors = engine_->run(*admitted);
    if (!tensors) return tensors.error();
    std::vector<Features> outputs;
    outputs.reserve(tensors->size());
    for (size_t k = 0; k < tensors->size(); ++k)
      outputs.emplace_back(engine_->outputs()[k].name, std::move((*tensors)[k]), times_);
    return outputs;
  }

  Result<void> check_streams(int64_t batch) const {
    if (!info_ || !info_->streaming)
      return Error(ErrorKind::kModelFile,
                   path_ + " takes whole signals: export it with streaming=True for a stream");
    const std::optional<int64_t> fixed = contract_.axes()[0].size;
    if (fixed && *fixed != batch)
      return Error(ErrorKind::kModelFile, path_ + " takes a batch of " + std::to_string(*fixed) +
                                              ", not " + std::to_string(batch) +
                                              ": export it with dynamic=True");
    return batch < 1 ? Result<void>() : contract_.check_batch(batch);  // that, the stepper refuses
  }

  Result<Stream> try_stream(int64_t batch) const {
    if (auto checked = check_streams(batch); !checked) return checked.error();
    return Stream::open(engine_, *info_, batch, check_finite_);
  }

  Result<StreamPool> try_pool(int64_t slots, int64_t backlog) const {
    if (auto checked = check_streams(slots); !checked) return checked.error();
    return StreamPool::open(engine_, *info_, slots, backlog, check_finite_);
  }

  Result<std::vector<Features>> streamed(View audio) const {
    auto stream = try_stream(audio.shape[0]);
    if (!stream) return stream.error();
    if (auto accepted = stream->try_accept(audio); !accepted) return accepted.error();
    if (auto finished = stream->try_finish(); !finished) return finished.error();
    const int64_t total = info_->streaming->outputs(stream->length());
    std::vector<std::shared_ptr<std::vector<float>>> wholes;
    std::vector<Features> outputs;
    while (stream->ready()) {
      const Frame& frame = stream->pop();
      for (size_t k = 0; k < frame.outputs.size(); ++k) {
        const View& piece = frame.outputs[k];
        const size_t time = time_axis(info_->output_axes[k]);
        if (k == outputs.size()) {
          Shape shape = piece.shape;
          shape[time] = total;
          wholes.push_back(
              std::make_shared<std::vector<float>>(static_cast<size_t>(shape.count())));
          const auto name =
              std::find_if(engine_->outputs().begin(), engine_->outputs().end(),
                           [&, left = k](const Port& p) mutable {
                             return p.name != info_->streaming->state_output && left-- == 0;
                           });
          outputs.emplace_back(name->name, Tensor{shape, wholes[k]->data(), wholes[k]}, times_);
        }
        const int64_t outer = piece.shape.count(0, time);
        const int64_t run = piece.shape.count(time, piece.shape.size());
        const int64_t inner = piece.shape.count(time + 1, piece.shape.size());
        for (int64_t row = 0; row < outer; ++row)
          std::copy_n(piece.data + row * run, run,
                      wholes[k]->data() + (row * total + frame.index) * inner);
      }
    }
    if (outputs.empty())
      return Error(ErrorKind::kAudio, path_ + " gives nothing for so short a signal");
    return outputs;
  }

  Result<double> try_selftest() const {
    if (!info_ || !info_->selftest)
      return Error(ErrorKind::kSelfTest,
                   path_ + " carries no self-test: export it with nnaudio-export");
    const SelfTest& test = *info_->selftest;
    const bool pcm = test.dtype == Dtype::kInt16;
    const auto signal = pcm ? std::vector<float>() : test.signal();
    const auto samples = pcm ? generated_pcm(test.shape.count(), test.seed) : std::vector<int16_t>();
    auto outputs = try_run(
        pcm ? View::of_pcm(samples.data(), test.shape) : View(signal.data(), test.shape), {});
    if (!outputs) return outputs.error();
    double worst = 0;
    for (const Probes& probes : test.probes) {
      const auto output = std::find_if(outputs->begin(), outputs->end(),
                                       [&](const Features& f) { return f.name == probes.output; });
      if (output == outputs->end())
        return Error(ErrorKind::kSelfTest, "the self-test probes output " + quoted(probes.output) +
                                               ", which the graph does not have");
      const double error = probes.error(output->data(), output->shape().count());
      if (!(error <= test.tolerance))
        return Error(ErrorKind::kSelfTest, "output " + quoted(probes.output) + " is off by " +
                                               general(error, 2) +
                                               (probes.circle ? " (circle)" : " (relative)") +
                                               ", allowed is " + general(test.tolerance, 2) +
                                               ": this machine does not compute what was exported");
      worst = std::max(worst, error);
    }
    return worst;
  }

  std::string path_;
  EnginePointer engine_;
  std::optional<Metadata> info_;
  InputContract contract_;
  bool check_finite_;
  FrameTimes times_;
};

}  // namespace nnaudio
