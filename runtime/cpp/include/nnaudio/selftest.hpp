// A graph carries its own parity test: a generated input and probes of the trained layer's output.
//
//   1x4096 1 1e-05                          input shape, seed, tolerance[, kind]
//   mel relative 3.25 12:0.5 99:1.25 ...    per output: name, measure, scale, index:value ...
#pragma once

#include <cmath>
#include <complex>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "error.hpp"
#include "shape.hpp"
#include "text.hpp"

namespace nnaudio {

enum class Domain { kAny, kNonNegative };

// White noise in -0.5 ... 0.5, bit for bit the same in every language.
// Source: the generator of Numerical Recipes, 3rd ed., 7.1.
inline std::vector<float> generated_signal(int64_t count, uint32_t seed) {
  std::vector<float> signal(static_cast<size_t>(count));
  for (float& sample : signal) {
    seed = 1664525u * seed + 1013904223u;
    sample = static_cast<float>(seed / 2147483648.0 - 1.0) / 2.0f;
  }
  return signal;
}

// The same noise as 16-bit PCM.
inline std::vector<int16_t> generated_pcm(int64_t count, uint32_t seed) {
  std::vector<int16_t> signal(static_cast<size_t>(count));
  for (int16_t& sample : signal) {
    seed = 1664525u * seed + 1013904223u;
    sample = static_cast<int16_t>(static_cast<int32_t>(seed >> 17) - 16384);
  }
  return signal;
}

// What one output must be: values at some of its indices.
struct Probes {
  std::string output;
  bool circle = false;  // compares angles on the unit circle, else relative to the scale
  double scale = 0;     // the largest absolute value of the whole output
  std::vector<std::pair<int64_t, double>> values;  // index in C order, value

  // The largest error; infinite where a value is missing or not finite.
  double error(const float* output_values, int64_t count) const {
    constexpr double kMissing = std::numeric_limits<double>::infinity();
    if (values.empty()) return kMissing;
    double worst = 0;
    for (const auto& [index, expected] : values) {
      if (index >= count || !std::isfinite(output_values[index])) return kMissing;
      const double found = output_values[index];
      const double distance = circle ? std::abs(std::polar(1.0, found) - std::polar(1.0, expected))
                                     : std::abs(found - expected) / (scale != 0 ? scale : 1.0);
      // A probe that is not finite itself must not pass.
      worst = distance <= worst ? worst : distance;
      if (std::isnan(distance)) return kMissing;
    }
    return worst;
  }
};

struct SelfTest {
  // A file must not make a program allocate without bound: 25 minutes at 44.1 kHz.
  static constexpr int64_t kMostValues = int64_t{1} << 26;

  Shape shape;
  uint32_t seed = 0;
  double tolerance = 0;
  Domain domain = Domain::kAny;
  Dtype dtype = Dtype::kFloat32;
  std::vector<Probes> probes;

  // The input of the test, of float32; that of int16 is generated_pcm.
  std::vector<float> signal() const {
    std::vector<float> values = generated_signal(shape.count(), seed);
    if (domain == Domain::kNonNegative)
      for (float& value : values) value = std::abs(value);
    return values;
  }

  static Result<SelfTest> parse(std::string_view text) {
    const auto malformed = [](const std::string& reason) {
      return Error(ErrorKind::kModelFile, "nnaudio.selftest is malformed: " + reason);
    };
    std::vector<std::string_view> lines = split(text, '\n');
    if (lines.back().empty()) lines.pop_back();
    const auto head = lines.empty() ? std::vector<std::string_view>() : words(lines[0]);
    if (head.size() != 3 && head.size() != 4)
      return malformed("its first line must be a shape, a seed and a tolerance");

    SelfTest test;
    int64_t count = 1;
    const auto sizes = split(head[0], 'x');
    for (std::string_view word : sizes) {
      const auto size = whole_number(word);
      if (!size || *size < 1 || *size > kMostValues / count || sizes.size() > Shape::kMostAxes)
        return malformed("shape " + quoted(head[0]) + " is not within 1 ... " +
                         std::to_string(kMostValues) + " values");
      count *= *size;
      test.shape.push_back(*size);
    }
    const auto seed = whole_number(head[1]);
    if (!seed || *seed < 0 || *seed > 0xFFFFFFFF)
      return malformed("seed " + quoted(head[1]) + " is not within 0 ... 2**32 - 1");
    test.seed = static_cast<uint32_t>(*seed);
    const auto tolerance = real_number(head[2]);
    if (!tolerance || *tolerance < 0) return malformed(quoted(head[2]) + " is no tolerance");
    test.tolerance = *tolerance;
    if (head.size() == 4 && head[3] == "int16")
      test.dtype = Dtype::kInt16;
    else if (head.size() == 4 && head[3] == "non-negative")
      test.domain = Domain::kNonNegative;
    else if (head.size() == 4)
      return malformed("unknown input domain " + quoted(head[3]));

    for (size_t i = 1; i < lines.size(); ++i) {
      const auto parts = words(lines[i]);
      if (parts.size() < 3) return malformed("a line of probes has no name, measure and scale");
      Probes probes;
      probes.output = parts[0];
      probes.circle = parts[1] == "circle";
      if (!probes.circle && parts[1] != "relative")
        return malformed("unknown measure " + quoted(parts[1]));
      const auto scale = real_number(parts[2]);
      if (!scale) return malformed(quoted(parts[2]) + " is no scale");
      probes.scale = *scale;
      for (size_t k = 3; k < parts.size(); ++k) {
        const auto pair = split(parts[k], ':');
        const auto index = whole_number(pair[0]);
        const auto value = pair.size() == 2 ? real_number(pair[1]) : std::nullopt;
        if (!index || !value) return malformed(quoted(parts[k]) + " is no index:value");
        if (*index < 0) return malformed("an index is negative");
        probes.values.emplace_back(*index, *value);
      }
      test.probes.push_back(std::move(probes));
    }
    return test;
  }
};

}  // namespace nnaudio
