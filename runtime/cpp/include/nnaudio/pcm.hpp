// 16-bit PCM: how audio in -1 ... 1 and int16 samples become one another.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace nnaudio {

constexpr float kFullScale = 32768.0f;

// Audio in -1 ... 1 as the nearest samples; what is louder is clipped, and NaN is silence.
inline std::vector<int16_t> to_pcm(const std::vector<float>& audio) {
  std::vector<int16_t> samples(audio.size());
  std::transform(audio.begin(), audio.end(), samples.begin(), [](float value) {
    const float whole = std::nearbyint(value * kFullScale);
    return whole != whole ? int16_t{0}
                          : static_cast<int16_t>(std::clamp(whole, -kFullScale, kFullScale - 1));
  });
  return samples;
}

// Samples as audio in -1 ... 1, exactly.
inline std::vector<float> from_pcm(const std::vector<int16_t>& samples) {
  std::vector<float> audio(samples.size());
  std::transform(samples.begin(), samples.end(), audio.begin(),
                 [](int16_t sample) { return static_cast<float>(sample) / kFullScale; });
  return audio;
}

}  // namespace nnaudio
