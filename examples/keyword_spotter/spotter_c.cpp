#include "spotter_c.h"

#include <cstdio>
#include <exception>

#include "spotter.hpp"

// The header's Spotter is the C++ class itself.
namespace {

template <class Work>
auto guarded(Work work, decltype(work()) failed, char* message, size_t message_size) {
  try {
    return work();
  } catch (const std::exception& error) {
    if (message_size > 0) std::snprintf(message, message_size, "%s", error.what());
    return failed;
  }
}

}  // namespace

extern "C" {

Spotter* spotter_open(const char* model, const char* provider, spotter_heard heard, void* context,
                      char* message, size_t message_size) {
  const auto open = [&] {
    nnaudio::Options options;
    options.provider = provider;
    const auto tell = [heard, context](double time, const std::string& name, float probability) {
      heard(context, time, name.c_str(), probability);
    };
    return new Spotter(model, tell, options);
  };
  return guarded(open, nullptr, message, message_size);
}

int spotter_hear(Spotter* spotter, const float* samples, size_t count, char* message,
                 size_t message_size) {
  const auto hear = [&] {
    spotter->hear(samples, count);
    return 0;
  };
  return guarded(hear, -1, message, message_size);
}

int spotter_sample_rate(const Spotter* spotter) { return static_cast<int>(spotter->rate()); }

void spotter_close(Spotter* spotter) { delete spotter; }

}  // extern "C"
