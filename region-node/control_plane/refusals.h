// Refusals that more than one part of the control plane gives, in the service's words.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "region-node/base/result.h"

namespace gtsim {

[[nodiscard]] inline Error group_is_busy() {
  return {Errc::kResourceInUse, "The resource which you are attempting to change is in use."};
}

[[nodiscard]] inline Error replica_is_there(std::string_view table) {
  return validation_error(
      fmt::format("Failed to create a the new replica of table with name: ‘{}’ because one or more "
                  "replicas already existed as tables.",
                  table));
}

// Of the replica of a region that a member removes, or of a member that deletes its own.
[[nodiscard]] inline Error is_protected(std::string_view table, std::string_view region) {
  return validation_error(
      fmt::format("Cannot delete table {} in region {} because it has deletion protection enabled. "
                  "Disable deletion protection first.",
                  table, region));
}

}  // namespace gtsim
