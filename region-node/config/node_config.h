// Everything a region node is told when it starts: from its command line and its configuration file
// (config_file.h). Names are resolved: regions are numbered in name order, tables as listed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/commit/sync_mode.h"
#include "region-node/config/node_tables.h"
#include "region-node/control_plane/control_order.h"
#include "region-node/replication/peer_cursor.h"

namespace leveldb {
class Env;
}

namespace gtsim {

struct TlsFiles {
  std::string certificate;  // PEM; of this node
  std::string key;
  std::string authority;  // who signs the certificates of this cluster
};

// Maps the machine's time to the node's. A run of a scenario starts at instant 0 and at the
// scenario's date, and may let time pass quicker; a plain daemon's instants are microseconds since
// 1970.
struct NodeTime {
  std::int64_t real_origin_us = 0;  // this real time, since 1970 …
  Instant instant_origin{0};        // … is this instant
  WallTime clock_origin{0};         // … and what a right clock shows then
  double rate = 1;                  // seconds here per real second
  Duration clock_offset{0};         // how wrong the region's clock is
  double drift_ppm = 0;
};

struct NodeConfig {
  std::string cluster = "gtsim";
  std::string region;                        // own name
  std::vector<std::string> regions;          // all of them, in byte order
  std::map<std::string, std::string> peers;  // region: host:port of its replication listener
  NodeTables tables;

  std::string data;  // directory; empty: in memory, nothing survives
  SyncMode sync = SyncMode::kAlways;
  bool journal = false;  // keep what happened for a run's session (coordinator.proto, Run)

  std::string replication_listen = "127.0.0.1:0";
  std::string http_listen = "127.0.0.1:0";
  std::string control_listen = "127.0.0.1:0";
  std::optional<TlsFiles> tls;

  // A new replica's source may not go for so long; see TableView.
  Duration source_lock = kSourceLock;
  DurationSet durations = DurationSet::kPlain;  // of what an order says nothing about
  ReplicationOptions replication{.batch = 256, .in_flight = 64, .batch_bytes = 1 << 20};
  NodeTime time;
  std::uint64_t seed = 1;  // of link faults and of stream identities

  // Bounds.
  std::size_t cache_bytes = 64u << 20;         // images kept in memory
  std::size_t write_buffer_bytes = 32u << 20;  // of LevelDB
  std::size_t waiting_calls = 100'000;         // writes not answered yet; more are refused
  Duration drain{5'000'000};                   // real time for the rest at a graceful stop

  // The disk; nothing: the machine's own. Tests of storage faults put another one here.
  leveldb::Env* environment = nullptr;
  // What the node has to say to the people who run it: about which peer, and what. On the loop.
  std::function<void(const std::string& region, const std::string& text)> notice;

  [[nodiscard]] RegionId self() const;  // REQUIRES: region is one of regions
};

}  // namespace gtsim
