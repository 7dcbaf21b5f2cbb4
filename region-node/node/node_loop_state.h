// The inside of a node's loop (node_loop.h). Everything but what stands under "from any thread"
// belongs to the loop's thread.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "region-node/commit/commit_pipeline.h"
#include "region-node/file/owned_file.h"
#include "region-node/node/committer.h"
#include "region-node/node/housekeeper.h"
#include "region-node/node/link_shaper.h"
#include "region-node/node/node_clock.h"
#include "region-node/node/node_loop.h"
#include "region-node/node/run_journal.h"
#include "region-node/node/work_queue.h"
#include "region-node/storage/region_database.h"
#include "region-node/storage/table_saver.h"
#include "region-node/table/memory_store.h"

namespace gtsim {

// What the daemon adds to a group of the commit pipeline.
struct NodeGroupPart {
  struct Arrival {  // of a replicated change
    RegionId from;
    Instant committed_at;
  };
  std::vector<std::string> entries;  // of the journal
  std::vector<NodeWork> works;       // when_durable
  std::vector<Arrival> arrivals;
};

struct NodeLoop::State {
  State(NodeConfig settings, std::unique_ptr<RegionDatabase> opened);

  // --- Set up (node_loop_open.cc)
  void add_tables();
  TableReplica& add_place();
  [[nodiscard]] TableOptions options_for(TableId id);
  void restore_table(TableId id, TableReplica& table, TableSnapshot snapshot);
  void begin_table(TableId id, TableReplica& table);
  void add_control();
  void begin_stream(TableId id);
  [[nodiscard]] StreamOptions stream_options(TableId id, StreamViewType view, Moment at);

  // --- Tables that come (node_loop_tables.cc)
  // The number of a table that is this one or can become it, because nobody has a replica of what
  // has the name. kResourceInUse: there are too many, or a run's journal is kept, which tells of
  // the tables of its scenario only.
  [[nodiscard]] Result<TableId> place_for(const TableDefinition& definition);
  void receive_control(const Message& message, Moment at);
  void receive_for(TableId place, const Message& message, Moment at);

  // --- The loop (node_loop.cc)
  void run(NodeLoop& loop);
  void tick();
  // What `to` may have missed of the table; it has all before `received`.
  void resend(TableId id, RegionId to, std::uint64_t received);
  [[nodiscard]] Instant next_wake() const;
  void fail(const std::string& why);
  [[nodiscard]] bool drained() const;

  // --- Effects and durability (node_loop_commit.cc)
  // Of effects, which one call has filled; empty afterwards.
  void carry_out(Moment at);
  void count(const Effects& told);
  void count(const WriteReply& reply);
  void advance_commits(NodeLoop& loop);
  void begin_write();
  void finish_write(const Result<void>& written, CommitBatch batch);
  void let_out(NodeLoop& loop, CommitGroup& group);
  // To the peers, when nothing else is to be done or they have waited for company long enough.
  void send_released();
  void keep_house();
  void save_journal(std::vector<std::string> entries);
  void tell_stream(const StreamEvent& event);
  void refuse_waiting(const Error& error);

  [[nodiscard]] NodeGroupPart& part(std::uint64_t group) { return parts[group % parts.size()]; }
  [[nodiscard]] NodeGroupPart& filling_part() { return part(pipeline.filling_number()); }
  [[nodiscard]] Moment moment() { return clock.moment(); }
  [[nodiscard]] TableReplica& table(TableId id) { return replica.table(id); }
  [[nodiscard]] std::size_t table_count() const { return replica.table_count(); }

  // Constant after construction.
  NodeConfig config;
  OwnedFile data_lock;                       // outlives the database
  std::unique_ptr<RegionDatabase> database;  // nothing: in memory
  std::vector<std::unique_ptr<KeySpace>> memory_keys;
  std::vector<std::unique_ptr<MemoryStore>> memory_stores;
  std::vector<KeySpace*> keys;  // by TableId index
  std::vector<Store*> stores;   // the same

  NodeClock clock;
  Replica replica;
  std::unique_ptr<ControlPlane> control;
  CommitPipeline pipeline;
  RunJournal journal;
  LinkShaper shaper;
  std::unique_ptr<ReplicationTransport> transport;
  Effects effects;
  Instant wake_at = kNever;
  Instant shaper_at = kNever;
  // By the group's number: one fills while at most the one before it is under way.
  std::array<NodeGroupPart, 2> parts;
  std::uint64_t batch_number = 0;  // of the batch under way
  WaitingCallers<WriteDone> callers;
  WaitingCallers<OrderDone> orders;
  std::vector<Message> outgoing;  // durable, and not given to the links yet
  std::size_t outgoing_changes = 0;
  Instant outgoing_at{0};  // the oldest of them
  TableSaver saver;
  std::uint64_t durable_journal_end = 0;
  std::uint64_t streams_started = 0;
  JournalListener* listener = nullptr;

  NodeState state = NodeState::kServing;
  NodeCounters counters;
  std::optional<std::chrono::steady_clock::time_point> drain_until;
  bool ending = false;

  // --- From any thread
  WorkQueue<NodeWork> works;
  std::unique_ptr<Committer> committer;
  std::unique_ptr<Housekeeper> housekeeper;
  std::chrono::steady_clock::time_point kept_house_at;
  std::thread thread;
  mutable std::mutex failure_mutex;
  std::string failure;
  std::function<void(const std::string&)> told_failure;
};

}  // namespace gtsim
