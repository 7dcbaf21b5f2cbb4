#include "coordinator/run/client_door.h"

#include <fmt/format.h>

#include "coordinator/cluster/client_patience.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

ClientOperation operation_of(const WriteCall& call) {
  if (call.transaction || call.operations.empty()) return ClientOperation::kTransact;
  switch (call.operations.front().kind) {
    case WriteKind::kPut:
      return ClientOperation::kPut;
    case WriteKind::kUpdate:
      return ClientOperation::kUpdate;
    case WriteKind::kDelete:
      return ClientOperation::kDelete;
    case WriteKind::kCheck:
      break;
  }
  return ClientOperation::kTransact;
}

WriteOutcome outcome_of(ClientError error) {
  switch (error) {
    case ClientError::kServiceUnavailable:
      return WriteOutcome::kUnavailable;
    case ClientError::kInternalServerError:
      return WriteOutcome::kServerError;
    case ClientError::kThrottling:
    case ClientError::kRequestLimitExceeded:
    case ClientError::kProvisionedThroughputExceeded:
      break;
  }
  return WriteOutcome::kThrottled;
}

}  // namespace

void ClientDoor::write(RegionId region, WriteCall&& call, const Dice& fate) {
  if (!faults_.has_client_faults(region)) [[likely]]
    return cluster_.write(region, std::move(call));
  const Admission admission = admit(faults_.client_faults(region), operation_of(call), fate);
  if (admission.answer_is_lost || admission.delay > kClientPatience) call.writer_waits = false;
  meet(Write{region, std::move(call)}, admission);
}

void ClientDoor::order(RegionId asked, const ControlOrder& order, std::uint64_t tag,
                       const Dice& fate) {
  if (!faults_.has_client_faults(asked)) return cluster_.order(asked, order, tag);
  meet(Order{asked, order, tag},
       admit(faults_.client_faults(asked), ClientOperation::kControl, fate));
}

void ClientDoor::meet(std::variant<Write, Order>&& call, const Admission& admission) {
  Waiting waiting{std::move(call), admission.refused};
  if (admission.delay.count() == 0) return let_in(std::move(waiting));
  const std::uint64_t number = next_++;
  waiting_.emplace(number, std::move(waiting));
  call_at_(cluster_.now() + admission.delay, number);
}

void ClientDoor::on_timer(std::uint64_t number) {
  auto found = waiting_.extract(number);
  CHECK(!found.empty());
  let_in(std::move(found.mapped()));
}

void ClientDoor::let_in(Waiting&& waiting) {
  if (auto* write = std::get_if<Write>(&waiting.call)) {
    if (!waiting.refused) return cluster_.write(write->region, std::move(write->call));
    const bool waits = write->call.writer_waits;
    return cluster_.refuse_write(write->region, write->call,
                                 waits ? outcome_of(*waiting.refused) : WriteOutcome::kTimedOut,
                                 to_text(*waiting.refused));
  }
  auto& order = std::get<Order>(waiting.call);
  if (!waiting.refused) return cluster_.order(order.asked, order.order, order.tag);
  cluster_.refuse_order(order.asked, order.tag, to_text(*waiting.refused));
}

}  // namespace gtsim
