/* The spotter for Swift, Kotlin and whatever else speaks C. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Spotter Spotter;

/* The middle of a keyword in seconds, its name, its probability. */
typedef void (*spotter_heard)(void* context, double time, const char* name, float probability);

/* NULL on failure; the reason then stands in message. Provider: "cpu", "xnnpack", "nnapi", "coreml". */
Spotter* spotter_open(const char* model, const char* provider, spotter_heard heard, void* context,
                      char* message, size_t message_size);

/* Mono samples in -1 ... 1 at the model's rate. 0, or -1 on failure. */
int spotter_hear(Spotter* spotter, const float* samples, size_t count, char* message,
                 size_t message_size);

int spotter_sample_rate(const Spotter* spotter);
void spotter_close(Spotter* spotter);

#ifdef __cplusplus
}
#endif
