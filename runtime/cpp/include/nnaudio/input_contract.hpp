// What a graph asks of its input, checked before the graph sees it.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "error.hpp"
#include "metadata.hpp"
#include "pcm.hpp"
#include "shape.hpp"

namespace nnaudio {

// One axis of an input or output: a fixed size, or a name and no size.
struct Axis {
  std::string name;
  std::optional<int64_t> size;

  std::string text() const { return size ? std::to_string(*size) : name; }
};

namespace detail {

// Whether any value is NaN or infinite: eight lanes of exponents, which compilers vectorise.
inline bool all_finite(const float* values, int64_t count) {
  constexpr uint32_t kExponent = 0x7F800000;
  uint32_t found[8] = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    uint32_t bits[8];
    std::memcpy(bits, values + i, sizeof bits);
    for (int lane = 0; lane < 8; ++lane)
      found[lane] |= static_cast<uint32_t>(-((bits[lane] & kExponent) == kExponent));
  }
  for (; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    found[0] |= static_cast<uint32_t>(-((bits & kExponent) == kExponent));
  }
  uint32_t any = 0;
  for (uint32_t lane : found) any |= lane;
  return any == 0;
}

// "1, 20" for an index in C order.
inline std::string position(int64_t index, const Shape& shape) {
  std::string text;
  for (size_t axis = shape.size(); axis-- > 0; index /= shape[axis])
    text = std::to_string(index % shape[axis]) + (text.empty() ? "" : ", ") + text;
  return text;
}

// Refuses a number of something outside the bounds that the file is proved for.
inline Result<void> check_most(int64_t number, std::optional<int64_t> most,
                               const std::string& before, const std::string& after) {
  if (!most || number <= *most) return {};
  return Error(ErrorKind::kAudio, "the input has " + before + std::to_string(number) + after +
                                      ", the file is proved for at most " + std::to_string(*most));
}

}  // namespace detail

// The type, shape, rate, length, batch and values that a graph takes, and a file is proved for.
//
// Audio graphs, (batch, samples), also take (samples,) and (batch, 1, samples).
class InputContract {
 public:
  explicit InputContract(std::vector<Axis> axes, const Metadata* info = nullptr,
                         bool check_finite = true, Dtype dtype = Dtype::kFloat32,
                         bool plans_memory = false)
      : axes_(std::move(axes)),
        dtype_(dtype),
        check_finite_(check_finite),
        plans_memory_(plans_memory) {
    if (info) {
      min_length_ = info->min_length;
      max_length_ = info->max_length;
      min_batch_ = info->min_batch;
      max_batch_ = info->max_batch;
      length_axis_ = info->length_axis();
      sample_rate_ = info->sample_rate;
      domain_ = info->input_domain;
    }
  }

  const std::vector<Axis>& axes() const { return axes_; }
  Dtype dtype() const { return dtype_; }

  // Checks an input and gives it the graph's rank; nothing is copied.
  Result<View> admit(View input, std::optional<int64_t> sample_rate = std::nullopt) const {
    if (auto checked = check_dtype(input.dtype); !checked) return checked.error();
    auto wanted = shape(input.shape);
    if (!wanted) return wanted.error();
    if (auto checked = check_rate(sample_rate); !checked) return checked.error();
    if (auto checked = check_values(input); !checked) return checked.error();
    input.shape = *wanted;
    return input;
  }

  // The graph's shape for an input of this shape.
  Result<Shape> shape(const Shape& given) const {
    Shape full = given;
    if (is_audio() && given.size() == 1) full = {1, given[0]};
    if (is_audio() && given.size() == 3 && given[1] == 1) full = {given[0], given[2]};
    const auto unfit = [&](const std::string& more) {
      return audio_error("the input has shape " + to_string(given) + ", the graph takes " + text() +
                         more);
    };
    if (full.size() != axes_.size())
      return unfit(is_audio() && given.size() == 3
                       ? ": mix the channels, or make them items of the batch"
                       : "");
    for (int64_t size : full)
      if (size <= 0)
        return audio_error("the input is empty: it has shape " + to_string(given) +
                           ", the graph takes " + text());
    for (size_t axis = 0; axis < axes_.size(); ++axis)
      if (axes_[axis].size && full[axis] != *axes_[axis].size)
        return unfit(": axis " + std::to_string(axis) + " must be " + axes_[axis].text() +
                     ", not " + std::to_string(full[axis]));
    if (full.size() > 0)
      if (auto checked = check_batch(full[0]); !checked) return checked.error();
    for (size_t axis = 0; axis < axes_.size(); ++axis)
      if (!axes_[axis].size && axes_[axis].name == length_axis_)
        if (auto checked = check_length(full[axis]); !checked) return checked.error();
    return full;
  }

  // Refuses fewer or more signals in one run than the file is proved for.
  Result<void> check_batch(int64_t batch) const {
    if (axes_.empty() || axes_[0].size) return {};
    if (batch >= min_batch_) return detail::check_most(batch, max_batch_, "a batch of ", "");
    return audio_error("the input has a batch of " + std::to_string(batch) +
                       ", the file is proved for at least " + std::to_string(min_batch_));
  }

