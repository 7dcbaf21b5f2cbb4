// A region's tables: as the scenario founds them, and with a database as the disk has them after a
// crash. With a database the very code of the daemon keeps items, logs, streams and cursors.
#include <algorithm>

#include "coordinator/cluster/replication_options.h"
#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {
namespace {

// Small, so that scenarios compact and read back too.
constexpr std::size_t kWriteBufferBytes = 256u << 10;
constexpr std::size_t kCacheBytes = 1u << 20;

}  // namespace

void SimCluster::open_disk(RegionRuntime& region, Random random) {
  DatabaseOptions options;
  options.region = scenario_.regions[region.replica.region().index()].name;
  options.path = "/" + options.region;
  options.cluster = "simulation";
  for (const RegionSpec& each : scenario_.regions) options.regions.push_back(each.name);
  for (const TableSpec& each : scenario_.tables) {
    options.tables.push_back({.name = each.name, .key = each.key});
  }
  for (const auto& keys : keys_) options.keys.push_back(keys.get());
  options.write_buffer_bytes = kWriteBufferBytes;
  options.cache_bytes = kCacheBytes;
  region.disk = std::make_unique<RegionDisk>(
      std::move(options), random,
      [this, self = region.replica.region()](TableId table, KeyId key, const std::string& text) {
        for (ClusterObserver* observer : observers_) {
          observer->on_storage_mismatch(now_, self, table, key, text);
        }
      });
  region.disk->environment().set_faults(options_.storage_faults);
}

TableOptions SimCluster::table_options(RegionId region, TableId table) const {
  const TableSpec& spec = scenario_.tables[table.index()];
  TableOptions options;
  options.table = table;
  options.region = region;
  if (spec.ttl) {
    options.ttl = TtlOptions{spec.ttl->attribute, spec.ttl->delay, spec.ttl->every_region,
                             hash_bytes("ttl", options_.seed)};
  }
  options.replication = replication_options(scenario_.replication);
  options.records_for_backfill = spec.records_for_backfill;
  options.origin_record_time = spec.origin_record_time;
  return options;
}

void SimCluster::add_tables(RegionRuntime& region) {
  const RegionId self = region.replica.region();
  for (std::size_t i = 0; i < scenario_.tables.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    TableOptions options = table_options(self, table);
    std::optional<TableSnapshot> saved;
    if (region.disk) {
      options.storage = &region.disk->storage(table);
      saved = region.disk->take_saved(table);
    } else {
      region.stores.push_back(std::make_unique<MemoryStore>());
    }
    Store& store = region.disk ? region.disk->store(table) : *region.stores.back();
    TableReplica& replica = region.replica.add_table(std::move(options), *keys_[i], store);
    const auto& capacity = scenario_.tables[i].write_capacity;
    if (!capacity.empty()) replica.set_capacity(capacity[self.index()], now_);
    if (saved) {
      replica.restore(std::move(*saved));
    } else {
      found_table(region, table);
    }
  }
  add_control(region);
}

void SimCluster::found_table(RegionRuntime& region, TableId table) {
  const TableSpec& spec = scenario_.tables[table.index()];
  const RegionId self = region.replica.region();
  TableReplica& replica = region.replica.table(table);
  const bool member =
      std::find(spec.regions.begin(), spec.regions.end(), self) != spec.regions.end();
  replica.set_status(member ? ReplicaStatus::kActive : ReplicaStatus::kAbsent);
  if (!member) return;
  for (const RegionId other : spec.regions) {
    if (other != self) replica.add_member(other, 0, 0);
  }
  if (!spec.stream) return;
  const Moment at = moment(region);
  replica.start_stream(stream_options(self, table, *spec.stream, at), at);
  for (ClusterObserver* observer : observers_) {
    observer->on_stream_status(now_, self, table, StreamStatus::kEnabled);
  }
}

// What a new region is founded with, and what its disk already says, are there before time begins.
void SimCluster::commit_at_once(RegionRuntime& region) {
  const CommitPipeline::Pending all{true, 0};
  CHECK(region.pipeline->next(region.replica, all, now_) == CommitPipeline::Step::kWrite);
  begin_write(region);
  CHECK(finish_write(region));
  advance_commits(region);
}

// What was done to regions from outside goes to the disk, unless a group is on its way already.
void SimCluster::commit_orders() {
  for (auto& region : regions_) {
    if (region->pipeline) advance_commits(*region);
  }
}

// The power goes, the program with it; all there is after that is what the disk has. It is opened
// at once, so that it can be looked at while the region is down.
void SimCluster::crash_disk(RegionRuntime& region, CommitPipeline::Lost& lost) {
  Replica before = std::move(region.replica);
  const RegionId self = before.region();
  CommitBatch* writing =
      lost.was_writing && !region.disk->refused() ? &region.writing_batch : nullptr;
  const bool survived = region.disk->crash(options_.power_cut, writing);
  region.replica = Replica{self};
  add_tables(region);
  region.pipeline->reset(region.replica);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const TableId id{static_cast<std::uint16_t>(i)};
    TableReplica& table = region.replica.table(id);
    table.take_stream_addresses(before.table(id));
    if (before.table(id).paused()) table.set_paused(true, moment(region), effects_);
  }
  effects_.clear();
  // Whoever hears of them finds the streams where they were.
  tell_survivors(region, lost.written);
  if (survived) tell_survivors(region, lost.under_way);
}

}  // namespace gtsim
