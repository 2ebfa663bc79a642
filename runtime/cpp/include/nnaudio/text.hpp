// Strict readers of numbers and words, which neither throw nor ask for the locale.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace nnaudio {

// Parts between separators; an empty text is one empty part.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t end; (end = text.find(separator)) != text.npos; text.remove_prefix(end + 1))
    parts.push_back(text.substr(0, end));
  parts.push_back(text);
  return parts;
}

// Parts between runs of white space.
inline std::vector<std::string_view> words(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  std::vector<std::string_view> parts;
  for (size_t begin; (begin = text.find_first_not_of(kSpace)) != text.npos;) {
    text.remove_prefix(begin);
    const size_t end = std::min(text.find_first_of(kSpace), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return parts;
}

inline std::optional<int64_t> whole_number(std::string_view text) {
  int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The size of an axis that is a number; nothing where it is a name.
inline std::optional<int64_t> fixed_size(std::string_view axis) {
  return axis.substr(0, 1) == "-" ? std::nullopt : whole_number(axis);
}

// std::from_chars of floating-point numbers is missing in older standard libraries.
inline std::optional<double> real_number(std::string_view text) {
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  double number = 0;
  if (!(stream >> number) || stream.peek() != std::istringstream::traits_type::eof())
    return std::nullopt;
  return number;
}

// A number as Python's ":.{digits}g" writes it.
inline std::string general(double number, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, number);
  return text;
}

// A word as Python's repr of a short text writes it; what is not printable becomes "?". An object,
// lest a program that includes <iomanip> calls std::quoted.
inline constexpr auto quoted = [](std::string_view text, size_t most = 40) {
  std::string result = "'";
  for (char c : text.substr(0, most)) result += c >= ' ' && c != 0x7F ? c : '?';
  return result + "'";
};

}  // namespace nnaudio
