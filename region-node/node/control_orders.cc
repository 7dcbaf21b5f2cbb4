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
  Result<void> operator()(const ControlOrder&) {
    CHECK_DETAIL(false, "the control plane's");
    return {};
  }
  Result<void> operator()(const SplitShardOrder& order) {
    const Stream* stream = table(order.table).stream();
    if (stream == nullptr || !stream->accepts_records()) {
      return in_use("split_shard: the table has no stream that takes records");
    }
    loop_.split_shard(order.table);
    return {};
  }

 private:
  [[nodiscard]] const TableReplica& table(TableId id) const { return loop_.replica().table(id); }

  NodeLoop& loop_;
};

}  // namespace

void carry_out(const DecodedOrder& order, NodeLoop& loop, OrderDone done) {
  if (const auto* to_control_plane = std::get_if<ControlOrder>(&order)) {
    return loop.order(*to_control_plane, std::move(done));
  }
  if (auto carried_out = std::visit(Carrier(loop), order); !carried_out) {
    return done(carried_out.error());
  }
  // What the order changed survives a crash before the caller is told.
  loop.when_durable([done = std::move(done)](NodeLoop&) { done(std::nullopt); });
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
