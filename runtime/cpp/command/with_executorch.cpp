// The one source file of the command, and of the tests, that ExecuTorch's headers are compiled in.
#include <executorch/runtime/platform/platform.h>

#include <nnaudio/executorch.hpp>

namespace {

// Its errors are returned, so nothing need be printed.
void nothing(et_timestamp_t, et_pal_log_level_t, const char*, const char*, size_t, const char*,
             size_t) {}
[[maybe_unused]] const bool kQuiet =
    ::executorch::runtime::register_pal(::executorch::runtime::PalImpl::create(nothing, __FILE__));

}  // namespace
