#include "region-node/transport/replication_server.h"

#include <fmt/format.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <vector>

namespace gtsim {
namespace {

// Streams that have not introduced themselves; an honest one does so at once, so when there are
// more the oldest goes.
constexpr std::size_t kMaxStrangers = 32;
constexpr std::size_t kMemoryQuotaBytes = 256u << 20;
constexpr std::chrono::milliseconds kShutdownPatience{300};

void limit(grpc::ServerBuilder& builder) {
  // One more than the protocol needs, so that our own words refuse what is too large by little.
  builder.SetMaxReceiveMessageSize(static_cast<int>(kMaxFrameBytes) + (1 << 20));
  builder.SetMaxSendMessageSize(1 << 20);
  builder.SetResourceQuota(grpc::ResourceQuota("replication").Resize(kMemoryQuotaBytes));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a taken address is an error
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 2);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8 << 10);
  // Connections without a stream, and those that do not even speak HTTP/2.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 10'000);
  // Peers that are gone without a word; theirs may ask us as often.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
}

// The port that was given in place of the one that was asked for.
std::string with_port(const std::string& address, int port) {
  const std::size_t colon = address.rfind(':');
  return fmt::format("{}:{}", address.substr(0, colon), port);
}

}  // namespace

Result<std::unique_ptr<ReplicationServer>> ReplicationServer::start(
    std::shared_ptr<TransportShared> shared, const TransportCredentials& credentials) {
  const std::string& listen = shared->config.replication_listen;
  std::unique_ptr<ReplicationServer> server(
      new ReplicationServer(std::move(shared), credentials.tls));
  grpc::ServerBuilder builder;
  limit(builder);
  int port = 0;
  builder.AddListeningPort(listen, credentials.server, &port);
  builder.RegisterService(&server->service_);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    server->server_.reset();
    return Error{Errc::kIo,
                 fmt::format("cannot listen for replication on {}: {}", listen,
                             credentials.tls
                                 ? "the address is taken or wrong, or the certificate, its key and "
                                   "the authority do not belong together"
                                 : "the address is taken or wrong")};
  }
  server->address_ = with_port(listen, port);
  return server;
}

void ReplicationServer::stop() {
  std::vector<std::shared_ptr<IncomingStream>> streams;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    streams.assign(strangers_.begin(), strangers_.end());
    for (const auto& [region, stream] : peers_) streams.push_back(stream);
  }
  if (server_ == nullptr) return;
  for (const auto& stream : streams) {
    stream->finish({grpc::StatusCode::UNAVAILABLE, "shutting down"});
  }
  server_->Shutdown(std::chrono::system_clock::now() + kShutdownPatience);
  server_.reset();
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ReplicationServer::accept(
    grpc::CallbackServerContext& context) {
  const auto stream = IncomingStream::start(shared_, *this, context, tls_);
  std::shared_ptr<IncomingStream> oldest;
  bool stopped = false;
  {
    const std::lock_guard lock(mutex_);
    stopped = stopped_;
    strangers_.push_back(stream);
    if (strangers_.size() > kMaxStrangers) {
      oldest = strangers_.front();
      strangers_.pop_front();
    }
  }
  if (stopped) stream->finish({grpc::StatusCode::UNAVAILABLE, "shutting down"});
  if (oldest != nullptr) {
    oldest->refuse({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many streams without Hello"});
  }
  return stream.get();
}

void ReplicationServer::on_introduced(const std::shared_ptr<IncomingStream>& stream,
                                      RegionId from) {
  std::shared_ptr<IncomingStream> older;
  {
    const std::lock_guard lock(mutex_);
    strangers_.erase(std::remove(strangers_.begin(), strangers_.end(), stream), strangers_.end());
    std::shared_ptr<IncomingStream>& current = peers_[from];
    older = std::exchange(current, stream);
  }
  if (older != nullptr) {
    older->refuse({grpc::StatusCode::ABORTED, "a newer stream of this region took the link over"});
  }
}

void ReplicationServer::on_done(IncomingStream& stream) {
  const auto same = [&](const std::shared_ptr<IncomingStream>& other) {
    return other.get() == &stream;
  };
  const std::lock_guard lock(mutex_);
  strangers_.erase(std::remove_if(strangers_.begin(), strangers_.end(), same), strangers_.end());
  std::erase_if(peers_, [&](const auto& peer) { return same(peer.second); });
}

}  // namespace gtsim
