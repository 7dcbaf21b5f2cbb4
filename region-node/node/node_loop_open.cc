// Opening: from a configuration and perhaps a data directory to a state machine that goes on where
// it stopped.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "region-node/control_plane/facts.h"
#include "region-node/file/directory_lock.h"
#include "region-node/node/node_loop_state.h"

namespace gtsim {
namespace {

constexpr Duration kLeastReservation{3'000'000};  // of real time

TableOptions options_of(const NodeConfig& config, TableId id, TableStorage* storage) {
  const NodeTable& table = config.tables[id.index()];
  TableOptions options;
  options.table = id;
  options.region = config.self();
  options.ttl = table.ttl;
  options.replication = config.replication;
  options.records_for_backfill = table.records_for_backfill;
  options.origin_record_time = table.origin_record_time;
  options.storage = storage;
  return options;
}

// With the definitions that count; those that the configuration does not name came at run time.
NodeTables in_order_of(const std::vector<format::StoredTable>& definitions,
                       const NodeTables& named) {
  NodeTables out;
  for (const format::StoredTable& definition : definitions) {
    NodeTable table;
    if (const auto id = named.find(definition.name)) {
      table = named[id->index()];
    } else {
      table.stream.reset();
    }
    static_cast<TableDefinition&>(table) = definition;
    out.push_back(std::move(table));
  }
  return out;
}

}  // namespace

NodeLoop::State::State(NodeConfig settings, std::unique_ptr<RegionDatabase> opened)
    : config(std::move(settings)),
      database(std::move(opened)),
      clock(config.time, database ? database->latest_instant() : Instant{0}),
      replica(config.self()),
      pipeline({database ? CommitPipeline::Disk::kSlow : CommitPipeline::Disk::kNone, config.sync},
               replica),
      journal(config, keys, replica),
      shaper(config.self(), config.regions, keys, config.seed,
             [this](RegionId to, std::vector<Message> messages) {
               // What cannot be sent now is sent again by the state machine.
               if (transport) static_cast<void>(transport->send(to, std::move(messages)));
             }),
      saver(0) {
  counters.applied_from.resize(config.regions.size());
  counters.latest_lag_from.resize(config.regions.size());
  counters.lag_from.resize(config.regions.size());
  add_tables();
}

TableOptions NodeLoop::State::options_for(TableId id) {
  return options_of(config, id, database ? &database->table(id) : nullptr);
}

// The place of the next table, with nobody in it.
TableReplica& NodeLoop::State::add_place() {
  const TableId id{static_cast<std::uint16_t>(keys.size())};
  if (database) {
    keys.push_back(&database->keys(id));
    stores.push_back(&database->store(id));
  } else {
    memory_keys.push_back(std::make_unique<KeySpace>());
    memory_stores.push_back(std::make_unique<MemoryStore>());
    keys.push_back(memory_keys.back().get());
    stores.push_back(memory_stores.back().get());
  }
  saver.add_table();
  counters.iterator_age.emplace_back();
  return replica.add_table(options_for(id), *keys.back(), *stores.back());
}

void NodeLoop::State::add_tables() {
  for (std::size_t i = 0; i < config.tables.size(); ++i) {
    const TableId id{static_cast<std::uint16_t>(i)};
    TableReplica& table = add_place();
    auto restored = database ? database->take_saved(id) : std::nullopt;
    if (restored) {
      restore_table(id, table, std::move(*restored));
    } else {
      begin_table(id, table);
    }
    table.set_capacity(config.tables[i].write_capacity, clock.now());
  }
  add_control();
  pipeline.reset(replica);
  durable_journal_end = database ? database->journal_end() : 0;
  wake_at = clock.now();
}

void NodeLoop::State::restore_table(TableId id, TableReplica& table, TableSnapshot snapshot) {
  streams_started += snapshot.streams.size();
  table.restore(std::move(snapshot));
  saver.set_saved(id, table.revision());
  journal.on_restored(id);
}

void NodeLoop::State::begin_table(TableId id, TableReplica& table) {
  const NodeTable& spec = config.tables[id.index()];
  const bool member =
      std::find(spec.regions.begin(), spec.regions.end(), config.self()) != spec.regions.end();
  table.set_status(member ? ReplicaStatus::kActive : ReplicaStatus::kAbsent);
  if (!member) return;
  for (const RegionId other : spec.regions) {
    if (other != config.self()) table.add_member(other, 0, 0);
  }
}

void NodeLoop::State::add_control() {
  ControlPlane::Options options;
  options.region_names = config.regions;
  for (const NodeTable& spec : config.tables) options.table_names.push_back(spec.name);
  options.source_lock = config.source_lock;
  options.durations = durations_of(config.durations);
  // Peers are real processes, however quick the time of a run.
  options.reservation_timeout =
      std::max(options.reservation_timeout,
               Duration{static_cast<std::int64_t>(kLeastReservation.count() * config.time.rate)});
  options.stream_options = [this](TableId id, StreamViewType view, Moment at) {
    return stream_options(id, view, at);
  };
  control = std::make_unique<ControlPlane>(std::move(options), replica);
  for (std::size_t i = 0; i < config.tables.size(); ++i) {
    const TableId id{static_cast<std::uint16_t>(i)};
    const std::vector<RegionId>& members = config.tables[i].regions;
    auto saved = database ? database->take_saved_control(id) : std::nullopt;
    if (saved) {
      control->restore(id, std::move(*saved), clock.now());
    } else if (table(id).status() != ReplicaStatus::kAbsent) {
      control->found(id, members);
    }
  }
}

StreamOptions NodeLoop::State::stream_options(TableId id, StreamViewType view, Moment at) {
  const NodeTable& spec = config.tables[id.index()];
  StreamOptions options;
  options.view = view;
  options.label = to_iso8601(at.clock, 3, /*zone_letter=*/false);
  options.salt = hash_bytes(
      fmt::format("{}/{}/{}/{}", config.region, spec.name, options.label, ++streams_started),
      config.seed);
  options.shards = spec.shards;
  options.shard_rollover = spec.shard_rollover;
  return options;
}

// The one that the configuration asks for.
void NodeLoop::State::begin_stream(TableId id) {
  const Moment at = moment();
  table(id).start_stream(stream_options(id, *config.tables[id.index()].stream, at), at);
  wake_at = at.now;
  effects.add(stream_fact(id, StreamStatus::kEnabled));
  carry_out(at);
}

// How many table files may be open at once: half of what the process may open, the rest is for
// connections.
Result<int> table_files_within_limit() {
  constexpr rlim_t kFewest = 256;
  constexpr rlim_t kMost = 1000;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return static_cast<int>(kMost);
  if (files.rlim_cur < kFewest) {
    return Error{Errc::kInput,
                 fmt::format("this process may open {} files; a data directory needs {} or more "
                             "(`ulimit -n`, `LimitNOFILE=`)",
                             files.rlim_cur, kFewest)};
  }
  return static_cast<int>(std::min(files.rlim_cur / 2, kMost));
}

Result<std::unique_ptr<NodeLoop>> NodeLoop::open(NodeConfig config) {
  OwnedFile lock;
  std::unique_ptr<RegionDatabase> database;
  if (!config.data.empty()) {
    DatabaseOptions options;
    if (config.environment == nullptr) {
      auto locked = lock_directory(config.data);
      if (!locked) return locked.error();
      lock = std::move(*locked);
      auto files = table_files_within_limit();
      if (!files) return files.error();
      options.table_files_open = *files;
    }
    options.path = config.data;
    options.cluster = config.cluster;
    options.region = config.region;
    options.regions = config.regions;
    options.write_buffer_bytes = config.write_buffer_bytes;
    options.cache_bytes = config.cache_bytes;
    options.environment = config.environment;
    for (const NodeTable& table : config.tables) options.tables.push_back(table);
    auto opened = RegionDatabase::open(std::move(options));
    if (!opened) return opened.error();
    database = std::move(*opened);
    config.tables = in_order_of(database->tables(), config.tables);
    if (config.tables.size() > kMaxTables) {
      return Error{
          Errc::kInput,
          fmt::format("{}: with those of the configuration there are {} tables; at most {} "
                      "are supported",
                      config.data, config.tables.size(), kMaxTables)};
    }
  } else if (config.journal) {
    return Error{Errc::kInput, "a journal needs a data directory"};
  }
  try {
    auto state = std::make_unique<State>(std::move(config), std::move(database));
    std::unique_ptr<NodeLoop> loop{new NodeLoop{std::move(state)}};
    State& made = *loop->state_;
    made.data_lock = std::move(lock);
    // The streams that the configuration asks for, once.
    for (std::size_t i = 0; i < made.table_count(); ++i) {
      const TableId id{static_cast<std::uint16_t>(i)};
      const NodeTable& spec = made.config.tables[i];
      TableReplica& table = made.table(id);
      if (table.status() != ReplicaStatus::kActive || !spec.stream) continue;
      if (made.saver.ever_saved(id)) continue;  // restored: it has what it has
      made.begin_stream(id);
    }
    return loop;
  } catch (const StorageDamage& damage) {
    return Error{Errc::kIo, damage.what()};
  }
}

}  // namespace gtsim
