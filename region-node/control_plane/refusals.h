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

}  // namespace gtsim
