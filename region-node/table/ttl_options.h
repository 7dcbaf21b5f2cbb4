// How items of a table expire.
#pragma once

#include <cstdint>
#include <string>

#include "region-node/base/time.h"

namespace gtsim {

struct TtlOptions {
  std::string attribute;
  Duration delay{0};          // from expiry to the delete
  bool every_region = false;  // each region deletes by itself; else one, chosen per key
  std::uint64_t salt = 0;     // the same in every region; chooses

  friend bool operator==(const TtlOptions&, const TtlOptions&) = default;
};

}  // namespace gtsim