  // Refuses what is shorter than a whole signal must be, or longer than the file is proved for or
  // has memory for.
  Result<void> check_length(int64_t length) const {
    if (length < min_length_)
      return audio_error("the input has " + std::to_string(length) + " " + length_axis_ +
                         ", the graph needs at least " + std::to_string(min_length_));
    if (!plans_memory_) return check_longest(length);
    if (!max_length_ || length <= *max_length_) return {};
    return audio_error("the input has " + std::to_string(length) + " " + length_axis_ +
                       ", the graph has memory for " + std::to_string(*max_length_) +
                       ": cut it, or export with max_samples=" + std::to_string(length));
  }

  // Of a stream, the length is all that came so far.
  Result<void> check_longest(int64_t length) const {
    return detail::check_most(length, max_length_, "", " " + length_axis_);
  }

  Result<void> check_dtype(Dtype dtype) const {
    if (dtype == dtype_) return {};
    const char* const remedy = dtype_ == Dtype::kInt16
                                   ? "use nnaudio::to_pcm(audio) for audio in -1 ... 1"
                                   : "use nnaudio::from_pcm(samples)";
    return audio_error(std::string("the input is ") + to_string(dtype) + ", the graph takes " +
                       to_string(dtype_) + ": " + remedy);
  }

  Result<void> check_rate(std::optional<int64_t> sample_rate) const {
    if (!sample_rate || !sample_rate_ || *sample_rate == *sample_rate_) return {};
    return audio_error("the audio has " + std::to_string(*sample_rate) + " Hz, the graph takes " +
                       std::to_string(*sample_rate_) + " Hz: resample it");
  }

  // Refuses values that are not finite or not in the graph's domain.
  Result<void> check_values(View input) const {
    if (input.dtype != Dtype::kFloat32) return {};
    const int64_t count = input.shape.count();
    if (check_finite_ && !detail::all_finite(input.data, count)) {
      const auto [bad, first] =
          find(input, [](float value) { return !detail::all_finite(&value, 1); });
      const float value = input.data[first];
      const char* name = value != value ? "nan" : value < 0 ? "-inf" : "inf";
      return audio_error("the input holds " + std::to_string(bad) +
                         " values that are not finite, the first is " + name + " at [" +
                         detail::position(first, input.shape) +
                         "]: clean it, or load with check_finite off");
    }
    if (!check_finite_ || domain_ == Domain::kAny) return {};
    const auto [bad, first] = find(input, [](float value) { return value < 0; });
    if (bad == 0) return {};
    return audio_error("the input holds " + std::to_string(bad) + " values below 0, the first is " +
                       general(input.data[first], 9) + " at [" +
                       detail::position(first, input.shape) +
                       "]: it must be a magnitude or power, not decibels or a complex part");
  }

  // The domain on which the file is proved, for people.
  std::string proved_for() const {
    const auto range = [](int64_t least, std::optional<int64_t> most, const std::string& unit) {
      const std::string from = std::to_string(least);
      return most ? from + " ... " + std::to_string(*most) + unit : from + unit + " or more";
    };
    std::string text = "a batch of ";
    if (axes_.empty() || axes_[0].size)
      text += axes_.empty() ? "1" : axes_[0].text();
    else
      text += range(min_batch_, max_batch_, "");
    for (const Axis& axis : axes_)
      if (!axis.size && axis.name == length_axis_)
        text += ", " + range(min_length_, max_length_, " " + length_axis_);
    if (sample_rate_) text += ", " + std::to_string(*sample_rate_) + " Hz";
    return text + (domain_ == Domain::kNonNegative ? ", no value below 0" : "");
  }

  // The accepted shapes, for people.
  std::string text() const {
    const auto axis = [](const Axis& a) { return a.text(); };
    const std::string whole = parenthesised(axes_, axis);
    if (!is_audio()) return whole;
    const Axis batch = axes_[0], samples = axes_[1];
    return parenthesised(std::vector<Axis>{samples}, axis) + " or " + whole + " or " +
           parenthesised(std::vector<Axis>{batch, {"", 1}, samples}, axis);
  }

 private:
  bool is_audio() const { return axes_.size() == 2; }

  static Error audio_error(std::string message) {
    return Error(ErrorKind::kAudio, std::move(message));
  }

  struct Found {
    int64_t count, first;
  };
  template <class Is>
  static Found find(View input, Is is) {
    Found found{0, -1};
    for (int64_t i = 0, n = input.shape.count(); i < n; ++i)
      if (is(input.data[i]) && found.count++ == 0) found.first = i;
    return found;
  }

  std::vector<Axis> axes_;
  Dtype dtype_;
  bool check_finite_, plans_memory_;
  int64_t min_length_ = 1, min_batch_ = 1;
  std::optional<int64_t> max_length_, max_batch_;
  std::string length_axis_ = "samples";
  std::optional<int64_t> sample_rate_;
  Domain domain_ = Domain::kAny;
};

}  // namespace nnaudio
