// Files that tests/conformance wrote into the folder $NNAUDIO_GOLDEN.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nnaudio/json.hpp>
#include <nnaudio/npy.hpp>
#include <string>
#include <vector>

inline std::string golden(const std::string& name) {
  const char* folder = std::getenv("NNAUDIO_GOLDEN");
  return std::string(folder ? folder : ".") + "/" + name;
}

inline std::string contents(const std::string& name) {
  std::ifstream file(golden(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The objects of strings in a manifest, one a line.
inline std::vector<nnaudio::Properties> manifest(const std::string& name) {
  std::ifstream file(golden(name));
  std::vector<nnaudio::Properties> cases;
  for (std::string line; std::getline(file, line);)
    cases.push_back(nnaudio::give(nnaudio::read_json(line)));
  return cases;
}

// What a case says under a key; nothing where it says nothing.
inline std::string value(const nnaudio::Properties& one, const char* key) {
  const auto found = one.find(key);
  return found == one.end() ? "" : found->second;
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
