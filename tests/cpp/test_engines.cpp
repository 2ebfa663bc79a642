// The engines behind .pt and .pte files: what they refuse, and several threads at once.
#include <doctest/doctest.h>

#include <fstream>
#include <nnaudio/frontend.hpp>
#include <random>
#include <thread>

#include "golden.hpp"

using namespace nnaudio;

namespace {

// Why a file is not loaded; nothing where it is.
std::string refusal(const std::string& path, const Options& options = {"cpu", 1}) {
  try {
    Frontend loaded(path, options);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

std::string loading(const std::string& bytes) {
  const std::string path = golden("bad.bin");
  std::ofstream(path, std::ios::binary) << bytes;
  return refusal(path);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("an engine that is not built in says how to build it") {
  if (!torchscript_engine().open)
    CHECK(has(refusal(golden("mel.pt")),
              "is a zip archive, as TorchScript files are, and this program was built without "
              "LibTorch: include <nnaudio/libtorch.hpp> in one of its source files and link "
              "nnaudio::libtorch"));
  if (!executorch_engine().open)
    CHECK(has(refusal(golden("mel.pte")),
              "is an ExecuTorch program, and this program was built without ExecuTorch"));
}

TEST_CASE("TorchScript files are refused in words") {
  if (!torchscript_engine().open) return;
  const std::string mel = contents("mel.pt");
  for (size_t length : {size_t{10}, size_t{1000}, mel.size() / 2, mel.size() - 1})
    CHECK(has(loading(mel.substr(0, length)), "is damaged: "));
  CHECK(has(refusal(golden("mel.pt"), {"xnnpack"}),
            "provider is 'xnnpack', for a TorchScript file it must be 'auto', 'cuda' or 'cpu'"));
  CHECK(Frontend(golden("mel.pt"), {"cpu"}).provider() == "TorchScript on cpu");
}

TEST_CASE("ExecuTorch programs are refused in words") {
  if (!executorch_engine().open) return;
  const std::string mel = contents("mel.pte");
  for (size_t length : {size_t{10}, size_t{1000}, mel.size() / 2, mel.size() - 1})
    CHECK(has(loading(mel.substr(0, length)), ". Export the layer with"));
  CHECK(has(refusal(golden("mel.pte"), {"cuda"}),
            "provider is 'cuda', for an ExecuTorch program it must be 'auto' or 'cpu'"));
  CHECK(has(refusal(golden("mel.pte"), {"cpu", 4}), "threads is 4, for an ExecuTorch program"));
  const Frontend frontend(golden("mel.pte"));
  CHECK(frontend.provider() == "ExecuTorch on cpu");
  CHECK_THROWS_WITH_AS(frontend(std::vector<float>(8001, 0.1f)),
                       "the input has 8001 samples, the graph has memory for 8000: cut it, or "
                       "export with max_samples=8001",
                       Error);
}

TEST_CASE("a damaged TorchScript file is refused, or its self-test tells") {
  if (!torchscript_engine().open) return;
  const std::string mel = contents("mel_stream.pt"), path = golden("bad.bin");
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 40; ++round) {
    std::string bytes = mel;
    for (int i = 0; i < 3; ++i)
      bytes[random() % bytes.size()] ^= static_cast<char>(1 + random() % 255);
    std::ofstream(path, std::ios::binary) << bytes;
    try {
      Frontend(path, {"cpu", 1}).selftest();
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 10);
}

TEST_CASE("one front end serves several threads, with each engine") {
  for (const char* suffix : {".onnx", ".pt", ".pte"}) {
    CAPTURE(suffix);
    if ((suffix == std::string(".pt") && !torchscript_engine().open) ||
        (suffix == std::string(".pte") && !executorch_engine().open))
      continue;
    const Frontend whole(golden(std::string("mel") + suffix), {"cpu", 1});
    const Frontend streams(golden(std::string("mel_stream") + suffix), {"cpu", 1});
    const Array input = golden_array("mel.input.npy"), expected = golden_array("mel.0.npy");
    const View first(input.values.data(), {1, input.shape[1]});
    const Array of_first{
        {1, expected.shape[1], expected.shape[2]},
        {expected.values.begin(), expected.values.begin() + expected.shape.count(1, 3)}};
    std::vector<double> errors(4, 1.0);
    std::vector<std::thread> threads;
    for (double& worst : errors)
      threads.emplace_back([&] {
        worst = 0;
        for (int i = 0; i < 3; ++i)
          for (const Frontend* frontend : {&whole, &streams})
            worst = std::max(worst, error((*frontend)(first).data(), of_first));
      });
    for (std::thread& thread : threads) thread.join();
    for (double worst : errors) CHECK(worst <= 1e-5);
  }
}
