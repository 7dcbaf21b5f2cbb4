#include "region-node/node/housekeeper.h"

#include <utility>

#include "region-node/base/check.h"

namespace gtsim {

Housekeeper::Housekeeper(RegionDatabase& database)
    : worker_({.name = "housekeeper", .at_end = SerialWorkerOptions::AtEnd::kDrop},
              [&database](const KeyRange& range) { database.compact(range); }) {}

void Housekeeper::compact(std::vector<KeyRange> ranges) {
  CHECK(!busy());
  for (KeyRange& range : ranges) worker_.submit(std::move(range));
}

}  // namespace gtsim
