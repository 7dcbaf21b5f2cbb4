// What stands between the writers of a run and the regions: calls pass it, or meet what is wrong
// with a region's front door (coordinator/fault/client_fault.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <variant>

#include "coordinator/cluster/cluster.h"
#include "coordinator/fault/fault_set.h"
#include "region-node/base/dice.h"

namespace gtsim {

class ClientDoor {
 public:
  // Has on_timer(number) called then.
  using CallAt = std::function<void(Instant at, std::uint64_t number)>;
  // `faults`: those in force; asked at each call.
  ClientDoor(Cluster& cluster, const FaultSet& faults, CallAt call_at)
      : cluster_(cluster), faults_(faults), call_at_(std::move(call_at)) {}

  // `fate`: dice of this call alone.
  void write(RegionId region, WriteCall&& call, const Dice& fate);
  void order(RegionId asked, const ControlOrder& order, std::uint64_t tag, const Dice& fate);
  void on_timer(std::uint64_t number);

 private:
  struct Write {
    RegionId region;
    WriteCall call;
  };
  struct Order {
    RegionId asked;
    ControlOrder order;
    std::uint64_t tag;
  };
  struct Waiting {
    std::variant<Write, Order> call;
    std::optional<ClientError> refused;
  };
  void meet(std::variant<Write, Order>&& call, const Admission& admission);
  void let_in(Waiting&& waiting);

  Cluster& cluster_;
  const FaultSet& faults_;
  CallAt call_at_;
  std::map<std::uint64_t, Waiting> waiting_{};  // until their delay is over
  std::uint64_t next_ = 0;
};

}  // namespace gtsim
