#include "region-node/item/image.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "region-node/base/hash.h"
#include "region-node/item/canonical.h"

#if defined(__SANITIZE_ADDRESS__)
#define GTSIM_PLAIN_IMAGE_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GTSIM_PLAIN_IMAGE_MEMORY 1
#endif
#endif

namespace gtsim {
namespace {

// Recycles the memory of images: a run makes and drops millions of them in a handful of sizes. Only
// memory is shared through it, never a result. One for each thread, because an image belongs to one
// thread.
class BlobMemory {
 public:
  void* take(std::size_t size) {
    const std::size_t size_class = class_of(size);
    if (size_class >= kClasses) return allocate(size);
    Free*& first = free_[size_class];
    if (first == nullptr) refill(size_class);
    Free* place = first;
    first = place->next;
    return place;
  }
  void give(void* memory, std::size_t size) {
    const std::size_t size_class = class_of(size);
    if (size_class >= kClasses) {
      std::free(memory);
      return;
    }
    free_[size_class] = new (memory) Free{free_[size_class]};
  }

 private:
  static constexpr std::size_t kGrain = 32;
  static constexpr std::size_t kClasses = 65;  // up to 2 KB; larger images go to the heap
  static constexpr std::size_t kSlabBytes = 64 * 1024;
  struct Free {
    Free* next;
  };
  static std::size_t class_of(std::size_t size) { return (size + kGrain - 1) / kGrain; }

  static void* allocate(std::size_t size) {
    void* memory = std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  void refill(std::size_t size_class) {
    const std::size_t size = size_class * kGrain;
    slabs_.push_back(std::make_unique<char[]>(kSlabBytes));
    char* slab = slabs_.back().get();
    for (std::size_t offset = kSlabBytes / size * size; offset >= size; offset -= size) {
      free_[size_class] = new (slab + offset - size) Free{free_[size_class]};
    }
  }

  std::array<Free*, kClasses> free_{};
  std::vector<std::unique_ptr<char[]>> slabs_;
};

#ifndef GTSIM_PLAIN_IMAGE_MEMORY
// Never given back to the heap: images may outlive their thread, when a node is taken apart by
// another one after its loop has ended. A process has few such threads.
thread_local BlobMemory* own_blob_memory = nullptr;

BlobMemory& blob_memory() {
  if (own_blob_memory == nullptr) [[unlikely]]
    own_blob_memory = new BlobMemory;
  return *own_blob_memory;
}
#endif

void* take_memory(std::size_t size) {
#ifdef GTSIM_PLAIN_IMAGE_MEMORY
  // A sanitizer must see every image by itself.
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
#else
  return blob_memory().take(size);
#endif
}

void give_memory(void* memory, [[maybe_unused]] std::size_t size) {
#ifdef GTSIM_PLAIN_IMAGE_MEMORY
  std::free(memory);
#else
  blob_memory().give(memory, size);
#endif
}

}  // namespace

Image Image::make(std::string_view canonical_bytes) {
  return make(canonical_bytes, canonical_size_bytes(canonical_bytes));
}

Image Image::make(std::string_view canonical_bytes, std::uint32_t size_bytes) {
  void* memory = take_memory(sizeof(Blob) + canonical_bytes.size());
  auto* blob = new (memory) Blob{hash_bytes(canonical_bytes), 1,
                                 static_cast<std::uint32_t>(canonical_bytes.size()), size_bytes, 0};
  std::memcpy(blob + 1, canonical_bytes.data(), canonical_bytes.size());
  return Image{blob};
}

void Image::release(Blob* blob) {
  give_memory(blob, sizeof(Blob) + blob->length);
}

}  // namespace gtsim
