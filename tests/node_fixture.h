// Live nodes in one process, over loopback, driven as a coordinator would: for tests of the loop
// and of what nodes do together.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "region-node/node/node_loop.h"
#include "tests/node_write.h"
#include "tests/order_item.h"
#include "tests/temporary_directory.h"

namespace gtsim {

inline NodeConfig node_config(std::size_t index, const std::string& data,
                              std::vector<std::string> regions) {
  NodeConfig config;
  config.cluster = "test";
  config.region = regions[index];
  config.regions = std::move(regions);
  config.data = data;
  config.sync = SyncMode::kAlways;
  config.drain = Duration{2'000'000};
  // A lost message is missed sooner than in production.
  config.replication.retry = Duration{100'000};
  NodeTable table;
  table.name = "orders";
  table.key = order_key();
  for (std::size_t i = 0; i < config.regions.size(); ++i) {
    table.regions.push_back(RegionId{static_cast<std::uint16_t>(i)});
  }
  config.tables = {table};
  return config;
}

// One node; its loop is asked by ask(), which waits for the answer.
class TestNode {
 public:
  explicit TestNode(NodeConfig config) : config_(std::move(config)) { start(); }

  void start() {
    auto opened = NodeLoop::open(config_);
    ASSERT_TRUE(opened) << opened.error().detail;
    loop_ = std::move(*opened);
    auto started = loop_->start();
    ASSERT_TRUE(started) << started.error().detail;
    config_.replication_listen = loop_->replication_address();  // the same after a restart
  }
  void stop() { loop_.reset(); }
  [[nodiscard]] NodeLoop& loop() { return *loop_; }
  [[nodiscard]] NodeConfig& config() { return config_; }

  template <class T>
  T ask(std::function<T(NodeLoop&)> question) {
    struct Answer {
      std::mutex mutex;
      std::condition_variable given;
      std::optional<T> value;
    };
    auto answer = std::make_shared<Answer>();
    loop_->post([answer, question = std::move(question)](NodeLoop& loop) {
      T value = question(loop);
      const std::lock_guard lock{answer->mutex};
      answer->value = std::move(value);
      answer->given.notify_one();
    });
    std::unique_lock lock{answer->mutex};
    const bool in_time = answer->given.wait_for(lock, std::chrono::seconds{30},
                                                [&] { return answer->value.has_value(); });
    EXPECT_TRUE(in_time) << "the loop of " << config_.region << " does not answer";
    return answer->value.value_or(T{});
  }

  // The error's text, or empty.
  std::string put(int number, const std::string& payload) {
    struct Answer {
      std::mutex mutex;
      std::condition_variable given;
      std::optional<std::string> error;
    };
    auto answer = std::make_shared<Answer>();
    loop_->post([answer, number, payload](NodeLoop& loop) {
      const auto key = static_cast<std::uint64_t>(number);
      loop.write(put_of(loop, kOrders, order_key_bytes(key), order_image(key, payload)),
                 [answer](const Result<OperationResults>& outcome, Instant) {
                   const std::lock_guard lock{answer->mutex};
                   answer->error = outcome ? "" : outcome.error().detail;
                   answer->given.notify_one();
                 });
    });
    std::unique_lock lock{answer->mutex};
    if (!answer->given.wait_for(lock, std::chrono::seconds{30},
                                [&] { return answer->error.has_value(); })) {
      return "no answer";
    }
    return *answer->error;
  }

  // What the loop holds for the key: the payload, or nothing.
  std::string get(int number) {
    return ask<std::string>([number](NodeLoop& loop) -> std::string {
      KeyId key;
      const std::string key_bytes = order_key_bytes(static_cast<std::uint64_t>(number));
      if (!loop.keys(kOrders).find(key_bytes, key)) return "";
      const StoredItem& held = loop.replica().table(kOrders).store().get(key);
      if (!held.image) return "";
      return *decode_item(held.image.bytes())->find("payload")->second.get_if<std::string>();
    });
  }
  std::uint64_t digest() {
    return ask<std::uint64_t>([](NodeLoop& loop) { return loop.digest(kOrders).value; });
  }
  bool drained() {
    return ask<bool>([](NodeLoop& loop) {
      return loop.idle() && loop.replica().table(kOrders).sender().drained();
    });
  }

 private:
  NodeConfig config_;
  std::unique_ptr<NodeLoop> loop_;
};

// Until `holds` is true, at most half a minute.
inline bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (std::chrono::steady_clock::now() < deadline) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return holds();
}

// Regions that know one another.
class TestCluster {
 public:
  explicit TestCluster(std::vector<std::string> regions,
                       const std::function<void(NodeConfig&)>& adjust = nullptr) {
    for (std::size_t i = 0; i < regions.size(); ++i) {
      NodeConfig config = node_config(i, directory_.path() + "/" + regions[i], regions);
      if (adjust) adjust(config);
      nodes_.push_back(std::make_unique<TestNode>(std::move(config)));
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) introduce(i);
  }
  // Tells everybody where node `i` is, and it where they are.
  void introduce(std::size_t i) {
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
      if (other == i) continue;
      tell(i, other);
      tell(other, i);
    }
  }
  void cut(std::size_t from, std::size_t to, bool cut) {
    nodes_[from]->ask<bool>([to, cut](NodeLoop& loop) {
      loop.set_link(id(to), cut, {}, false);
      return true;
    });
  }
  [[nodiscard]] TestNode& operator[](std::size_t i) { return *nodes_[i]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  bool converged() {
    return eventually([this] {
      for (auto& node : nodes_) {
        if (!node->drained()) return false;
      }
      for (auto& node : nodes_) {
        if (node->digest() != nodes_.front()->digest()) return false;
      }
      return true;
    });
  }
  static RegionId id(std::size_t i) { return RegionId{static_cast<std::uint16_t>(i)}; }

 private:
  void tell(std::size_t whom, std::size_t about) {
    const std::string address = nodes_[about]->loop().replication_address();
    nodes_[whom]->loop().post(
        [about, address](NodeLoop& loop) { loop.set_peer(id(about), address); });
  }

  TemporaryDirectory directory_;
  std::vector<std::unique_ptr<TestNode>> nodes_;
};

}  // namespace gtsim
