// A program of somebody else's: one front end, its self-test, the frames of a second.
#include <cstdio>
#include <nnaudio/frontend.hpp>

int main(int count, char** words) {
  if (count != 2) return 2;
  const nnaudio::Frontend frontend(words[1], {"cpu", 1});
  frontend.selftest();
  std::printf("%d frames\n", static_cast<int>(frontend(std::vector<float>(16000)).frames));
}
