// What /metrics tells: the service's metrics under their names, and some of our own.
// docs/operating.md explains each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "region-node/node/node_loop.h"

namespace gtsim {

// Plain values of one moment, so that the text is made away from the loop's thread.
struct MetricsSnapshot {
  struct Member {
    std::string table;
    std::string region;
    std::uint64_t pending = 0;  // changes that it has not acknowledged
  };
  struct Peer {
    std::string region;
    bool connected = false;
    std::uint64_t applied = 0;  // its changes, applied here
    Duration latest_lag{0};
  };
  struct Table {
    std::string name;
    std::uint64_t keys = 0;
    std::uint64_t stream_end = 0;
    std::uint64_t log_end = 0;
    std::optional<Duration> iterator_age;
  };
  std::string region;
  NodeState state = NodeState::kServing;
  NodeCounters counters;
  std::vector<Member> members;
  std::vector<Peer> peers;
  std::vector<Table> tables;
};

// On the loop's thread.
[[nodiscard]] MetricsSnapshot take_metrics(NodeLoop& loop);
// In the text format of Prometheus.
[[nodiscard]] std::string to_prometheus_text(const MetricsSnapshot& snapshot);
inline constexpr const char* kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace gtsim
