// In the framework the header lies in a folder of its own.
#pragma once
#include <onnxruntime/onnxruntime_c_api.h>
