// What a graph says about itself: flat string properties "nnaudio.*".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "error.hpp"
#include "selftest.hpp"
#include "stream_spec.hpp"
#include "text.hpp"

namespace nnaudio {

using Properties = std::map<std::string, std::string>;
using Axes = std::vector<std::string>;  // a name or a number per axis: {"batch", "samples"}

struct Metadata {
  static constexpr int64_t kFormat = 1;

  std::string layer;
  std::string config = "{}";            // the constructor's arguments, JSON, carried as text
  std::optional<int64_t> sample_rate;   // Hz
  std::optional<int64_t> hop_length;    // samples
  std::optional<int64_t> frame_offset;  // sample at the centre of frame 0
  int64_t min_length = 1;               // along length_axis()
  std::optional<int64_t> max_length;    // that the file is proved for
  int64_t min_batch = 1;                // signals in one run, where the batch axis is open
  std::optional<int64_t> max_batch;     // that the file is proved for
  Axes input_axes{"batch", "samples"};
  Domain input_domain = Domain::kAny;
  Dtype input_dtype = Dtype::kFloat32;  // int16: PCM, which the graph divides by 32768
  std::vector<Axes> output_axes;
  std::vector<std::string> output_names;
  std::string weights_sha256;
  std::string parity;
  std::optional<SelfTest> selftest;
  std::optional<StreamSpec> streaming;

  // Name of the input axis whose length varies.
  std::string length_axis() const {
    for (const std::string& axis : input_axes)
      if (axis == "frames") return axis;
    return "samples";
  }

