// 32 streams at once: one StreamPool beside as many OnlineFbank of kaldi-native-fbank.
//
//   beside_kaldi FILE.onnx    (log mels of 80 ms chunks, written by bench.pool.export)
#include <kaldi-native-fbank/csrc/online-feature.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nnaudio/frontend.hpp>
#include <vector>

#include "timing.hpp"

namespace {

constexpr int kStreams = 32, kMels = 80, kHop = 160;

// As near to the exported layer as it comes: no dither, no pre-emphasis, a Hann window.
knf::FbankOptions options() {
  knf::FbankOptions made;
  made.frame_opts.dither = 0;
  made.frame_opts.preemph_coeff = 0;
  made.frame_opts.remove_dc_offset = false;
  made.frame_opts.window_type = "hann";
  made.mel_opts.num_bins = kMels;
  return made;
}

// Largest difference of the log mels from Kaldi's, as a share of what they span; both hear noise.
// Kaldi's window begins with its frame, ours lies in the middle of 512 samples.
double difference(const nnaudio::Frontend& frontend, const std::vector<float>& noise) {
  const nnaudio::Features ours = frontend(noise);
  knf::OnlineFbank kaldi(options());
  const int skipped = (512 - 400) / 2;
  kaldi.AcceptWaveform(16000, noise.data() + skipped, static_cast<int32_t>(noise.size()) - skipped);
  double worst = 0, low = 1e9, high = -1e9;
  for (int frame = 0; frame < ours.frames; ++frame)
    for (int bin = 0; bin < kMels; ++bin) {
      const double theirs = kaldi.GetFrame(frame)[bin];
      worst = std::max(worst, std::abs(theirs - ours.at(bin, frame)));
      low = std::min(low, theirs), high = std::max(high, theirs);
    }
  return worst / (high - low);
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;
  const nnaudio::Frontend frontend(words[1], {"cpu", 1});
  const int64_t chunk = frontend.info()->streaming->chunk, frames = chunk / kHop;
  const std::vector<float> noise = nnaudio::generated_signal(16000, 1);
  const nnaudio::View block(noise.data(), {chunk});
  float sum = 0;

  nnaudio::StreamPool pool = frontend.pool(kStreams);
  for (int i = 0; i < kStreams; ++i) pool.join();
  const auto pooled = [&] {
    for (int slot = 0; slot < kStreams; ++slot) pool.accept(slot, block);
    pool.step();
    while (pool.ready()) sum += pool.pop().outputs[0].data[0];
  };
  std::vector<nnaudio::Stream> streams;
  for (int i = 0; i < kStreams; ++i) streams.push_back(frontend.stream());
  const auto alone = [&] {
    for (nnaudio::Stream& stream : streams) {
      stream.accept(block);
      while (stream.ready()) sum += stream.pop().at(0);
    }
  };
  std::vector<std::unique_ptr<knf::OnlineFbank>> fbanks;
  for (int i = 0; i < kStreams; ++i)
    fbanks.push_back(std::make_unique<knf::OnlineFbank>(options()));
  std::vector<int32_t> given(kStreams);
  const auto kaldi = [&] {
    for (int i = 0; i < kStreams; ++i) {
      knf::OnlineFbank& fbank = *fbanks[i];
      fbank.AcceptWaveform(16000, block.data, static_cast<int32_t>(chunk));
      for (; given[i] < fbank.NumFramesReady(); ++given[i]) {
        sum += fbank.GetFrame(given[i])[0];
        fbank.Pop(1);
      }
    }
  };
  for (int i = 0; i < 20; ++i) pooled(), alone(), kaldi();
  const auto times = interleaved(301, 1, pooled, alone, kaldi);
  const double all = static_cast<double>(kStreams * frames);
  std::printf("%d streams at %.0f ms chunks, one thread, microseconds per frame\n", kStreams,
              1000.0 * static_cast<double>(chunk) / 16000);
  std::printf("nnaudio::StreamPool      %6.2f\n", times[0] / all);
  std::printf("nnaudio::Stream, each    %6.2f\n", times[1] / all);
  std::printf("knf::OnlineFbank, each   %6.2f   (pool %.2f times as fast)\n", times[2] / all,
              times[2] / times[0]);
  std::printf("log mels differ by at most %.2g of their range\n", difference(frontend, noise));
  return std::isfinite(sum) ? 0 : 1;
}
