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
#include "region-node/control_plane/description.h"
#include "region-node/effects.h"
#include "region-node/replica.h"

namespace gtsim {

class ControlPlane {
 public:
  struct Options {
    std::vector<std::string> region_names;  // by RegionId index
    std::vector<std::string> table_names;   // by TableId index
    Duration source_lock = kSourceLock;
    ControlDurations durations = kPlainDurations;
    Duration retry{500'000};                   // between two tries of a request
    Duration reservation_timeout{10'000'000};  // then the order is refused
    // For a stream that begins.
    std::function<StreamOptions(TableId, StreamViewType, Moment)> stream_options;
  };
  // `replica` outlives this, and has its tables.
  ControlPlane(Options options, Replica& replica);

  // The next by number; the replica has it.
  void add_table(std::string name);
  // Answered at once or later; see OrderReply. After a restart nobody is: the operation goes on.
  void order(const ControlOrder& order, std::uint64_t tag, Moment moment, Effects& out);
  // REQUIRES: a message of the kind kControl to this region.
  void receive(const Message& carried, Moment moment, Effects& out);
  // Sends again what was not answered, ends what has taken long enough. Whatever was received by
  // the replicas since the last call is seen here.
  void tick(Moment moment, Effects& out);

  void set_write_capacity(TableId table, std::optional<std::int64_t> units_per_second, Instant now);

  [[nodiscard]] TableView view(TableId table, Instant now) const;
  // Nothing: the region has no such table.
  [[nodiscard]] std::optional<TableDescription> describe(TableId table, Instant now) const;
  // Nothing is under way that this region leads or keeps still for.
  [[nodiscard]] bool idle(TableId table) const;

  // --- Restart
  [[nodiscard]] const TableControlState& state(TableId table) const {
    return tables_[table.index()].state;
  }
  void restore(TableId table, TableControlState state, Instant now);
  // Rises whenever state() changes.
  [[nodiscard]] std::uint64_t revision(TableId table) const {
    return tables_[table.index()].revision;
  }
  // Founds a group: the members are there from the beginning.
  void found(TableId table, const std::vector<RegionId>& members);

 private:
  struct Table {
    TableId id;
    TableControlState state;
    // Volatile: when what is not answered is asked again, and how often it was; the tag of whoever
    // waits to hear whether the operation under way has begun.
    Instant resend_at{0};
    std::uint32_t tries = 0;
    std::optional<std::uint64_t> caller;
    std::uint64_t revision = 0;
  };

  [[nodiscard]] RegionId self() const { return replica_.region(); }
  [[nodiscard]] TableReplica& replica(const Table& table) { return replica_.table(table.id); }

  // --- Leading (control_plane.cc)
  void refuse(Table& table, Error why, Effects& out);
  void begin(Table& table, const ControlOrder& order, const TableView& seen, Moment moment);
  void accept(Table& table, Moment moment, Effects& out);
  void enter(Table& table, OperationPhase phase, Moment moment, Effects& out);
  [[nodiscard]] std::optional<OperationPhase> next_phase(const Table& table, Instant now);
  // Goes on as far as it can without another answer.
  void go_on(Table& table, Moment moment, Effects& out);
  void ask(Table& table, RegionId region, Moment moment, Effects& out);
  void send_release(Table& table, Effects& out);
  void send_settings(Table& table, RegionId to, Effects& out);
  void take_answer(Table& table, const ControlMessage& answer, Moment moment, Effects& out);

  // --- Taking part (control_participant.cc). Nothing: it cannot be answered yet.
  [[nodiscard]] std::optional<ControlMessage> carry_out(Table& table, const ControlMessage& request,
                                                        Moment moment, Effects& out);
  [[nodiscard]] ControlMessage reserve(Table& table, const ControlMessage& request, Moment moment,
                                       Effects& out);
  [[nodiscard]] std::optional<Error> refusal_to_reserve(const Table& table,
                                                        const ControlMessage& request) const;
  void admit(Table& table, const ControlMessage& request, Moment moment, Effects& out);
  void join(Table& table, const ControlMessage& request, Moment moment, Effects& out);
  [[nodiscard]] bool catch_up(Table& table, const ControlMessage& request, Effects& out);
  [[nodiscard]] bool leave(Table& table, const ControlMessage& request, Effects& out);
  void part(Table& table, const ControlMessage& request);
  void leave_group(Table& table, Moment moment, Effects& out);
  void drop(Table& table, Moment moment, Effects& out);
  void end(Table& table, const OperationId& operation);

  static void answer_caller(Table& table, std::optional<Error> refusal, Effects& out);
  void want_wake(Instant at, Effects& out);
  void set_status(Table& table, ReplicaStatus status, Effects& out);
  void start_stream(Table& table, StreamViewType view, bool enabled, Moment moment, Effects& out);
  void create(Table& table, const CreateTableOrder& order, Moment moment, Effects& out);
  void change_stream(Table& table, const ChangeStreamOrder& order, Moment moment, Effects& out);

  // --- Settings (control_settings.cc)
  // True: this order is carried out, and nobody else is asked.
  [[nodiscard]] bool change_settings(Table& table, const ControlOrder& order, Moment moment,
                                     Effects& out);
  [[nodiscard]] OperationId next_version(const Table& table, Moment moment);
  // Tells of what is another than before.
  void change_group_settings(Table& table, std::optional<GroupSettings> settings, Effects& out);
  void use_settings(Table& table, std::optional<GroupSettings> settings);
  [[nodiscard]] std::optional<ControlMessage> hear_settings(Table& table,
                                                            const ControlMessage& request,
                                                            Moment moment, Effects& out);
  void tell_settings(Table& table, RegionId to, Moment moment, Effects& out);

  Options options_;
  Replica& replica_;
  std::vector<Table> tables_;  // by TableId index
  std::uint64_t last_number_ = 0;
  Instant wake_at_{0};  // nothing to do in tick() before; at first everything is looked at
};

}  // namespace gtsim
