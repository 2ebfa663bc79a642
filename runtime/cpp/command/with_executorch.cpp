// The one source file of the command, and of the tests, that ExecuTorch's headers are compiled in.
#include <nnaudio/executorch.hpp>
