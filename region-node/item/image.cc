#include "region-node/item/image.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "region-node/base/hash.h"
#include "region-node/item/canonical.h"

namespace gtsim {

Image Image::make(std::string_view canonical_bytes) {
  return make(canonical_bytes, canonical_size_bytes(canonical_bytes));
}

Image Image::make(std::string_view canonical_bytes, std::uint32_t size_bytes) {
  const std::size_t total = sizeof(Blob) + canonical_bytes.size();
  void* memory = std::malloc(total);
  if (memory == nullptr) throw std::bad_alloc();
  auto* blob = new (memory)
      Blob{hash_bytes(canonical_bytes), 1, static_cast<std::uint32_t>(canonical_bytes.size()),
           size_bytes, static_cast<std::uint32_t>(total)};
  std::memcpy(blob + 1, canonical_bytes.data(), canonical_bytes.size());
  return Image{blob};
}

void Image::release(Blob* blob) {
  std::free(blob);
}

}  // namespace gtsim
