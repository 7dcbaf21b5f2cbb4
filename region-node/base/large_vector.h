// A vector for what may grow to megabytes and is looked up at random: it stands in pages of 2 MiB
// where the system has them to give, so that a look-up does not also miss the tables of the pages.
#pragma once

#include <cstddef>
#include <vector>

namespace gtsim {

// Never nothing; std::bad_alloc. Small pieces come from where all memory comes from.
[[nodiscard]] void* allocate_large(std::size_t bytes);
void free_large(void* memory, std::size_t bytes) noexcept;  // `bytes` as when it was allocated

template <class T>
struct LargePageAllocator {
  using value_type = T;

  LargePageAllocator() = default;
  template <class U>
  explicit LargePageAllocator(const LargePageAllocator<U>&) {}

  [[nodiscard]] T* allocate(std::size_t count) {
    return static_cast<T*>(allocate_large(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept { free_large(memory, count * sizeof(T)); }

  friend bool operator==(const LargePageAllocator&, const LargePageAllocator&) { return true; }
};

template <class T>
using LargeVector = std::vector<T, LargePageAllocator<T>>;

}  // namespace gtsim
