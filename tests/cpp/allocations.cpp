#include "allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local int64_t count = 0;  // LibTorch has threads of its own
}  // namespace

int64_t allocations() { return count; }

void* operator new(std::size_t size) {
  ++count;
  void* const memory = std::malloc(size > 0 ? size : 1);
  if (!memory) std::abort();
  return memory;
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
