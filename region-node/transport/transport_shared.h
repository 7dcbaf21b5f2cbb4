// What all links and streams of one transport share.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "region-node/config/node_config.h"
#include "region-node/table/key_space.h"
#include "region-node/transport/replication_transport.h"
#include "region-node/transport/timer.h"

namespace gtsim {

// Lets callbacks through to the listener until it is closed. Threads: any; a callback must not lead
// to another one on the same thread, nor close the gate.
class ListenerGate {
 public:
  explicit ListenerGate(TransportListener& listener) : listener_(listener) {}

  template <class Call>
  void pass(Call&& call) {
    const std::shared_lock lock(mutex_);
    if (!closed_) call(listener_);
  }
  // Waits for callbacks under way; none comes after it.
  void close() {
    const std::unique_lock lock(mutex_);
    closed_ = true;
  }

 private:
  TransportListener& listener_;
  std::shared_mutex mutex_;
  bool closed_ = false;
};

// Tells a person what happened, but not more often than somebody can read: whoever dials us must
// not be able to fill the log. Threads: any.
class Notices {
 public:
  explicit Notices(ListenerGate& gate) : gate_(gate) {}
  void tell(RegionId peer, std::string text);

 private:
  static constexpr int kAtOnce = 20;
  static constexpr std::chrono::seconds kWindow{10};

  ListenerGate& gate_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point window_start_{};
  int told_ = 0;  // in this window
  std::uint64_t left_out_ = 0;
};

// How many objects that gRPC calls back are still there. Threads: any.
class LiveCount {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) none_.notify_all();
  }
  // False when some are left after `patience`.
  [[nodiscard]] bool wait_for_none(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

struct TransportShared {
  TransportShared(NodeConfig node_config, std::vector<KeySpace*> key_spaces,
                  TransportListener& listener)
      : config(std::move(node_config)),
        self(number_of(config)),
        keys(std::move(key_spaces)),
        gate(listener) {}
  // REQUIRES: the configuration's region is one of its regions.
  [[nodiscard]] static RegionId number_of(const NodeConfig& config);

  NodeConfig config;  // only its tables change
  const RegionId self;
  std::vector<KeySpace*> keys;  // by TableId index; on the loop's thread only
  ListenerGate gate;
  Notices about_links{gate};      // ours
  Notices about_strangers{gate};  // those that dial us: a limit of their own
  LiveCount outgoing_streams;
  Timer timer;
};

}  // namespace gtsim
