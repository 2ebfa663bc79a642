#include <doctest/doctest.h>

#include <nnaudio/frontend.hpp>
#include <string>
#include <vector>

#include "fuzz/readers.hpp"
#include "golden.hpp"
#include "mutations.hpp"
#include "onnx_bytes.hpp"

using namespace nnaudio;
using namespace onnx_bytes;

namespace {

// Behind its path, why a file is not loaded; nothing where it is.
std::string refusal(const std::string& path) {
  try {
    Frontend frontend(path, {"cpu", 1});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kModelFile);
    REQUIRE(error.message().compare(0, path.size(), path) == 0);
    return error.message().substr(path.size());
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

// The kind of a refusal, by what stands in its sentence.
std::string kind_of(const std::string& sentence, const std::vector<Properties>& kinds) {
  for (const Properties& one : kinds)
    if (has(sentence, one.at("phrase"))) return one.at("kind");
  return "";
}

}  // namespace

TEST_CASE("files that must be refused are, with the kind and the words of their case") {
  const std::vector<Properties> cases = manifest("refused.jsonl"), kinds = manifest("kinds.jsonl");
  REQUIRE(cases.size() > 100);
  for (const Properties& one : cases) {
    CAPTURE(one.at("file"));
    const std::string sentence = refusal(golden(one.at("file")));
    CAPTURE(sentence);
    if (one.count("optional") && sentence.empty()) continue;
    // An engine that is not built in reads nothing of its files.
    if (has(sentence, "was built without")) continue;
    const std::string kind = kind_of(sentence, kinds);
    CHECK((kind == one.at("kind") || kind == value(one, "or")));
    for (const char* key : {"says", "cpp"}) CHECK(has(sentence, value(one, key)));
  }
}

TEST_CASE("what reads files answers to any bytes") {
  constexpr int kRounds = 20000;
  int whole = 0;
  const std::string small = model("weights.data") + property("nnaudio.format", "1") +
                            property("nnaudio.min_samples", "201") +
                            property("nnaudio.max_batch", "7") +
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
