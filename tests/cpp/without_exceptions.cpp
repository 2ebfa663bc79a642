// Calls return results where exceptions are off.
#include <cstdio>
#include <cstdlib>
#include <nnaudio/frontend.hpp>
#include <string>

int main() {
  auto missing = nnaudio::Frontend::load("no such.onnx");
  auto mel = nnaudio::Frontend::load(std::string(std::getenv("NNAUDIO_GOLDEN")) + "/mel.onnx");
  if (missing || !mel) return 1;
  auto features = (*mel)(std::vector<float>(16000, 0.5f));
  auto refused = (*mel)(std::vector<float>(5));
  if (!features || features->frames != 101 || refused) return 1;
  std::puts(refused.error().what());
  return 0;
}
