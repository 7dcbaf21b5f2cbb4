// One peer's stream to us: its Hello is checked, then its frames are, and what passes goes to the
// listener. No more than kMaxFramesHeld frames are with the listener at a time: the next is read
// when one of them is destroyed, and HTTP/2's window holds up the peer meanwhile.
//
// Threads: any. gRPC calls the On functions; a stream lives until gRPC is done with it and no frame
// of it is left.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "region-node/transport/credentials.h"
#include "region-node/transport/hello.h"
#include "region-node/transport/transport_shared.h"

namespace gtsim {

class IncomingStream;

// Who is connected. Threads: any; called by streams without their lock.
class StreamRegistry {
 public:
  virtual ~StreamRegistry() = default;
  // The stream's Hello is accepted: an older one of the same region has to go.
  virtual void on_introduced(const std::shared_ptr<IncomingStream>& stream, RegionId from) = 0;
  virtual void on_done(IncomingStream& stream) = 0;
};

class IncomingStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                             public std::enable_shared_from_this<IncomingStream> {
 public:
  // Reads Hello; keeps itself until gRPC is done. `registry` outlives that.
  static std::shared_ptr<IncomingStream> start(std::shared_ptr<TransportShared> shared,
                                               StreamRegistry& registry,
                                               grpc::CallbackServerContext& context, bool tls);

  IncomingStream(std::shared_ptr<TransportShared> shared, StreamRegistry& registry,
                 grpc::CallbackServerContext& context, bool tls);
  ~IncomingStream() override;

  // Ends the stream, unless it has ended.
  void finish(const grpc::Status& status);
  // The same, and tells a person why.
  void refuse(const grpc::Status& status);

 private:
  class Frame;
  struct Received;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  [[nodiscard]] grpc::Status on_hello();
  [[nodiscard]] grpc::Status on_frame();
  [[nodiscard]] grpc::Status learn_tables(const replication::v1::Frame& frame);
  void welcome(const std::vector<std::shared_ptr<const TableDefinition>>& in_hello,
               const std::vector<LogPosition>& positions);
  void tell_if_strange(const TableDefinition& told);
  void release(std::unique_ptr<Received> received);

  // --- REQUIRES: mutex_ is held.
  void read_more();
  void write_credit();
  void write(const replication::v1::FromReceiver& message);
  [[nodiscard]] std::unique_ptr<Received> take_spare();

  // Constant after construction, or once Hello is accepted.
  const std::shared_ptr<TransportShared> shared_;
  StreamRegistry& registry_;
  const PeerCertificate certificate_;
  const std::string address_;  // of the peer
  // Replaced as a whole when tables come; frames keep the one that they were checked against.
  // Belongs to the read under way.
  std::shared_ptr<const FrameOrigin> origin_;
  RegionId from_;  // once Hello is accepted

  // Belong to the read and to the write under way.
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;

  std::mutex mutex_;                      // guards everything below
  grpc::CallbackServerContext* context_;  // null once gRPC is done
  std::shared_ptr<IncomingStream> self_;  // until gRPC is done
  bool introduced_ = false;               // Hello accepted
  bool welcomed_ = false;                 // Welcome written or on its way
  bool finished_ = false;                 // no more Start calls
  bool reading_ = false;  // a read is under way, or what it brought goes to the listener
  bool writing_ = false;
  int frames_held_ = 0;
  std::uint64_t frames_released_ = 0;
  std::uint64_t frames_credited_ = 0;
  std::vector<std::unique_ptr<Received>> spare_;
};

}  // namespace gtsim
