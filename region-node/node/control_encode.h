// What the control service says, made of the state machine's values. On the loop's thread.
#pragma once

#include <string>
#include <vector>

#include "proto/coordinator/v1/coordinator.pb.h"
#include "region-node/node/node_loop.h"
#include "region-node/stream/shard.h"

namespace gtsim {

namespace control = ::gtsim::coordinator::v1;

void encode(const Version& version, const NodeConfig& config, control::Version* out);
void encode(const StoredItem& item, std::string_view key_bytes, const NodeConfig& config,
            control::StoredItem* out);
void encode(const StreamRecord& record, TableId table, std::string_view key_bytes,
            const NodeConfig& config, control::Record* out);
void encode(const ShardInfo& shard, control::Shard* out);

[[nodiscard]] control::OrderOutcome encode(OrderOutcome outcome);
[[nodiscard]] control::WriteOutcome outcome_of(const Error& error);
[[nodiscard]] control::WriteResult encode_result(const Result<OperationResults>& outcome,
                                                 const NodeConfig& config);

// `with_digests` reads every item.
[[nodiscard]] control::RegionStatus encode_status(NodeLoop& loop, bool with_digests);

[[nodiscard]] const char* to_text(NodeState state);  // serving, draining, failed

}  // namespace gtsim
