// The control plane of one region: the life of its tables' replicas and streams. Pure: time, orders
// and messages come in as arguments, everything to do comes out as effects. It leads the operations
// that it is asked for and takes part in those of others, one at a time for each table's group.
//
// What it may do to a replica it does at once; what it says leaves the region only when that is
// durable. So a crash takes back a step whole or not at all, and a step that is taken back is a
// request that has not arrived.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "region-node/control_plane/control_message.h"
#include "region-node/control_plane/control_order.h"
#include "region-node/control_plane/control_state.h"
#include "region-node/effects.h"
#include "region-node/replica.h"

namespace gtsim {

struct OrderReply {
  std::uint64_t tag = 0;
  std::optional<Error> refusal;  // nothing: it has begun
};

struct ControlEffects {
  struct StatusChange {
    TableId table;
    ReplicaStatus status = ReplicaStatus::kAbsent;
  };
  struct StreamChange {
    TableId table;
    StreamStatus status = StreamStatus::kDisabled;
  };

  // Where a table begins to receive from a member.
  struct Beginning {
    TableId table;
    RegionId region;
    std::uint64_t position = 0;
  };

  Effects replica;             // of what was done to replicas
  bool state_changed = false;  // something is to be made durable
  std::vector<Beginning> beginnings;
  // In the order in which they came about.
  std::vector<StatusChange> statuses;
  std::vector<StreamChange> streams;
  // To whoever asked, and to other regions; never to this one.
  std::vector<OrderReply> replies;
  std::vector<ControlMessage> messages;
  Instant wake_at = kNever;  // call tick() no later than this

  void want_wake(Instant at) {
    if (at < wake_at) wake_at = at;
  }
};

class ControlPlane {
 public:
  struct Options {
    std::vector<std::string> region_names;  // by RegionId index
    std::vector<std::string> table_names;   // by TableId index
    Duration source_lock = kSourceLock;
    Duration retry{500'000};                   // between two tries of a request
    Duration reservation_timeout{10'000'000};  // then the order is refused
    // For a stream that begins.
    std::function<StreamOptions(TableId, StreamViewType, Moment)> stream_options;
    // Where a crash would leave the table's log, when what this does survives crashes that take
    // writes; nothing: all of a region's doings are taken back together.
    std::function<std::uint64_t(TableId)> durable_log_end;
  };
  // `replica` outlives this, and has its tables.
  ControlPlane(Options options, Replica& replica);

  // Answered at once or later; see OrderReply.
  void order(const ControlOrder& order, std::uint64_t tag, Moment moment, ControlEffects& out);
  void receive(const ControlMessage& message, Moment moment, ControlEffects& out);
  // Sends again what was not answered, ends what has taken long enough. Whatever was received by
  // the replicas since the last call is seen here.
  void tick(Moment moment, ControlEffects& out);

  [[nodiscard]] TableView view(TableId table, Instant now) const;
  // Nothing is under way that this region leads or keeps still for.
  [[nodiscard]] bool idle(TableId table) const;

  // --- Restart
  [[nodiscard]] const TableControlState& state(TableId table) const {
    return tables_[table.index()].state;
  }
  void restore(TableId table, TableControlState state);
  // Founds a group: the members are there from the beginning.
  void found(TableId table, const std::vector<RegionId>& members);

 private:
  struct Table {
    TableId id;
    TableControlState state;
    // Volatile: when what is not answered is asked again, and how often it was.
    Instant resend_at{0};
    std::uint32_t tries = 0;
  };

  [[nodiscard]] RegionId self() const { return replica_.region(); }
  [[nodiscard]] TableReplica& replica(const Table& table) { return replica_.table(table.id); }
  [[nodiscard]] std::uint64_t log_end(const Table& table);

  // --- Leading (control_plane.cc)
  void refuse(Table& table, Error why, ControlEffects& out);
  void enter(Table& table, OperationPhase phase, Moment moment, ControlEffects& out);
  [[nodiscard]] std::optional<OperationPhase> next_phase(const Table& table, Instant now);
  // Goes on as far as it can without another answer.
  void go_on(Table& table, Moment moment, ControlEffects& out);
  void ask(Table& table, RegionId region, Moment moment, ControlEffects& out);
  void send_release(Table& table, ControlEffects& out);
  void take_answer(Table& table, const ControlMessage& answer, Moment moment, ControlEffects& out);

  // --- Taking part (control_participant.cc). Nothing: it cannot be answered yet.
  [[nodiscard]] std::optional<ControlMessage> carry_out(Table& table, const ControlMessage& request,
                                                        Moment moment, ControlEffects& out);
  [[nodiscard]] ControlMessage reserve(Table& table, const ControlMessage& request,
                                       ControlEffects& out);
  void admit(Table& table, const ControlMessage& request, Moment moment, ControlEffects& out);
  void join(Table& table, const ControlMessage& request, Moment moment, ControlEffects& out);
  [[nodiscard]] bool catch_up(Table& table, const ControlMessage& request, ControlEffects& out);
  [[nodiscard]] bool leave(Table& table, const ControlMessage& request, ControlEffects& out);
  void part(Table& table, const ControlMessage& request, ControlEffects& out);
  void drop(Table& table, Moment moment, ControlEffects& out);
  void end(Table& table, const OperationId& operation, ControlEffects& out);

  void set_status(Table& table, ReplicaStatus status, ControlEffects& out);
  void start_stream(Table& table, StreamViewType view, bool enabled, Moment moment,
                    ControlEffects& out);
  void change_stream(Table& table, const ChangeStreamOrder& order, Moment moment,
                     ControlEffects& out);

  Options options_;
  Replica& replica_;
  std::vector<Table> tables_;  // by TableId index
  std::uint64_t last_number_ = 0;
};

}  // namespace gtsim
