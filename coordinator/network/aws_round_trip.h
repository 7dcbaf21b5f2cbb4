// The measured round-trip matrix between AWS regions, built in from data/aws_round_trip.csv (its
// header names the source).
#pragma once

#include <optional>
#include <string_view>

#include "region-node/base/time.h"
#include "region-node/link/link_settings.h"

namespace gtsim {

// Directed; nothing when a region is not in the matrix.
[[nodiscard]] std::optional<Duration> aws_round_trip(std::string_view from, std::string_view to);

// Turns `aws` into a constant: half of the measured round trip of the two regions.
[[nodiscard]] DelayModel resolve_aws(const DelayModel& model, std::string_view from,
                                     std::string_view to);
// The same for both models of a link; one that is absent stays absent.
[[nodiscard]] LinkSettings resolve_aws(LinkSettings settings, std::string_view from,
                                       std::string_view to);

}  // namespace gtsim
