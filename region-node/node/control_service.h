// The control listener of a region node: proto/coordinator/v1 and grpc.health.v1. docs/operating.md
// says who may reach it.
//
// Threads: gRPC's own; the region's state is touched in work posted to the loop only.
#pragma once

#include <memory>
#include <string>

#include "region-node/base/result.h"
#include "region-node/node/node_loop.h"

namespace gtsim {

inline constexpr int kMaxControlMessageBytes = 8 << 20;

class ControlServer {
 public:
  // Listens at once, as config().control_listen and .tls say. `loop` outlives the server. kIo when
  // the address is taken or a certificate cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<ControlServer>> start(NodeLoop& loop);
  virtual ~ControlServer() = default;  // stops

  [[nodiscard]] virtual std::string listening_on() const = 0;  // host:port
  // What grpc.health.v1 answers; at first NOT_SERVING.
  virtual void set_serving(bool serving) = 0;
  // Breaks off what is left after a second. The loop has been stopped before: its sessions hear of
  // everything that becomes durable until then.
  virtual void stop() = 0;
};

}  // namespace gtsim
