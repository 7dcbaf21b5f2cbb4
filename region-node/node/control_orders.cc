#include "region-node/node/control_orders.h"

#include <algorithm>

namespace gtsim {
namespace {

Error in_use(std::string detail) {
  return Error{Errc::kResourceInUse, std::move(detail)};
}

// What the state machine takes for granted is looked at here: an order may come at any time.
class Carrier {
 public:
  explicit Carrier(NodeLoop& loop) : loop_(loop) {}

  Result<void> operator()(const LinkOrder& order) {
    loop_.set_link(order.to, order.cut, order.settings, order.restore);
    return {};
  }
  Result<void> operator()(const PeerOrder& order) {
    loop_.set_peer(order.region, order.address);
    return {};
  }
  Result<void> operator()(const ClockOrder& order) {
    loop_.step_clock(order.step, order.drift_ppm);
    return {};
  }
  Result<void> operator()(const PauseOrder& order) {
    loop_.set_paused(order.table, order.paused);
    return {};
  }
  Result<void> operator()(const CapacityOrder& order) {
    loop_.set_capacity(order.table, order.units_per_second);
    return {};
  }
  Result<void> operator()(const StartStreamOrder& order) {
    return loop_.start_stream(order.table, order.view, order.enabled);
  }
  Result<void> operator()(const StopStreamOrder& order) { return loop_.stop_stream(order.table); }
  Result<void> operator()(const FinishStreamOrder& order) {
    return loop_.finish_stream(order.table);
  }
  Result<void> operator()(const SplitShardOrder& order) {
    const Stream* stream = table(order.table).stream();
    if (stream == nullptr || !stream->accepts_records()) {
      return in_use("split_shard: the table has no stream that takes records");
    }
    loop_.split_shard(order.table);
    return {};
  }
  Result<void> operator()(const ReplicaStatusOrder& order) {
    loop_.set_replica_status(order.table, order.status);
    return {};
  }
  Result<void> operator()(const AddMemberOrder& order) {
    if (is_member(order.table, order.region)) {
      return in_use("add_member: the region is a member already");
    }
    return loop_.add_member(order.table, order.region, order.send_from, order.receive_from);
  }
  Result<void> operator()(const RemoveMemberOrder& order) {
    loop_.remove_member(order.table, order.region);
    return {};
  }
  Result<void> operator()(const BackfillOrder& order) {
    if (!is_member(order.table, order.region)) {
      return in_use("start_backfill: the region is no member");
    }
    loop_.start_backfill(order.table, order.region, order.items_per_second);
    return {};
  }
  Result<void> operator()(const DropReplicaOrder& order) {
    loop_.drop_replica(order.table);
    return {};
  }

 private:
  [[nodiscard]] const TableReplica& table(TableId id) const { return loop_.replica().table(id); }
  [[nodiscard]] bool is_member(TableId id, RegionId region) const {
    const std::vector<RegionId>& members = table(id).sender().members();
    return std::find(members.begin(), members.end(), region) != members.end();
  }

  NodeLoop& loop_;
};

}  // namespace

Result<void> carry_out(const DecodedOrder& order, NodeLoop& loop) {
  return std::visit(Carrier(loop), order);
}

WriteCall intern(DecodedWrite write, NodeLoop& loop) {
  WriteCall call;
  call.transaction = write.transaction;
  call.operations.reserve(write.parts.size());
  for (DecodedPart& part : write.parts) {
    const KeyId key = loop.keys(part.table).intern(part.key, part.partition_hash);
    call.operations.push_back({part.kind, part.table, key, std::move(part.image),
                               std::move(part.update), std::move(part.condition)});
  }
  return call;
}

}  // namespace gtsim
