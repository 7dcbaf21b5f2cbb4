// The quick way to tell whether bytes are canonical (canonical.h): accepts exactly what decode_item
// accepts and builds nothing. For edges that take in more items than they look into.
#pragma once

#include <cstdint>
#include <string_view>

namespace gtsim {

struct CanonicalCheck {
  const char* fault = nullptr;   // nothing: the bytes are canonical
  std::uint64_t size_bytes = 0;  // of the item, as canonical_size_bytes; only without a fault
};

// Allocates nothing when the bytes are canonical.
[[nodiscard]] CanonicalCheck check_canonical_item(std::string_view bytes);

}  // namespace gtsim
