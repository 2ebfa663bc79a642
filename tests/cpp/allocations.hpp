// Counts what this thread asks of operator new; see allocations.cpp.
#pragma once

#include <cstdint>

int64_t allocations();
