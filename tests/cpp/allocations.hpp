// Counts what this program's operator new is asked for; see allocations.cpp.
#pragma once

#include <cstdint>

int64_t allocations();
