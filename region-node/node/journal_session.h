// One session of a run (coordinator.proto, Run): calls in; journal entries, results and status
// answers out, in the order in which the loop tells them. Bounded: while much waits to be sent no
// further call is read, and past a limit the session ends once what waits has been sent.
//
// Threads: gRPC's for the stream, the loop's for what it tells.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <set>

#include "region-node/node/node_loop.h"

namespace gtsim {

class JournalSession;

// Keeps sessions alive until the loop has forgotten them.
class JournalSessions {
 public:
  explicit JournalSessions(NodeLoop& loop) : loop_(loop) {}

  // The reactor of a new session; deletes itself when the stream is done.
  [[nodiscard]] grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* open();

 private:
  friend class JournalSession;
  void close(const std::shared_ptr<JournalSession>& session);

  NodeLoop& loop_;
  std::mutex mutex_;
  std::set<std::shared_ptr<JournalSession>> sessions_;
};

}  // namespace gtsim
