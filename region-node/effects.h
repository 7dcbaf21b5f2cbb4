// Everything the state machine wants done, as values. The driver carries them out in this order,
// and replies and messages only after the commit is durable: what leaves the region must survive a
// crash. A write is answered by an effect like any other, of the call that carried it out or of a
// later one.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/base/result.h"
#include "region-node/base/time.h"
#include "region-node/replication/discard.h"
#include "region-node/replication/message.h"
#include "region-node/stream/record.h"
#include "region-node/table_fact.h"
#include "region-node/write/write.h"

namespace gtsim {

// A change was made to the local table, told by a stream record.
struct EmittedRecord {
  TableId table;
  bool in_stream = true;  // false: the table has no enabled stream; the record went nowhere
  Instant committed_at;   // at the origin: the lag of a replicated change counts from here
  StreamRecord record;
};

// A replicated change or a back-filled item was applied without a record: the table looks the same
// as before (only the version rose), or back-fill emits none.
struct QuietApply {
  TableId table;
  bool backfill = false;
  KeyId key;
  Version version;
  Image image;
  Instant committed_at;
};

enum class FactKind : std::uint8_t { kRecord, kQuietApply, kDiscard, kTable };

// To whoever gave an order to the control plane.
struct OrderReply {
  std::uint64_t tag = 0;         // the caller's
  std::optional<Error> refusal;  // nothing: it has begun
};

struct Effects {
  // What happened to the tables, by kind; `facts` tells in which order. Durable in one atomic batch
  // per call, before anything below leaves the region.
  std::vector<EmittedRecord> records;
  std::vector<QuietApply> quiet_applies;
  std::vector<Discard> discards;
  std::vector<TableFact> table_facts;
  std::vector<FactKind> facts;
  // To whoever asked.
  std::vector<WriteReply> replies;
  std::vector<OrderReply> order_replies;
  // To be sent.
  std::vector<Message> messages;
  // Call tick() no later than this.
  Instant wake_at = kNever;
  // Replicated writes that the write capacity held up.
  std::int64_t throttled_changes = 0;

  EmittedRecord& add_record() {
    facts.push_back(FactKind::kRecord);
    return records.emplace_back();
  }
  void add(QuietApply apply) {
    facts.push_back(FactKind::kQuietApply);
    quiet_applies.push_back(std::move(apply));
  }
  void add(const Discard& discard) {
    facts.push_back(FactKind::kDiscard);
    discards.push_back(discard);
  }

  void add(const TableFact& fact) {
    facts.push_back(FactKind::kTable);
    table_facts.push_back(fact);
  }

  void clear_facts() {
    facts.clear();
    records.clear();
    quiet_applies.clear();
    discards.clear();
    table_facts.clear();
  }
  void clear() {
    clear_facts();
    replies.clear();
    order_replies.clear();
    messages.clear();
    wake_at = kNever;
    throttled_changes = 0;
  }
  void want_wake(Instant at) {
    if (at < wake_at) wake_at = at;
  }
};

}  // namespace gtsim
