// Spotter.kt's other half.
#include <jni.h>

#include <string>

#include "spotter_c.h"

namespace {

// What a keyword is told to; valid while hear() runs, which is the only time anything is heard.
struct Listener {
  JNIEnv* env = nullptr;
  jobject spotter = nullptr;
};

struct Handle {
  Spotter* spotter = nullptr;
  Listener listener;
};

void heard(void* context, double time, const char* name, float probability) {
  const auto* listener = static_cast<const Listener*>(context);
  JNIEnv* env = listener->env;
  jclass type = env->GetObjectClass(listener->spotter);
  jmethodID method = env->GetMethodID(type, "onKeyword", "(DLjava/lang/String;F)V");
  jstring text = env->NewStringUTF(name);
  env->CallVoidMethod(listener->spotter, method, time, text, probability);
  env->DeleteLocalRef(text);
  env->DeleteLocalRef(type);
}

void raise(JNIEnv* env, const char* message) {
  env->ThrowNew(env->FindClass("java/lang/IllegalStateException"), message);
}

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_nnaudio_spotter_Spotter_open(JNIEnv* env, jobject, jstring model,
                                                          jstring provider) {
  const char* path = env->GetStringUTFChars(model, nullptr);
  const char* name = env->GetStringUTFChars(provider, nullptr);
  auto* handle = new Handle;
  char message[1024] = "";
  handle->spotter = spotter_open(path, name, heard, &handle->listener, message, sizeof message);
  env->ReleaseStringUTFChars(model, path);
  env->ReleaseStringUTFChars(provider, name);
  if (handle->spotter) return reinterpret_cast<jlong>(handle);
  delete handle;
  raise(env, message);
  return 0;
}

JNIEXPORT void JNICALL Java_nnaudio_spotter_Spotter_hear(JNIEnv* env, jobject self, jlong address,
                                                         jfloatArray samples, jint count) {
  auto* handle = reinterpret_cast<Handle*>(address);
  handle->listener = {env, self};
  jfloat* values = env->GetFloatArrayElements(samples, nullptr);
  char message[1024] = "";
  const int failed =
      spotter_hear(handle->spotter, values, static_cast<size_t>(count), message, sizeof message);
  env->ReleaseFloatArrayElements(samples, values, JNI_ABORT);
  if (failed && !env->ExceptionCheck()) raise(env, message);
}

JNIEXPORT jint JNICALL Java_nnaudio_spotter_Spotter_sampleRate(JNIEnv*, jobject, jlong address) {
  return spotter_sample_rate(reinterpret_cast<Handle*>(address)->spotter);
}

JNIEXPORT void JNICALL Java_nnaudio_spotter_Spotter_close(JNIEnv*, jobject, jlong address) {
  auto* handle = reinterpret_cast<Handle*>(address);
  spotter_close(handle->spotter);
  delete handle;
}

}  // extern "C"
