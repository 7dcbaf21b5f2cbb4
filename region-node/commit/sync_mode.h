// When what was written is also synced, so that it survives more than the end of the process.
#pragma once

#include <cstdint>

namespace gtsim {

enum class SyncMode : std::uint8_t {
  kAlways,  // before anybody is told; writes that wait together share one sync
  kBatch,   // at most 100 ms later; what was told is in the operating system's hands
  kOff,     // when the operating system decides to
};
[[nodiscard]] constexpr const char* to_text(SyncMode mode) {
  switch (mode) {
    case SyncMode::kAlways:
      return "always";
    case SyncMode::kBatch:
      return "batch";
    case SyncMode::kOff:
      return "off";
  }
  return "";
}

}  // namespace gtsim
