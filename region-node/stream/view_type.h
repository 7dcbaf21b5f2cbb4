// What a stream's records carry. Source: "Change data capture for DynamoDB Streams",
// StreamViewType.
#pragma once

#include <cstdint>

namespace gtsim {

enum class StreamViewType : std::uint8_t { kKeysOnly, kNewImage, kOldImage, kNewAndOldImages };

[[nodiscard]] constexpr const char* to_text(StreamViewType view) {
  switch (view) {
    case StreamViewType::kKeysOnly:
      return "KEYS_ONLY";
    case StreamViewType::kNewImage:
      return "NEW_IMAGE";
    case StreamViewType::kOldImage:
      return "OLD_IMAGE";
    case StreamViewType::kNewAndOldImages:
      return "NEW_AND_OLD_IMAGES";
  }
  return "";
}

[[nodiscard]] constexpr bool carries_new_image(StreamViewType view) {
  return view == StreamViewType::kNewImage || view == StreamViewType::kNewAndOldImages;
}
[[nodiscard]] constexpr bool carries_old_image(StreamViewType view) {
  return view == StreamViewType::kOldImage || view == StreamViewType::kNewAndOldImages;
}

}  // namespace gtsim