  // Nothing where a graph has no properties of ours.
  static Result<std::optional<Metadata>> read(const Properties& properties);
};

namespace detail {

inline Error property_error(const std::string& name, const std::string& reason) {
  return Error(ErrorKind::kModelFile, "nnaudio." + name + " is " + reason);
}

// Reads an optional whole number into its place.
template <class Number>
Result<void> read_number(const Properties& properties, const std::string& name, Number& number,
                         std::optional<int64_t> at_least = std::nullopt,
                         std::optional<int64_t> at_most = std::nullopt) {
  const auto found = properties.find("nnaudio." + name);
  if (found == properties.end()) return {};
  const auto value = whole_number(found->second);
  if (!value) return property_error(name, quoted(found->second) + ", it must be a whole number");
  if (at_least && *value < *at_least)
    return property_error(
        name, std::to_string(*value) + ", it must be at least " + std::to_string(*at_least));
  if (at_most && *value > *at_most)
    return property_error(
        name, std::to_string(*value) + ", it must be at most " + std::to_string(*at_most));
  number = *value;
  return {};
}

// Reads the least and the most of something.
inline Result<void> read_bounds(const Properties& properties, const std::string& of, int64_t& least,
                                std::optional<int64_t>& most) {
  if (auto read = read_number(properties, "min_" + of, least, 1); !read) return read;
  if (auto read = read_number(properties, "max_" + of, most, 1); !read) return read;
  if (!most || *most >= least) return {};
  return property_error("max_" + of, std::to_string(*most) + ", it must be at least nnaudio.min_" +
                                         of + ", " + std::to_string(least));
}

inline std::string text_or(const Properties& properties, const std::string& name,
                           const std::string& otherwise) {
  const auto found = properties.find("nnaudio." + name);
  return found == properties.end() ? otherwise : found->second;
}

inline std::vector<std::string> names(std::string_view text) {
  std::vector<std::string> result;
  for (std::string_view part : split(text, ','))
    if (!part.empty()) result.emplace_back(part);
  return result;
}

// Nothing where the properties describe no stream.
inline Result<std::optional<StreamSpec>> read_stream(const Properties& properties) {
  const std::string prefix = "nnaudio.streaming.";
  const auto first = properties.lower_bound(prefix);
  if (first == properties.end() || first->first.compare(0, prefix.size(), prefix) != 0)
    return std::optional<StreamSpec>();

  StreamSpec spec;
  // Buffers are sized by these: a file must not ask for more than any machine has.
  constexpr int64_t kMost = SelfTest::kMostValues;
  const struct {
    const char* name;
    int64_t& number;
    int64_t at_least;
  } numbers[] = {
      {"chunk", spec.chunk, 1},
      {"hop", spec.hop, 1},
      {"frame_length", spec.frame_length, 1},
      {"pad", spec.pad, 0},
      {"lead", spec.lead, 0},
      {"warmup", spec.warmup, 0},
      {"per_frame", spec.per_frame, 1},
      {"trim", spec.trim, 0},
      {"tail", spec.tail, -kMost},
      {"latency", spec.latency, -kMost},
  };
  for (const char* name : {"pad_mode", "state"})
    if (!properties.count(prefix + name))
      return Error(ErrorKind::kModelFile, "the graph streams, but has no " + prefix + name);
  for (const auto& [name, number, at_least] : numbers) {
    if (!properties.count(prefix + name))
      return Error(ErrorKind::kModelFile, "the graph streams, but has no " + prefix + name);
    const std::string key = std::string("streaming.") + name;
    if (auto read = read_number(properties, key, number, at_least, kMost); !read)
      return read.error();
  }
  if (spec.chunk % spec.hop)
    return property_error("streaming.chunk",
                          std::to_string(spec.chunk) +
                              ", it must be a multiple of nnaudio.streaming.hop, " +
                              std::to_string(spec.hop));
  const std::string mode = text_or(properties, "streaming.pad_mode", "");
  spec.reflect = mode == "reflect";
  if (!spec.reflect && mode != "constant")
    return property_error("streaming.pad_mode",
                          quoted(mode) + ", it must be one of ('reflect', 'constant')");
  const std::string state = text_or(properties, "streaming.state", "");
  const auto parts = words(state);
  const auto size = parts.size() == 3 ? whole_number(parts[2]) : std::nullopt;
  if (!size || *size < 1 || *size > kMost)
    return property_error("streaming.state",
                          quoted(state) +
                              ", it must be an input, an output and a size, such as "
                              "'state next_state 240'");
  spec.state_input = parts[0];
  spec.state_output = parts[1];
  spec.state_size = *size;
  spec.present = text_or(properties, "streaming.present", "");
  return std::optional<StreamSpec>(std::move(spec));
}

// Refuses a stream whose outputs do not say along which axis they go on.
inline Result<void> check_time_axes(const std::vector<Axes>& output_axes, const std::string& text) {
  if (output_axes.empty())
    return Error(ErrorKind::kModelFile, "the graph streams, but has no nnaudio.output_axes");
  for (const Axes& axes : output_axes)
    if (time_axis(axes) == axes.size())
      return property_error("output_axes",
                            quoted(text) + ", it must have an axis 'frames' or 'samples' in every "
                                           "entry, since the graph streams");
  return {};
}

}  // namespace detail

inline Result<std::optional<Metadata>> Metadata::read(const Properties& properties) {
  if (!properties.count("nnaudio.format")) return std::optional<Metadata>();
  int64_t format = 0;
  if (auto read = detail::read_number(properties, "format", format); !read) return read.error();
  if (format > kFormat)
    return Error(ErrorKind::kModelFile, "the graph has metadata format " + std::to_string(format) +
                                            ", this runtime reads up to " +
                                            std::to_string(kFormat) + ": update nnaudio-runtime");
  Metadata info;
  info.layer = detail::text_or(properties, "layer", "");
  info.config = detail::text_or(properties, "config", "{}");
  info.input_axes.clear();
  const std::string input_axes = detail::text_or(properties, "input_axes", "batch,samples");
  for (std::string_view axis : split(input_axes, ',')) info.input_axes.emplace_back(axis);
  for (auto& read : {detail::read_number(properties, "sample_rate", info.sample_rate, 1),
                     detail::read_number(properties, "hop_length", info.hop_length, 1),
                     detail::read_number(properties, "frame_offset", info.frame_offset),
                     detail::read_bounds(properties, info.length_axis(), info.min_length,
                                         info.max_length),
                     detail::read_bounds(properties, "batch", info.min_batch, info.max_batch)})
    if (!read) return read.error();
  const std::string domain = detail::text_or(properties, "input_domain", "any");
  if (domain != "any" && domain != "non-negative")
    return detail::property_error("input_domain",
                                  quoted(domain) + ", it must be one of ('any', 'non-negative')");
  info.input_domain = domain == "any" ? Domain::kAny : Domain::kNonNegative;
  const std::string dtype = detail::text_or(properties, "input_dtype", "float32");
  if (dtype != "float32" && dtype != "int16")
    return detail::property_error("input_dtype",
                                  quoted(dtype) + ", it must be one of ('float32', 'int16')");
  info.input_dtype = dtype == "int16" ? Dtype::kInt16 : Dtype::kFloat32;
  const std::string output_axes = detail::text_or(properties, "output_axes", "");
  for (std::string_view axes : split(output_axes, ';'))
    if (!axes.empty()) info.output_axes.push_back(detail::names(axes));
  info.output_names = detail::names(detail::text_or(properties, "output_names", ""));
  info.weights_sha256 = detail::text_or(properties, "weights_sha256", "");
  info.parity = detail::text_or(properties, "parity", "");
  if (const auto found = properties.find("nnaudio.selftest"); found != properties.end()) {
    auto test = SelfTest::parse(found->second);
    if (!test) return test.error();
    info.selftest = std::move(*test);
  }
  auto stream = detail::read_stream(properties);
  if (!stream) return stream.error();
  info.streaming = std::move(*stream);
  if (info.streaming)
    if (auto checked = detail::check_time_axes(info.output_axes, output_axes); !checked)
      return checked.error();
  return std::optional<Metadata>(std::move(info));
}

}  // namespace nnaudio
