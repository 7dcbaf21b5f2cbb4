#include "region-node/node/control_service.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <utility>

#include "proto/coordinator/v1/coordinator.grpc.pb.h"
#include "region-node/node/control_decode.h"
#include "region-node/node/control_encode.h"
#include "region-node/node/control_orders.h"
#include "region-node/node/control_sources.h"
#include "region-node/node/journal_session.h"
#include "region-node/transport/credentials.h"

namespace gtsim {
namespace {

constexpr int kKeepAliveMs = 20'000;
constexpr int kKeepAliveTimeoutMs = 10'000;
constexpr int kMaxCallsPerConnection = 1000;

grpc::Status to_status(const Error& error) {
  const auto code = [&] {
    switch (error.code) {
      case Errc::kValidation:
      case Errc::kInput:
        return grpc::StatusCode::INVALID_ARGUMENT;
      case Errc::kResourceInUse:
        return grpc::StatusCode::FAILED_PRECONDITION;
      case Errc::kResourceNotFound:
        return grpc::StatusCode::NOT_FOUND;
      case Errc::kThrottled:
        return grpc::StatusCode::RESOURCE_EXHAUSTED;
      case Errc::kUnavailable:
        // Not UNAVAILABLE: the caller takes that for a node that cannot be reached.
        return grpc::StatusCode::ABORTED;
      default:
        return grpc::StatusCode::INTERNAL;
    }
  };
  return {code(), error.detail};
}

// The answer to a unary call, given once from any thread; the loop may also drop the work it is in.
class Answer {
 public:
  explicit Answer(grpc::ServerUnaryReactor* reactor) : reactor_(reactor) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() { finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the node is stopping")); }
  void finish(const grpc::Status& status) {
    if (reactor_ != nullptr) std::exchange(reactor_, nullptr)->Finish(status);
  }
  void finish(const Error& error) { finish(to_status(error)); }

 private:
  grpc::ServerUnaryReactor* reactor_;
};

using Generated = control::RegionControl;
// Messages of a run's session stay bytes: its entries are encoded already.
using Base = Generated::WithCallbackMethod_GetStatus<Generated::WithCallbackMethod_Execute<
    Generated::WithCallbackMethod_Write<Generated::WithCallbackMethod_GetItem<
        Generated::WithCallbackMethod_ScanTable<Generated::WithCallbackMethod_ReadStream<
            Generated::WithRawCallbackMethod_Run<Generated::Service>>>>>>>;

class Service final : public Base {
 public:
  explicit Service(NodeLoop& loop) : loop_(loop), sessions_(loop) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const control::GetStatusRequest* request,
                                      control::RegionStatus* status) override {
    // Asking for it a second time would make another one in its place.
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    auto answer = std::make_shared<Answer>(reactor);
    const bool with_digests = request->with_digests();
    loop_.post([answer, with_digests, status](NodeLoop& loop) {
      *status = encode_status(loop, with_digests);
      answer->finish(grpc::Status::OK);
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* Execute(grpc::CallbackServerContext* context,
                                    const control::Order* request,
                                    control::OrderResult* /*result*/) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    auto answer = std::make_shared<Answer>(reactor);
    auto order = decode_order(*request, loop_.config());
    if (!order) {
      answer->finish(order.error());
      return reactor;
    }
    loop_.post([answer, order = std::move(*order)](NodeLoop& loop) {
      carry_out(order, loop, [answer](const std::optional<Error>& refusal) {
        answer->finish(refusal ? to_status(*refusal) : grpc::Status::OK);
      });
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* Write(grpc::CallbackServerContext* context,
                                  const control::WriteCall* request,
                                  control::WriteResult* result) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    auto answer = std::make_shared<Answer>(reactor);
    auto decoded = decode_write(*request, loop_.config());
    if (!decoded) {
      answer->finish(decoded.error());
      return reactor;
    }
    auto write = std::make_shared<DecodedWrite>(std::move(*decoded));
    loop_.post([answer, write, result, this](NodeLoop& loop) {
      carry_out(std::move(*write), loop,
                [answer, result, this](const Result<OperationResults>& outcome, Instant) {
                  *result = encode_result(outcome, loop_.config());
                  answer->finish(grpc::Status::OK);
                });
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* GetItem(grpc::CallbackServerContext* context,
                                    const control::GetItemRequest* request,
                                    control::GetItemResult* result) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    auto answer = std::make_shared<Answer>(reactor);
    auto table = decode_table(request->table(), "table", loop_.config());
    if (!table) {
      answer->finish(table.error());
      return reactor;
    }
    auto key = decode_key(request->key(), "key", loop_.config().tables.get(*table)->key);
    if (!key) {
      answer->finish(key.error());
      return reactor;
    }
    loop_.post([answer, table = *table, key = std::move(*key), result](NodeLoop& loop) {
      KeyId id;
      // A question does not make a key known.
      const bool known = std::as_const(loop.keys(table)).find(key, id);
      static const StoredItem kNeverWritten;
      encode(known ? loop.replica().table(table).store().get(id) : kNeverWritten, key,
             loop.config(), result->mutable_item());
      loop.when_durable([answer](NodeLoop&) { answer->finish(grpc::Status::OK); });
    });
    return reactor;
  }

  grpc::ServerWriteReactor<control::ScanTablePage>* ScanTable(
      grpc::CallbackServerContext* /*context*/, const control::ScanTableRequest* request) override {
    return pages<control::ScanTablePage>(request->table(), scan_table);
  }
  grpc::ServerWriteReactor<control::ReadStreamPage>* ReadStream(
      grpc::CallbackServerContext* /*context*/,
      const control::ReadStreamRequest* request) override {
    return pages<control::ReadStreamPage>(request->table(), read_stream);
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Run(
      grpc::CallbackServerContext* /*context*/) override {
    return sessions_.open();
  }

 private:
  template <class Page>
  grpc::ServerWriteReactor<Page>* pages(const std::string& name,
                                        std::unique_ptr<PageSource<Page>> (*make_source)(TableId)) {
    class Refusal final : public grpc::ServerWriteReactor<Page> {
     public:
      explicit Refusal(const Error& error) { this->Finish(to_status(error)); }
      void OnDone() override { delete this; }
    };
    auto table = decode_table(name, "table", loop_.config());
    if (!table) return new Refusal(table.error());
    return new PageReactor<Page>(loop_, make_source(*table));
  }

  NodeLoop& loop_;
  JournalSessions sessions_;
};

class GrpcControlServer final : public ControlServer {
 public:
  explicit GrpcControlServer(NodeLoop& loop) : service_(loop) {}
  ~GrpcControlServer() override { GrpcControlServer::stop(); }

  Result<void> listen(const NodeConfig& config) {
    auto credentials = load_credentials(config.tls, config.region);
    if (!credentials) return credentials.error();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(config.control_listen, credentials->server, &port);
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(kMaxControlMessageBytes);
    // Without it two nodes would share a port, each with some of the connections.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCallsPerConnection);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepAliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepAliveTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return Error{Errc::kIo,
                   fmt::format("the control listener cannot listen on {}{}", config.control_listen,
                               config.tls ? ", or the certificates do not fit" : "")};
    }
    const std::string& asked = config.control_listen;
    listening_on_ = fmt::format("{}:{}", asked.substr(0, asked.rfind(':')), port);
    set_serving(false);
    return {};
  }

  [[nodiscard]] std::string listening_on() const override { return listening_on_; }

  void set_serving(bool serving) override {
    auto* const health = server_ == nullptr ? nullptr : server_->GetHealthCheckService();
    if (health == nullptr) return;
    health->SetServingStatus(serving);
    health->SetServingStatus(control::RegionControl::service_full_name(), serving);
  }

  void stop() override {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
    server_->Wait();
    server_.reset();
  }

 private:
  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::string listening_on_;
};

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::start(NodeLoop& loop) {
  auto server = std::make_unique<GrpcControlServer>(loop);
  if (auto listening = server->listen(loop.config()); !listening) return listening.error();
  return std::unique_ptr<ControlServer>(std::move(server));
}

}  // namespace gtsim
