// The writes of one region that have not been answered, and the records that have been told without
// the reply to their writer.
//
// A region that dies takes its replies with it. Once it is back and has told everything that it
// had made durable, the records left over show which of the writes happened after all: a session's
// calls are carried out in the order in which they were sent.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "region-node/base/time.h"
#include "region-node/stream/record.h"
#include "region-node/write/write.h"

namespace gtsim {

struct OutstandingCall {
  WriteCall call;
  Instant asked_at;
  bool met_a_freeze = false;  // the region stood still while this was under way
};

struct LostCall {
  WriteCall call;
  OperationResults results;  // empty: it left no trace
};

class CallBook {
 public:
  void add(std::uint64_t id, OutstandingCall call) { outstanding_.emplace(id, std::move(call)); }
  // Nothing: no such call.
  [[nodiscard]] std::optional<OutstandingCall> take(std::uint64_t id);
  void on_freeze();
  // An APPLICATION record that a writer caused (not TTL).
  void on_record(TableId table, const StreamRecord& record);
  void on_reply(const WriteCall& call, const OperationResults& results);
  // The session is over: nothing that is outstanding will be answered, but for `heard`, whose
  // answers have come and wait to be told.
  void lose_all(const std::set<std::uint64_t>& heard);
  // Everything durable has been told. In the order of asking.
  [[nodiscard]] std::vector<LostCall> settle_lost();

  [[nodiscard]] std::size_t outstanding() const { return outstanding_.size(); }
  [[nodiscard]] bool any_lost() const { return !lost_.empty(); }

 private:
  struct Unanswered {
    TableId table;
    StreamRecord record;
  };
  [[nodiscard]] static bool may_be(const Unanswered& unanswered, const Operation& operation);

  std::map<std::uint64_t, OutstandingCall> outstanding_;
  std::deque<OutstandingCall> lost_;
  std::deque<Unanswered> unanswered_;
};

}  // namespace gtsim
