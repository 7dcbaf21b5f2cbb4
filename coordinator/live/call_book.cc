#include "coordinator/live/call_book.h"

#include <algorithm>

namespace gtsim {

std::optional<OutstandingCall> CallBook::take(std::uint64_t id) {
  const auto found = outstanding_.find(id);
  if (found == outstanding_.end()) return std::nullopt;
  std::optional<OutstandingCall> call{std::move(found->second)};
  outstanding_.erase(found);
  return call;
}

void CallBook::on_freeze() {
  for (auto& [id, call] : outstanding_) call.met_a_freeze = true;
}

void CallBook::on_record(TableId table, const StreamRecord& record) {
  unanswered_.push_back({table, record});
}

bool CallBook::may_be(const Unanswered& unanswered, const Operation& operation) {
  const StreamRecord& record = unanswered.record;
  if (unanswered.table != operation.table || record.key != operation.key) return false;
  switch (operation.kind) {
    case WriteKind::kPut:
      return record.new_image == operation.image;
    case WriteKind::kDelete:
      return !record.new_image;
    case WriteKind::kUpdate:
      return static_cast<bool>(record.new_image);
    case WriteKind::kCheck:
      break;
  }
  return false;
}

void CallBook::on_reply(const WriteCall& call, const OperationResults& results) {
  for (std::size_t i = 0; i < results.size() && i < call.operations.size(); ++i) {
    if (!results[i].changed) continue;
    const Operation& operation = call.operations[i];
    const auto found =
        std::find_if(unanswered_.begin(), unanswered_.end(), [&](const Unanswered& told) {
          return told.table == operation.table && told.record.key == operation.key &&
                 told.record.version == results[i].version;
        });
    if (found != unanswered_.end()) unanswered_.erase(found);
  }
}

void CallBook::lose_all(const std::set<std::uint64_t>& heard) {
  for (auto call = outstanding_.begin(); call != outstanding_.end();) {
    if (heard.contains(call->first)) {
      ++call;
      continue;
    }
    lost_.push_back(std::move(call->second));
    call = outstanding_.erase(call);
  }
}

std::vector<LostCall> CallBook::settle_lost() {
  std::vector<LostCall> settled;
  for (OutstandingCall& outstanding : lost_) {
    LostCall lost{std::move(outstanding.call), {}};
    OperationResults results(lost.call.operations.size());
    bool happened = false;
    // The records of one call stand together, in the order of its parts.
    for (std::size_t i = 0; i < results.size() && !unanswered_.empty(); ++i) {
      const StreamRecord& record = unanswered_.front().record;
      if (!may_be(unanswered_.front(), lost.call.operations[i])) continue;
      results[i] = {true, record.version, record.old_version, record.old_image, record.new_image};
      unanswered_.pop_front();
      happened = true;
    }
    if (happened) lost.results = std::move(results);
    settled.push_back(std::move(lost));
  }
  lost_.clear();
  return settled;
}

}  // namespace gtsim
