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

Result<WriteReply> Replica::write(const WriteRequest& request, Moment moment, Effects& out) {
  TableReplica& target = table(request.table);
  auto prepared = target.prepare(request, moment.now);
  if (!prepared) return prepared.error();
  return target.commit(request, std::move(*prepared), moment, out);
}

Result<std::vector<WriteReply>> Replica::transact(std::span<const WriteRequest> requests,
                                                  Moment moment, Effects& out) {
  std::vector<TableReplica::Prepared> prepared;
  std::vector<WriteReply> replies;
  std::string reasons;
  bool cancelled = false;
  for (const WriteRequest& request : requests) {
    auto part = table(request.table).prepare(request, moment.now);
    if (!reasons.empty()) reasons += ", ";
    reasons += part ? "None" : cancellation_code(part.error().code);
    if (!part) {
      cancelled = true;
    } else if (broken(Mutant::kTransactionTorn)) {
      replies.push_back(table(request.table).commit(request, std::move(*part), moment, out));
      continue;
    }
    prepared.push_back(part ? std::move(*part) : TableReplica::Prepared{});
  }
  if (cancelled) {
    return Error{Errc::kTransactionCancelled,
                 "Transaction cancelled, please refer cancellation reasons for specific reasons [" +
                     reasons + "]"};
  }
  if (broken(Mutant::kTransactionTorn)) return replies;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    replies.push_back(
        table(requests[i].table).commit(requests[i], std::move(prepared[i]), moment, out));
  }
  return replies;
}

}  // namespace gtsim
