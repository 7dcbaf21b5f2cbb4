#include "region-node/node/control_orders.h"

#include <utility>

#include "region-node/base/check.h"

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
  Result<void> operator()(const ControlOrder&) { return not_mine(); }
  Result<void> operator()(const NewTableOrder&) { return not_mine(); }
  Result<void> operator()(const SplitShardOrder& order) {
    const Stream* stream = table(order.table).stream();
    if (stream == nullptr || !stream->accepts_records()) {
      return in_use("split_shard: the table has no stream that takes records");
    }
    loop_.split_shard(order.table);
    return {};
  }

 private:
  static Result<void> not_mine() {
    CHECK_DETAIL(false, "the control plane's");
    return {};
  }
  [[nodiscard]] const TableReplica& table(TableId id) const { return loop_.replica().table(id); }

  NodeLoop& loop_;
};

}  // namespace

void carry_out(const DecodedOrder& order, NodeLoop& loop, OrderDone done) {
  if (const auto* to_control_plane = std::get_if<ControlOrder>(&order)) {
    return loop.order(*to_control_plane, std::move(done));
  }
  if (const auto* creation = std::get_if<NewTableOrder>(&order)) {
    return loop.create_table(creation->definition, creation->order, std::move(done));
  }
  if (auto carried_out = std::visit(Carrier(loop), order); !carried_out) {
    return done(carried_out.error());
  }
  // What the order changed survives a crash before the caller is told.
  loop.when_durable([done = std::move(done)](NodeLoop&) { done(std::nullopt); });
}

void carry_out(DecodedWrite write, NodeLoop& loop, WriteDone done) {
  WriteCall call;
  call.transaction = write.transaction;
  call.operations.reserve(write.parts.size());
  for (DecodedPart& part : write.parts) {
    // Another table may have come in the place of the one that it was read for.
    if (part.definition->key != loop.config().tables[part.table.index()].key) {
      return done(Error{Errc::kResourceNotFound, "Requested resource not found"},
                  loop.moment().now);
    }
    const KeyId key = loop.keys(part.table).intern(part.key, part.partition_hash);
    call.operations.push_back({part.kind, part.table, key, std::move(part.image),
                               std::move(part.update), std::move(part.condition)});
  }
  loop.write(std::move(call), std::move(done));
}

}  // namespace gtsim
