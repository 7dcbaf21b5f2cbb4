#include "region-node/node/metrics.h"

#include <prometheus/text_serializer.h>

#include <utility>

namespace gtsim {
namespace {

using Label = prometheus::ClientMetric::Label;
using prometheus::MetricType;

class Families {
 public:
  explicit Families(std::string region) : region_(std::move(region)) {}

  // Starts a metric; value() adds to the newest.
  Families& metric(const char* name, MetricType type, const char* help) {
    prometheus::MetricFamily& family = families_.emplace_back();
    family.name = std::string("gtsim_") + name;
    family.help = help;
    family.type = type;
    return *this;
  }
  Families& value(double number, std::vector<Label> labels = {}) {
    prometheus::MetricFamily& family = families_.back();
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    metric.label.push_back({"region", region_});
    for (Label& label : labels) metric.label.push_back(std::move(label));
    metric.counter.value = number;
    metric.gauge.value = number;
    return *this;
  }
  Families& value(std::uint64_t number, std::vector<Label> labels = {}) {
    return value(static_cast<double>(number), std::move(labels));
  }

  void counter(const char* name, const char* help, std::uint64_t number) {
    metric(name, MetricType::Counter, help).value(number);
  }

  [[nodiscard]] std::string text() const {
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  const std::string region_;
  std::vector<prometheus::MetricFamily> families_;
};

void add_requests(Families& out, const NodeCounters& counters) {
  out.counter("SuccessfulRequests_total", "Writes of applications that succeeded.",
              counters.writes_ok);
  out.counter("UnchangedWrites_total", "Of these, writes that left the item as it was.",
              counters.writes_unchanged);
  out.counter("UserErrors_total", "Writes that the service would answer with HTTP 400.",
              counters.user_errors);
  out.counter("ConditionalCheckFailedRequests_total", "Writes whose condition did not hold.",
              counters.condition_failed);
  out.metric("ThrottledRequests_total", MetricType::Counter,
             "Writes held up by write capacity: of applications (refused) and of replication "
             "(they wait).")
      .value(counters.throttled_requests, {{"source", "application"}})
      .value(counters.throttled_changes, {{"source", "replication"}});
  out.counter("SystemErrors_total", "Failures of the node itself.", counters.system_errors);
  out.counter("TimeToLiveDeletedItemCount_total", "Expired items that this region deleted.",
              counters.ttl_deletes);
}

void add_replication(Families& out, const MetricsSnapshot& snapshot) {
  out.metric("ReplicationLatency_seconds", MetricType::Gauge,
             "From the write in the sending region to its commit here, of the newest change that "
             "came; absent before the first.");
  for (const auto& peer : snapshot.peers) {
    if (peer.applied == 0) continue;
    out.value(static_cast<double>(peer.latest_lag.count()) / 1e6,
              {{"sending_region", peer.region}});
  }
  out.metric("PendingReplicationCount", MetricType::Gauge,
             "Changes of this region that the receiving region has not acknowledged.");
  for (const auto& member : snapshot.members) {
    out.value(member.pending, {{"table", member.table}, {"receiving_region", member.region}});
  }
  out.metric("ReplicatedChanges_total", MetricType::Counter,
             "Changes of the sending region that were applied here.");
  for (const auto& peer : snapshot.peers) {
    out.value(peer.applied, {{"sending_region", peer.region}});
  }
  out.counter("ReplicationDiscards_total",
              "Replicated changes that came too late to be applied: something newer was held.",
              snapshot.counters.discards);
  out.metric("ReplicationConnected", MetricType::Gauge,
             "1 while the stream to the receiving region stands.");
  for (const auto& peer : snapshot.peers) {
    out.value(peer.connected ? 1.0 : 0.0, {{"receiving_region", peer.region}});
  }
}

void add_tables(Families& out, const MetricsSnapshot& snapshot) {
  out.metric("Keys", MetricType::Gauge, "Primary keys ever written, tombstones included.");
  for (const auto& table : snapshot.tables) out.value(table.keys, {{"table", table.name}});
  out.metric("StreamPosition", MetricType::Counter,
             "Records of the table's current stream that are durable.");
  for (const auto& table : snapshot.tables) out.value(table.stream_end, {{"table", table.name}});
  out.metric("IteratorAge_seconds", MetricType::Gauge,
             "How old the last record was that a reader of the stream was given; absent before the "
             "first.");
  for (const auto& table : snapshot.tables) {
    if (!table.iterator_age) continue;
    out.value(static_cast<double>(table.iterator_age->count()) / 1e6, {{"table", table.name}});
  }
  out.metric("LogPosition", MetricType::Counter,
             "Changes of this region to the table that are durable.");
  for (const auto& table : snapshot.tables) out.value(table.log_end, {{"table", table.name}});
}

}  // namespace

MetricsSnapshot take_metrics(NodeLoop& loop) {
  const NodeConfig& config = loop.config();
  MetricsSnapshot out;
  out.region = config.region;
  out.state = loop.state();
  out.counters = loop.counters();
  for (std::size_t i = 0; i < config.tables.size(); ++i) {
    const TableId id(static_cast<std::uint16_t>(i));
    const Sender& sender = loop.replica().table(id).sender();
    const std::string& name = config.tables[i].name;
    const DurablePosition& durable = loop.durable(id);
    out.tables.push_back({name, loop.keys(id).size(),
                          loop.replica().table(id).readable(durable).end, durable.log_end,
                          out.counters.iterator_age[i]});
    for (const RegionId member : sender.members()) {
      out.members.push_back({name, config.regions[member.index()],
                             sender.log_end() - sender.acknowledged_by(member)});
    }
  }
  for (std::size_t i = 0; i < config.regions.size(); ++i) {
    const RegionId region(static_cast<std::uint16_t>(i));
    if (region == config.self()) continue;
    MetricsSnapshot::Peer peer{config.regions[i], loop.link_state(region).connected, 0, {}};
    if (i < out.counters.applied_from.size()) peer.applied = out.counters.applied_from[i];
    if (i < out.counters.latest_lag_from.size()) peer.latest_lag = out.counters.latest_lag_from[i];
    out.peers.push_back(std::move(peer));
  }
  return out;
}

std::string to_prometheus_text(const MetricsSnapshot& snapshot) {
  Families out(snapshot.region);
  out.metric("Serving", MetricType::Gauge, "1 while the node serves, 0 while it drains or failed.")
      .value(snapshot.state == NodeState::kServing ? 1.0 : 0.0);
  add_requests(out, snapshot.counters);
  out.counter("IncomingRecords_total", "Records written to the streams of this region.",
              snapshot.counters.records);
  out.counter("ReturnedRecordsCount_total", "Records that readers of streams were given.",
              snapshot.counters.records_returned);
  add_replication(out, snapshot);
  add_tables(out, snapshot);
  out.counter("Commits_total", "Groups of writes that became durable together.",
              snapshot.counters.commits);
  out.counter("CommittedBytes_total", "Bytes handed to the store.",
              snapshot.counters.committed_bytes);
  return out.text();
}

}  // namespace gtsim
