// What ControlClient and RunSession share of gRPC.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "coordinator/live/control_client.h"
#include "proto/coordinator/v1/coordinator.grpc.pb.h"

namespace gtsim {

struct ControlClient::Channel {
  std::string address;
  std::unique_ptr<wire::RegionControl::Stub> stub;
};

}  // namespace gtsim
