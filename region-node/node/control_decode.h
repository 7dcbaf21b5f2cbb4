// Reads what comes over the control listener: checks every field and makes domain values of it.
// Pure functions of untrusted input; nothing here touches the state machine. An Error is
// kValidation and names the field: "writes[2].key: …".
//
// Threads: any; images made here belong to whoever gets them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proto/coordinator/v1/coordinator.pb.h"
#include "region-node/base/result.h"
#include "region-node/config/node_config.h"
#include "region-node/control_plane/control_order.h"
#include "region-node/link/link_settings.h"
#include "region-node/node/node_loop.h"

namespace gtsim {

namespace control = ::gtsim::coordinator::v1;

inline constexpr int kMaxTransactionWrites = 100;
inline constexpr int kMaxConditionTerms = 300;
inline constexpr int kMaxRemovedAttributes = 1000;

// --- Writes. Keys are interned later, on the loop's thread.
struct DecodedPart {
  WriteKind kind = WriteKind::kPut;
  TableId table;
  std::shared_ptr<const NodeTable> definition;  // by which it was read
  std::string key;                              // canonical
  std::uint64_t partition_hash = 0;
  Image image;
  std::shared_ptr<const Update> update;
  std::shared_ptr<const Condition> condition;
};
struct DecodedWrite {
  std::vector<DecodedPart> parts;
  bool transaction = false;
};
[[nodiscard]] Result<DecodedWrite> decode_write(const control::WriteCall& call,
                                                const NodeConfig& config);

// --- Orders, one type each.
struct LinkOrder {
  RegionId to;
  std::optional<bool> cut;
  LinkSettings settings;
  bool restore = false;
};
struct PeerOrder {
  RegionId region;
  std::string address;
};
struct ClockOrder {
  Duration step{0};
  std::optional<double> drift_ppm;
};
struct PauseOrder {
  std::optional<TableId> table;  // nothing: every table
  bool paused = false;
};
struct CapacityOrder {
  TableId table;
  std::optional<std::int64_t> units_per_second;
};
struct SplitShardOrder {
  TableId table;
};
struct NewTableOrder {  // with a definition: perhaps of a table that was not here before
  TableDefinition definition;
  CreateTableOrder order;
};
using DecodedOrder = std::variant<LinkOrder, PeerOrder, ClockOrder, PauseOrder, CapacityOrder,
                                  SplitShardOrder, ControlOrder, NewTableOrder>;
[[nodiscard]] Result<DecodedOrder> decode_order(const control::Order& order,
                                                const NodeConfig& config);

// --- Names and keys by themselves.
[[nodiscard]] Result<TableId> decode_table(const std::string& name, const char* field,
                                           const NodeConfig& config);
// The key attributes as an item, canonical; the same bytes back.
[[nodiscard]] Result<std::string> decode_key(const std::string& bytes, const std::string& field,
                                             const KeySchema& schema);

}  // namespace gtsim
