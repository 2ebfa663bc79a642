// Changes a few bytes of a valid text, the same ones in every run.
#pragma once

#include <random>
#include <string>

template <class Read>
void mutate(const std::string& valid, int rounds, const Read& read) {
  std::mt19937 random(7);
  for (int round = 0; round < rounds; ++round) {
    std::string text = valid;
    for (unsigned i = 0; i <= random() % 4; ++i) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 8);
          break;
        default:
          text.insert(at, text.substr(random() % text.size(), random() % 8));
      }
      if (text.empty()) text = " ";
    }
    read(text);
  }
}
