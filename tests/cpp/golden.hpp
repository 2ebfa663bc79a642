// Files that golden.py wrote into the folder $NNAUDIO_GOLDEN.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nnaudio/npy.hpp>
#include <string>

inline std::string golden(const std::string& name) {
  const char* folder = std::getenv("NNAUDIO_GOLDEN");
  return std::string(folder ? folder : ".") + "/" + name;
}

inline nnaudio::Array golden_array(const std::string& name) {
  return nnaudio::give(nnaudio::load_npy(golden(name)));
}

// The largest difference, relative to the largest expected value.
inline double error(const float* found, const nnaudio::Array& expected) {
  double worst = 0, largest = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    const double difference = std::abs(double(found[i]) - expected.values[i]);
    worst = difference <= worst ? worst : difference;
    largest = std::max(largest, std::abs(double(expected.values[i])));
  }
  return worst / largest;
}
