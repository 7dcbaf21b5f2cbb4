// The state machine of one region: its tables, their streams and their replication. Time and
// messages come in as arguments, everything to do comes out as Effects. It does no IO, has no
// clock, no thread and no randomness of its own; the simulator and the daemon drive the very same
// object.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "region-node/table_replica.h"

namespace gtsim {

class Replica {
 public:
  explicit Replica(RegionId region) : region_(region) {}

  // Tables are added in the order of their TableIds.
  TableReplica& add_table(TableOptions options, const KeySpace& keys, Store& store);

  [[nodiscard]] Result<WriteReply> write(const WriteRequest& request, Moment moment, Effects& out);

  // Atomic here: every part is checked before any is done. Elsewhere the parts arrive item by item.
  // TransactionCanceledException names the outcome of each part. Source: "DynamoDB Transactions:
  // How it works". REQUIRES: no two parts name the same item.
  [[nodiscard]] Result<std::vector<WriteReply>> transact(std::span<const WriteRequest> requests,
                                                         Moment moment, Effects& out);

  void receive(const Message& message, Moment moment, Effects& out) {
    table(message.table).receive(message, moment, out);
  }
  void tick(Moment moment, Effects& out) {
    for (auto& table : tables_) table->tick(moment, out);
  }

  [[nodiscard]] RegionId region() const { return region_; }
  [[nodiscard]] std::size_t table_count() const { return tables_.size(); }
  [[nodiscard]] TableReplica& table(TableId id) { return *tables_[id.index()]; }
  [[nodiscard]] const TableReplica& table(TableId id) const { return *tables_[id.index()]; }

 private:
  RegionId region_;
  std::vector<std::unique_ptr<TableReplica>> tables_;  // by TableId index
};

}  // namespace gtsim
