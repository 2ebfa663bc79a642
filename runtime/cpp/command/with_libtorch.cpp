// The one source file of the command, and of the tests, that LibTorch's headers are compiled in.
#include <nnaudio/libtorch.hpp>
