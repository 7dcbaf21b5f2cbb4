// Where gRPC's threads leave what the region nodes say, and where the cluster's one thread picks it
// up. How much can wait here is bounded by the sessions: each stops reading when kMostWaiting of
// its reports have not been picked up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "proto/coordinator/v1/coordinator.pb.h"
#include "region-node/base/ids.h"

namespace gtsim {

struct Arrival {
  RegionId region;
  std::uint64_t session = 0;
  std::unique_ptr<coordinator::v1::RunReport> report;  // nothing: the session is over
  std::string why;                                     // it is over
  bool superseded = false;                             // another coordinator has taken over
};

class Inbox {
 public:
  void push(Arrival arrival) {
    {
      const std::lock_guard lock{mutex_};
      arrivals_.push_back(std::move(arrival));
    }
    arrived_.notify_one();
  }

  // Everything that is there; waits for something until then.
  [[nodiscard]] std::deque<Arrival> take(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock{mutex_};
    arrived_.wait_until(lock, until, [this] { return !arrivals_.empty(); });
    return std::exchange(arrivals_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Arrival> arrivals_;
};

}  // namespace gtsim
