// The state machine of one region: its tables, their streams and their replication. Time and
// messages come in as arguments, everything to do comes out as Effects. It does no IO, has no
// clock, no thread and no randomness of its own; the simulator and the daemon drive the very same
// object.
#pragma once

#include <memory>
#include <vector>

#include "region-node/table_replica.h"

namespace gtsim {

class Replica {
 public:
  explicit Replica(RegionId region) : region_(region) {}

  // Tables are added in the order of their TableIds.
  TableReplica& add_table(TableOptions options, const KeySpace& keys, Store& store);

  // The answer is an effect. A transaction is atomic here: every part is checked before any is
  // done. Elsewhere the parts arrive item by item. TransactionCanceledException names the outcome
  // of each part. Source: "DynamoDB Transactions: How it works". REQUIRES: one operation, or a
  // transaction no two parts of which name the same item.
  void write(WriteCall&& call, Moment moment, Effects& out);

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
  void carry_out(WriteReply& reply, Moment moment, Effects& out);
  [[nodiscard]] Result<OperationResults> transact(const WriteCall& call, Moment moment,
                                                  Effects& out);

  RegionId region_;
  std::vector<std::unique_ptr<TableReplica>> tables_;  // by TableId index
};

}  // namespace gtsim
