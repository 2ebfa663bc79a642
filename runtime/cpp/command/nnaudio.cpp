// The command nnaudio: what a front end is, and what it gives, without Python.
#include <sndfile.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nnaudio/frontend.hpp>
#include <nnaudio/npy.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench.hpp"

namespace {

constexpr char kUsage[] =
    "nnaudio info MODEL                   what the file says about itself\n"
    "nnaudio selftest MODEL               this machine's numbers against the exported ones\n"
    "nnaudio run MODEL IN.wav OUT.npy     features of a recording (or of IN.npy)\n"
    "nnaudio stream MODEL IN.wav OUT.npy  the same, 10 ms at a time\n"
    "nnaudio bench MODEL                  time of a call or push, beside ONNX Runtime's own\n";

struct Recording {
  std::vector<float> samples;
  int64_t sample_rate;
};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Mixed to one channel.
Recording read_recording(const std::string& path) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_READ, &info),
                                                         sf_close);
  if (!file)
    throw nnaudio::Error(nnaudio::ErrorKind::kFile,
                         path + " cannot be read: " + sf_strerror(nullptr));
  std::vector<float> interleaved(static_cast<size_t>(info.frames * info.channels));
  const auto read = sf_readf_float(file.get(), interleaved.data(), info.frames);
  Recording recording{std::vector<float>(static_cast<size_t>(read)), info.samplerate};
  for (size_t i = 0; i < recording.samples.size(); ++i) {
    for (int c = 0; c < info.channels; ++c)
      recording.samples[i] += interleaved[i * info.channels + c];
    recording.samples[i] /= static_cast<float>(info.channels);
  }
  return recording;
}

void info(const nnaudio::Frontend& frontend) {
  std::printf("takes       %s\nprovider    %s\n", frontend.contract().text().c_str(),
              frontend.provider().c_str());
  if (frontend.info()) std::printf("proved for  %s\n", frontend.contract().proved_for().c_str());
  for (const auto& [key, value] : frontend.engine()->properties())
    std::printf("%s = %s\n", key.c_str(), value.c_str());
}

// Samples as the graph takes them, from one on.
class Signal {
 public:
  Signal(const nnaudio::Frontend& frontend, const std::vector<float>& audio) : audio_(audio) {
    if (frontend.contract().dtype() == nnaudio::Dtype::kInt16) pcm_ = nnaudio::to_pcm(audio);
  }

  nnaudio::View view(size_t begin, size_t count) const {
    const nnaudio::Shape shape{static_cast<int64_t>(count)};
    if (pcm_) return nnaudio::View::of_pcm(pcm_->data() + begin, shape);
    return nnaudio::View(audio_.data() + begin, shape);
  }

 private:
  const std::vector<float>& audio_;
  std::optional<std::vector<int16_t>> pcm_;
};

nnaudio::Features features(const nnaudio::Frontend& frontend, const std::string& path) {
  if (ends_with(path, ".npy")) return frontend(nnaudio::give(nnaudio::load_npy(path)));
  const Recording recording = read_recording(path);
  const Signal signal(frontend, recording.samples);
  return frontend(signal.view(0, recording.samples.size()), recording.sample_rate);
}

// Frames as (frames, values).
nnaudio::Array streamed(const nnaudio::Frontend& frontend, const std::string& path) {
  const Recording recording = read_recording(path);
  nnaudio::give(frontend.contract().check_rate(recording.sample_rate));
  nnaudio::Stream stream = frontend.stream();
  nnaudio::Array frames;
  int64_t values = 0;
  const auto take = [&] {
    while (stream.ready()) {
      const nnaudio::View view = stream.pop().outputs[0];
      values = frontend.info()->streaming->per_frame > 1 ? 1 : view.shape.count();
      frames.values.insert(frames.values.end(), view.data, view.data + view.shape.count());
    }
  };
  const auto& samples = recording.samples;
  const Signal signal(frontend, samples);
  const auto block = static_cast<size_t>(std::max<int64_t>(1, recording.sample_rate / 100));
  for (size_t begin = 0; begin < samples.size(); begin += block) {
    const size_t n = std::min(block, samples.size() - begin);
    stream.accept(signal.view(begin, n));
    take();
  }
  stream.finish();
  take();
  frames.shape = {static_cast<int64_t>(frames.values.size()) / std::max<int64_t>(values, 1),
                  values};
  return frames;
}

void save(const std::string& path, nnaudio::View view) {
  nnaudio::give(nnaudio::save_npy(path, view));
  std::printf("%s: %s\n", path.c_str(), nnaudio::to_string(view.shape).c_str());
}

int run(const std::vector<std::string>& words) {
  const std::string command = words.empty() ? "" : words[0];
  const bool converts = command == "run" || command == "stream";
  const bool known = converts || command == "info" || command == "selftest" || command == "bench";
  if (!known || words.size() != (converts ? 4u : 2u)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (command == "bench") {
    bench(words[1]);
    return 0;
  }
  const nnaudio::Frontend frontend(words[1]);
  if (command == "info") info(frontend);
  if (command == "selftest")
    std::printf("passed: the largest error is %.2g\n", frontend.selftest());
  if (command == "run") save(words[3], features(frontend, words[2]));
  if (command == "stream") save(words[3], streamed(frontend, words[2]));
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const nnaudio::Error& error) {
    std::fprintf(stderr, "nnaudio: %s\n", error.what());
    return 1;
  }
}
