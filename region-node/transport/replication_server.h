// The receiving end of replication: listens, lets a bounded number of strangers introduce
// themselves, and keeps one stream for each peer.
//
// Threads: any.
#pragma once

#include <grpcpp/server.h>

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "proto/replication/v1/replication.grpc.pb.h"
#include "region-node/transport/credentials.h"
#include "region-node/transport/incoming_stream.h"

namespace gtsim {

class ReplicationServer final : private StreamRegistry {
 public:
  // Listens at once. kIo when the address cannot be listened on.
  [[nodiscard]] static Result<std::unique_ptr<ReplicationServer>> start(
      std::shared_ptr<TransportShared> shared, const TransportCredentials& credentials);
  ~ReplicationServer() override { stop(); }

  [[nodiscard]] const std::string& address() const { return address_; }
  // Ends all streams with UNAVAILABLE and waits for gRPC to be done with them.
  void stop();

 private:
  using Base = replication::v1::Replication::WithRawCallbackMethod_Replicate<
      replication::v1::Replication::Service>;
  class Service final : public Base {
   public:
    explicit Service(ReplicationServer& server) : server_(server) {}
    grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Replicate(
        grpc::CallbackServerContext* context) override {
      return server_.accept(*context);
    }

   private:
    ReplicationServer& server_;
  };

  ReplicationServer(std::shared_ptr<TransportShared> shared, bool tls)
      : shared_(std::move(shared)), tls_(tls), service_(*this) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* accept(
      grpc::CallbackServerContext& context);
  void on_introduced(const std::shared_ptr<IncomingStream>& stream, RegionId from) override;
  void on_done(IncomingStream& stream) override;

  // Constant after construction.
  const std::shared_ptr<TransportShared> shared_;
  const bool tls_;
  Service service_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;

  std::mutex mutex_;  // guards what follows
  bool stopped_ = false;
  std::deque<std::shared_ptr<IncomingStream>> strangers_;  // oldest first
  std::map<RegionId, std::shared_ptr<IncomingStream>> peers_;
};

}  // namespace gtsim
