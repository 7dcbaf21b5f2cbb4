#include "region-node/base/large_vector.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace gtsim {
namespace {

constexpr std::size_t kLargePageBytes = std::size_t{2} << 20;

}  // namespace

void* allocate_large(std::size_t bytes) {
  if (bytes < kLargePageBytes) return ::operator new(bytes);
  const std::size_t pages = (bytes - 1) / kLargePageBytes + 1;
  void* const memory = std::aligned_alloc(kLargePageBytes, pages * kLargePageBytes);
  if (memory == nullptr) throw std::bad_alloc();
  // Advice that a system without such pages does not take; all works the same.
  static_cast<void>(::madvise(memory, pages * kLargePageBytes, MADV_HUGEPAGE));
  return memory;
}

void free_large(void* memory, std::size_t bytes) noexcept {
  if (bytes < kLargePageBytes) {
    ::operator delete(memory);
  } else {
    std::free(memory);
  }
}

}  // namespace gtsim
