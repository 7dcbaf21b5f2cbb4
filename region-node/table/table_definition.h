// What a table is wherever it is: what a region must know to have a replica of it.
#pragma once

#include <optional>
#include <string>

#include "region-node/base/time.h"
#include "region-node/table/key_schema.h"
#include "region-node/table/ttl_options.h"

namespace gtsim {

// A run of years would otherwise be a run of shards.
inline constexpr Duration kShortestShardRollover{1'000'000};

struct TableDefinition {
  std::string name;
  KeySchema key;
  int shards = 1;  // of a stream that begins
  Duration shard_rollover{4LL * 3600 * 1'000'000};
  // As it is configured; the control plane may have changed it since (GroupSettings).
  std::optional<TtlOptions> ttl{};
  bool records_for_backfill = false;
  bool origin_record_time = false;  // ApproximateCreationDateTime from the origin instead of here

  friend bool operator==(const TableDefinition&, const TableDefinition&) = default;
};

}  // namespace gtsim
