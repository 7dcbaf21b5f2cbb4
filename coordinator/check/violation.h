// What an always-on check found wrong.
#pragma once

#include <optional>
#include <string>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/stream/record.h"

namespace gtsim {

struct Violation {
  std::string check;    // its name, as checker.h and consumer/ledger.h list them
  std::string message;  // what was found and what was expected
  Instant at;
  RegionId region;
  TableId table;
  KeyId key;
  std::optional<StreamRecord> record;  // the offending one, where there is one
};

}  // namespace gtsim
