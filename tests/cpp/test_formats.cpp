#include <doctest/doctest.h>

#include <nnaudio/input_contract.hpp>
#include <nnaudio/json.hpp>
#include <nnaudio/metadata.hpp>
#include <nnaudio/npy.hpp>

using namespace nnaudio;

namespace {

const Properties kStream{{"nnaudio.format", "1"},
                         {"nnaudio.output_axes", "batch,mels,frames"},
                         {"nnaudio.streaming.chunk", "320"},
                         {"nnaudio.streaming.hop", "160"},
                         {"nnaudio.streaming.frame_length", "400"},
                         {"nnaudio.streaming.pad", "200"},
                         {"nnaudio.streaming.pad_mode", "reflect"},
                         {"nnaudio.streaming.lead", "80"},
                         {"nnaudio.streaming.warmup", "2"},
                         {"nnaudio.streaming.per_frame", "1"},
                         {"nnaudio.streaming.trim", "0"},
                         {"nnaudio.streaming.tail", "0"},
                         {"nnaudio.streaming.latency", "200"},
                         {"nnaudio.streaming.state", "state next_state 240"}};

}  // namespace

TEST_CASE("the generator is that of Python") {
  const auto signal = generated_signal(3, 1);
  CHECK(signal[0] == -0.26354447f);
  CHECK(signal[1] == -0.13072933f);
  CHECK(signal[2] == doctest::Approx(0.00424203f).epsilon(1e-6));
}

TEST_CASE("metadata is read") {
  CHECK(!*Metadata::read({{"other", "x"}}));
  const auto info = **Metadata::read({{"nnaudio.format", "1"},
                                      {"nnaudio.layer", "Mel"},
                                      {"nnaudio.min_samples", "201"},
                                      {"nnaudio.output_axes", "batch,mels,frames;batch,80"}});
  CHECK(info.layer == "Mel");
  CHECK(info.min_length == 201);
  CHECK(info.output_axes == std::vector<Axes>{{"batch", "mels", "frames"}, {"batch", "80"}});
}

TEST_CASE("a stream's description is read") {
  const StreamSpec spec = *(**Metadata::read(kStream)).streaming;
  CHECK(spec.frames(16000) == 101);
  CHECK(spec.skipped() == 2);
}

TEST_CASE("JSON") {
  const auto read = *read_json(R"( {"a": "x\n\"\u00e9\ud83d\ude00", "b":""} )");
  CHECK(read.at("a") == "x\n\"\xC3\xA9\xF0\x9F\x98\x80");
  CHECK(read.at("b").empty());
  for (const char* text : {"", "[]", "{\"a\": 1}", "{\"a\": \"b\",}", "{\"a\": \"b\"} x",
                           "{\"a\": \"\\ud83d\"}", "{\"a\": \"\n\"}", "{\"a\": \"b"})
    CHECK_MESSAGE(!read_json(text), text);
}
