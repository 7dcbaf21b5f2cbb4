// Region nodes in this process, for tests of the coordinator's live side: the real state machine
// behind the real wire, with a network that delivers at once and a disk that is memory. They can do
// what a daemon should not: say nonsense, die between two words, or not answer.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/live/node_host.h"
#include "coordinator/scenario/scenario.h"
#include "proto/coordinator/v1/coordinator.pb.h"
#include "region-node/replica.h"
#include "region-node/table/memory_store.h"

namespace gtsim {

class FakeCluster;

class FakeRegionNode {
 public:
  FakeRegionNode(FakeCluster& cluster, RegionId region);
  ~FakeRegionNode();
  FakeRegionNode(const FakeRegionNode&) = delete;
  FakeRegionNode& operator=(const FakeRegionNode&) = delete;

  void start();  // listens, on the same port every time
  void stop();   // breaks everything off; what was told to nobody is told to the next session
  [[nodiscard]] std::string address() const;

  // Said to the session as it is.
  void say(const coordinator::v1::RunReport& report);
  // From now on calls are carried out, and neither records nor results are told. It stops only when
  // there is something that it has not told.
  void set_silent(bool silent);
  // Loses the item whose PK is this.
  void forget(const std::string& partition_key);

 private:
  friend class FakeCluster;
  struct Server;
  std::unique_ptr<Server> server_;
};

// Owns the nodes and is the host of a LiveCluster.
class FakeCluster final : public NodeHost {
 public:
  // `now`: instants of the nodes.
  FakeCluster(const Scenario& scenario, std::function<Instant()> now);
  ~FakeCluster() override;

  [[nodiscard]] FakeRegionNode& node(RegionId region) { return *nodes_[region.index()]; }

  [[nodiscard]] std::string control_address(RegionId region) const override;
  [[nodiscard]] std::string replication_address(RegionId region) const override;
  [[nodiscard]] Result<void> crash(RegionId region) override;
  [[nodiscard]] Result<void> begin_restart(RegionId region, const NodeTime& time) override;
  [[nodiscard]] Result<bool> restarted(RegionId region) override;
  [[nodiscard]] Result<void> set_frozen(RegionId region, bool frozen) override;
  [[nodiscard]] std::optional<std::string> ended(RegionId region) override;

  // Set by tests.
  std::optional<std::string> ended_by_itself;

 private:
  friend class FakeRegionNode;
  friend struct FakeRegionNode::Server;
  void tick();

  const Scenario& scenario_;
  std::function<Instant()> now_;
  std::recursive_mutex world_;  // everything below, and the nodes' state machines
  std::vector<std::unique_ptr<KeySpace>> keys_;
  std::vector<std::unique_ptr<FakeRegionNode>> nodes_;
  std::deque<Message> under_way_;
  bool delivering_ = false;
  bool ending_ = false;
  std::thread ticker_;
};

}  // namespace gtsim
