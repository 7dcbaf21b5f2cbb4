// Base64 with the standard alphabet and padding (RFC 4648, section 4).
#pragma once

#include <cstddef>
#include <string_view>

namespace gtsim {

[[nodiscard]] constexpr std::size_t base64_size(std::size_t byte_count) {
  return (byte_count + 2) / 3 * 4;
}

// Writes base64_size(bytes.size()) characters to `out` and returns their end.
char* write_base64(char* out, std::string_view bytes);

}  // namespace gtsim
