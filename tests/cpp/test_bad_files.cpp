#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nnaudio/frontend.hpp>

#include "fuzz/readers.hpp"
#include "golden.hpp"
#include "mutations.hpp"
#include "onnx_bytes.hpp"

using namespace nnaudio;
using namespace onnx_bytes;

namespace {

const std::string kPath = golden("bad_file.onnx");
const std::string kDamaged = " is a truncated or damaged ONNX model: copy or export it again (";

std::string contents(const std::string& name) {
  std::ifstream file(golden(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What is said of a file of these bytes, behind its path.
std::string said(const std::string& bytes) {
  std::ofstream(kPath, std::ios::binary) << bytes;
  try {
    Frontend frontend(kPath);
  } catch (const Error& error) {
    REQUIRE(error.message().compare(0, kPath.size(), kPath) == 0);
    return error.message().substr(kPath.size());
  }
  return "";
}

// A golden file of which a text, which stands there once or more, is another of the same length.
std::string replaced(const std::string& name, const std::string& text, const std::string& other) {
  REQUIRE(text.size() == other.size());
  std::string bytes = contents(name);
  const size_t at = bytes.rfind(text);
  REQUIRE(at != bytes.npos);
  return bytes.replace(at, text.size(), other);
}

}  // namespace

TEST_CASE("a truncated ONNX file is refused before ONNX Runtime sees it") {
  const std::string mel = contents("mel.onnx");
  CHECK(said(mel.substr(0, 2)) == kDamaged + "it has no opset)");
  for (size_t length : {100ul, 5000ul, mel.size() / 2, mel.size() - 1})
    CHECK(said(mel.substr(0, length)).find(kDamaged) == 0);
  CHECK(said(mel.substr(0, 100)).find(" bytes announced, ") != std::string::npos);
  CHECK(said(ir_version() + graph()) == kDamaged + "it has no opset)");
  CHECK(said(ir_version() + opset()) == kDamaged + "it has no nodes)");
  CHECK(said(ir_version() + field(7, 5)) == kDamaged + "field 7 is no message)");
  CHECK(said(ir_version() + varint(8 << 3 | 3)) == kDamaged + "wire type 3 at byte 3)");
  CHECK(said(ir_version() + std::string(11, '\xff')) == kDamaged + "no number at byte 2)");
  CHECK(said(model() + property("nnaudio.layer", "\xc3")) == kDamaged + "field 2 is not UTF-8)");
  CHECK(said(std::string("\x08\x08\0\0", 4)) == kDamaged + "field number 0 at byte 3)");
  CHECK(said(model()).find(" is refused by ONNX Runtime") == 0);  // it has no inputs
}

TEST_CASE("weights outside the file must be there, and in its folder") {
  CHECK(said(model("weights.data")) ==
        " needs its weights in 'weights.data' beside it: there is none");
  for (const char* location : {"../outside.data", "/etc/passwd", "C:\\weights", "\\\\host\\x"})
    CHECK(said(model(location)) ==
          " asks for data outside its folder (" + quoted(location) +
              "): refused. Export it again with its weights inside or beside it");
  const std::filesystem::path link = golden("bad_link");
  std::filesystem::remove(link);
  std::filesystem::create_symlink("/etc/passwd", link);
  CHECK(said(model("bad_link")).find(" asks for data outside its folder") == 0);
  std::filesystem::remove(link);
  CHECK(said(model("mel.onnx")).find(" is refused by ONNX Runtime") == 0);  // inside: passed on
}

TEST_CASE("metadata that is wrong is refused before ONNX Runtime sees the graph") {
  const std::string format = property("nnaudio.format", "1");
  CHECK(said(model() + property("nnaudio.format", "2")) ==
        ": the graph has metadata format 2, this runtime reads up to 1: update nnaudio-runtime");
  CHECK(said(model() + format + property("nnaudio.sample_rate", "16k")) ==
        ": nnaudio.sample_rate is '16k', it must be a whole number");
  CHECK(said(model() + format + property("nnaudio.input_dtype", "int8")) ==
        ": nnaudio.input_dtype is 'int8', it must be one of ('float32', 'int16')");
  CHECK(said(model() + format + property("nnaudio.selftest", "1x4096 1")) ==
        ": nnaudio.selftest is malformed: its first line must be a shape, a seed and a tolerance");
}

TEST_CASE("a graph that is not what its metadata says is refused") {
  CHECK(said(replaced("mel_stream.onnx", "state next_state 240", "stale next_state 240")) ==
        " takes 2 inputs ('audio', 'state'), its metadata describes others");
  CHECK(said(replaced("mel_stream.onnx", "state next_state 240", "state text_state 240")) ==
        " has no 'text_state', its nnaudio.streaming.state is 'state text_state 240'");
  CHECK(said(replaced("mel_stream.onnx", "state next_state 240", "state next_state 140")) ==
        " has 'state' of size 240, its nnaudio.streaming.state is 'state next_state 140'");
  const std::string chunk = "nnaudio.streaming.chunk\x12\x03";
  CHECK(said(replaced("mel_stream.onnx", chunk + "160", chunk + "320")) ==
        " takes chunks of 160, its nnaudio.streaming.chunk is 320");
  const std::string key = "nnaudio.input_axes\x12\x0d";
  CHECK(said(replaced("mel.onnx", key + "batch,samples", key + "batchessample")) ==
        " takes 2 axes, its metadata describes 1");
  CHECK(said(replaced("pcm.onnx", "nnaudio.input_dtype", "nnaudio.input_dtyqe")) ==
        " takes int16, its nnaudio.input_dtype is float32");
}

TEST_CASE("what reads files answers to any bytes") {
  constexpr int kRounds = 20000;
  int whole = 0;
  const std::string small = model("weights.data") + property("nnaudio.format", "1") +
                            property("nnaudio.min_samples", "201") +
                            property("nnaudio.streaming.state", "state next_state 240");
  REQUIRE(read_onnx(small));
  mutate(small, kRounds, [&](const std::string& bytes) {
    readers::onnx(bytes);
    whole += static_cast<bool>(read_onnx(bytes));
  });
  CHECK(whole > 100);  // so that what lies behind the outline was reached
  CHECK(whole < kRounds - 100);
  mutate(contents("mel_stream.onnx").substr(0, 3000), 2000, readers::onnx);
  mutate(contents("mel.0.npy").substr(0, 400), kRounds, readers::npy);
  mutate(R"({"nnaudio.format": "1", "nnaudio.selftest": "1x2 1 1e-5\nmel circle 1 0:3.1"})", kRounds,
         readers::json);
  std::string pairs;
  const auto properties = read_onnx(contents("mel_stream.onnx"))->properties;
  for (const auto& [name, value] : properties)
    if (name != "nnaudio.config") pairs += name + '\0' + value.substr(0, 200) + '\0';
  mutate(pairs, kRounds, readers::metadata);
  mutate("RIFF\x01\x02\x03\x04WAVEfmt ", kRounds, readers::file_head);
}
