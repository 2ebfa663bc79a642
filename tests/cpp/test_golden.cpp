// Every file of tests/conformance that must run, against what it must give.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nnaudio/frontend.hpp>
#include <random>
#include <string>
#include <vector>

#include "golden.hpp"

using namespace nnaudio;

namespace {

struct Case {
  std::string file, input;
  std::vector<std::string> outputs;
  double tolerance;

  std::string suffix() const { return file.substr(file.rfind('.')); }
};

std::vector<Case> good() {
  std::vector<Case> cases;
  for (const Properties& one : manifest("good.jsonl")) {
    Case made{one.at("file"), one.at("input"), {}, *real_number(one.at("tolerance"))};
    for (std::string_view name : words(one.at("outputs"))) made.outputs.emplace_back(name);
    cases.push_back(std::move(made));
  }
  return cases;
}

// Units begin ... begin + count along an axis.
Array cut(const Array& whole, size_t axis, int64_t begin, int64_t count) {
  const int64_t inner = whole.shape.count(axis + 1, whole.shape.size());
  Array part{whole.shape, {}};
  part.shape[axis] = count;
  for (int64_t row = 0; row < whole.shape.count(0, axis); ++row) {
    const auto from = whole.values.begin() + (row * whole.shape[axis] + begin) * inner;
    part.values.insert(part.values.end(), from, from + count * inner);
  }
  return part;
}

void put(const View& part, size_t axis, int64_t begin, Array& whole) {
  const int64_t inner = part.shape.count(axis + 1, part.shape.size());
  const int64_t row_size = part.shape[axis] * inner;
  for (int64_t row = 0; row < part.shape.count(0, axis); ++row)
    std::copy_n(part.data + row * row_size, row_size,
                whole.values.begin() + (row * whole.shape[axis] + begin) * inner);
}

// The array as the graph takes it: as audio, or as the PCM that it stands for.
struct Input {
  Input(const Array& whole, Dtype dtype)
      : array(whole), pcm(dtype == Dtype::kInt16 ? to_pcm(whole.values) : std::vector<int16_t>()) {}

  operator View() const {
    return pcm.empty() ? View(array) : View::of_pcm(pcm.data(), array.shape);
  }

  const Array& array;
  const std::vector<int16_t> pcm;
};

// What a stream gives for blocks of random lengths, in arrays like the expected ones.
std::vector<Array> pushed(const Frontend& frontend, const Array& input,
                          const std::vector<Array>& expected) {
  std::vector<Array> found = expected;
  for (Array& one : found) std::fill(one.values.begin(), one.values.end(), -1e9f);
  Stream stream = frontend.stream(input.shape[0]);
  const auto take = [&] {
    while (stream.ready()) {
      const Frame& frame = stream.pop();
      for (size_t k = 0; k < found.size(); ++k)
        put(frame.outputs[k], time_axis(frontend.info()->output_axes[k]), frame.index, found[k]);
    }
  };
  const size_t axis = detail::time_axis(*frontend.info());
  const int64_t most = std::max<int64_t>(2, input.shape[axis] / 5);
  std::mt19937 random(5);
  for (int64_t begin = 0, n; begin < input.shape[axis]; begin += n) {
    n = std::min<int64_t>(input.shape[axis] - begin, 1 + random() % most);
    const Array block = cut(input, axis, begin, n);
    stream.accept(Input(block, frontend.contract().dtype()));
    take();
  }
  stream.finish();
  take();
  return found;
}

bool built_in(const Case& one) {
  if (one.suffix() == ".pt") return torchscript_engine().open;
  if (one.suffix() == ".pte") return executorch_engine().open;
  return true;
}

}  // namespace

TEST_CASE("files that must run give what they must") {
  const std::vector<Case> cases = good();
  const size_t least = golden("").find("/all/") != std::string::npos ? 90 : 50;
  REQUIRE(cases.size() > least);
  for (const Case& one : cases) {
    CAPTURE(one.file);
    if (!built_in(one)) {
      CHECK_THROWS_WITH_AS(Frontend(golden(one.file)), doctest::Contains("was built without"),
                           Error);
      continue;
    }
    const Frontend frontend(golden(one.file), {"cpu", 1});
    // An ExecuTorch program takes one item at a time: the first.
    const auto batch = frontend.contract().axes()[0].size;
    const auto load = [&](const std::string& name) {
      const Array whole = golden_array(name);
      return cut(whole, 0, 0, batch.value_or(whole.shape[0]));
    };
    const Array input = load(one.input);
    const auto outputs = frontend.run(Input(input, frontend.contract().dtype()));
    REQUIRE(outputs.size() == one.outputs.size());
    std::vector<Array> expected;
    for (size_t k = 0; k < outputs.size(); ++k) {
      expected.push_back(load(one.outputs[k]));
      REQUIRE(outputs[k].shape() == expected[k].shape);
      CHECK(error(outputs[k].data(), expected[k]) <= one.tolerance);
    }
    if (!frontend.info()) continue;
    if (frontend.info()->streaming) {
      const auto found = pushed(frontend, input, expected);
      for (size_t k = 0; k < found.size(); ++k)
        CHECK(error(found[k].values.data(), expected[k]) <= one.tolerance);
    }
    frontend.selftest();  // throws where a probe is off
  }
}
