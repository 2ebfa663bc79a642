// Times in microseconds, on whatever else the machine is doing: interleaved, and medians.
#pragma once

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <vector>

using Clock = std::chrono::steady_clock;

inline double microseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Of each call, the median over rounds of its mean time in a round; the calls take turns.
template <class... Calls>
std::vector<double> interleaved(int rounds, int calls_per_round, const Calls&... calls) {
  std::vector<std::vector<double>> taken(sizeof...(calls));
  const auto measure = [&](size_t which, const auto& call) {
    const auto begin = Clock::now();
    for (int i = 0; i < calls_per_round; ++i) call();
    taken[which].push_back(microseconds_since(begin) / calls_per_round);
  };
  for (int round = 0; round < rounds; ++round) {
    size_t which = 0;
    (measure(which++, calls), ...);
  }
  std::vector<double> medians;
  for (const auto& times : taken) medians.push_back(median(times));
  return medians;
}
