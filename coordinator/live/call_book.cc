#include "coordinator/live/call_book.h"

#include <algorithm>

namespace gtsim {

OutstandingCall::OutstandingCall(std::span<const WriteRequest> asked, bool as_transaction,
                                 std::uint64_t its_tag, Instant at)
    : requests(asked.begin(), asked.end()),
      transaction(as_transaction),
      tag(its_tag),
      asked_at(at) {
  for (WriteRequest& request : requests) {
    if (request.update != nullptr) {
      updates_.push_back(std::make_unique<const Update>(*request.update));
      request.update = updates_.back().get();
    }
    if (request.condition != nullptr) {
      conditions_.push_back(std::make_unique<const Condition>(*request.condition));
      request.condition = conditions_.back().get();
    }
  }
}

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

bool CallBook::may_be(const Unanswered& unanswered, const WriteRequest& request) {
  const StreamRecord& record = unanswered.record;
  if (unanswered.table != request.table || record.key != request.key) return false;
  switch (request.kind) {
    case WriteKind::kPut:
      return record.new_image == request.image;
    case WriteKind::kDelete:
      return !record.new_image;
    case WriteKind::kUpdate:
      return static_cast<bool>(record.new_image);
    case WriteKind::kCheck:
      break;
  }
  return false;
}

void CallBook::on_reply(std::span<const WriteRequest> requests,
                        std::span<const WriteReply> replies) {
  for (std::size_t i = 0; i < replies.size() && i < requests.size(); ++i) {
    if (!replies[i].changed) continue;
    const auto found =
        std::find_if(unanswered_.begin(), unanswered_.end(), [&](const Unanswered& told) {
          return told.table == requests[i].table && told.record.key == requests[i].key &&
                 told.record.version == replies[i].version;
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
  for (OutstandingCall& call : lost_) {
    LostCall lost{std::move(call), {}};
    std::vector<WriteReply> replies(lost.call.requests.size());
    bool happened = false;
    // The records of one call stand together, in the order of its parts.
    for (std::size_t i = 0; i < replies.size() && !unanswered_.empty(); ++i) {
      const Unanswered& next = unanswered_.front();
      if (!may_be(next, lost.call.requests[i])) continue;
      replies[i] = {true, next.record.version, next.record.old_version};
      unanswered_.pop_front();
      happened = true;
    }
    if (happened) lost.replies = std::move(replies);
    settled.push_back(std::move(lost));
  }
  lost_.clear();
  return settled;
}

}  // namespace gtsim
