// A run's session with one region node: commands out, reports in, both in order.
//
// Threads: the methods belong to the cluster's thread; reports go into the inbox from gRPC's.
#pragma once

#include <cstdint>
#include <memory>

#include "coordinator/live/control_client.h"
#include "coordinator/live/inbox.h"

namespace gtsim {

class RunSession {
 public:
  static constexpr std::size_t kMostWaiting = 256;  // reports read and not taken(), per session

  // Dials and says Attach. The inbox outlives the session. Ends with an Arrival without a report.
  RunSession(ControlClient& client, Inbox& inbox, RegionId region, std::uint64_t number,
             std::uint64_t next_entry);
  // Breaks the stream off; nothing of this session reaches the inbox afterwards.
  ~RunSession();
  RunSession(const RunSession&) = delete;
  RunSession& operator=(const RunSession&) = delete;

  void send(wire::RunCommand command);
  // One report of this session has been taken out of the inbox.
  void taken();

 private:
  class Reactor;
  std::unique_ptr<Reactor> reactor_;
};

}  // namespace gtsim
