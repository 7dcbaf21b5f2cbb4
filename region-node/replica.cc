#include "region-node/replica.h"

#include <string>

#include "region-node/base/check.h"
#include "region-node/base/mutant.h"

namespace gtsim {
namespace {

const char* cancellation_code(Errc code) {
  switch (code) {
    case Errc::kConditionFailed:
      return "ConditionalCheckFailed";
    case Errc::kThrottled:
      return "ThrottlingError";
    case Errc::kValidation:
      return "ValidationError";
    default:
      return "ResourceNotFound";
  }
}

}  // namespace

TableReplica& Replica::add_table(TableOptions options, const KeySpace& keys, Store& store) {
  CHECK(options.region == region_);
  CHECK(options.table.index() == tables_.size());
  tables_.push_back(std::make_unique<TableReplica>(std::move(options), keys, store));
  return *tables_.back();
}

void Replica::write(WriteCall&& call, Moment moment, Effects& out) {
  WriteReply& reply = out.replies.emplace_back(std::move(call));
  if (reply.call.transaction) {
    reply.outcome = transact(reply.call, moment, out);
  } else {
    carry_out(reply, moment, out);
  }
}

void Replica::carry_out(WriteReply& reply, Moment moment, Effects& out) {
  CHECK(reply.call.operations.size() == 1);
  const Operation& operation = reply.call.operations.front();
  TableReplica& target = table(operation.table);
  auto prepared = target.prepare(operation, moment.now);
  if (!prepared) {
    reply.outcome = prepared.error();
    return;
  }
  target.commit(operation, std::move(*prepared), reply.call.writer_waits, moment, out,
                reply.outcome->emplace_back());
}

Result<OperationResults> Replica::transact(const WriteCall& call, Moment moment, Effects& out) {
  std::vector<TableReplica::Prepared> prepared;
  OperationResults results;
  std::string reasons;
  bool cancelled = false;
  const auto commit = [&](const Operation& operation, TableReplica::Prepared&& part) {
    table(operation.table)
        .commit(operation, std::move(part), call.writer_waits, moment, out, results.emplace_back());
  };
  for (const Operation& operation : call.operations) {
    auto part = table(operation.table).prepare(operation, moment.now);
    if (!reasons.empty()) reasons += ", ";
    reasons += part ? "None" : cancellation_code(part.error().code);
    if (!part) {
      cancelled = true;
    } else if (broken(Mutant::kTransactionTorn)) {
      commit(operation, std::move(*part));
      continue;
    }
    prepared.push_back(part ? std::move(*part) : TableReplica::Prepared{});
  }
  if (cancelled) {
    return Error{Errc::kTransactionCancelled,
                 "Transaction cancelled, please refer cancellation reasons for specific reasons [" +
                     reasons + "]"};
  }
  if (broken(Mutant::kTransactionTorn)) return results;
  for (std::size_t i = 0; i < call.operations.size(); ++i) {
    commit(call.operations[i], std::move(prepared[i]));
  }
  return results;
}

}  // namespace gtsim
