#include "region-node/transport/replication_transport.h"

#include <utility>

#include "region-node/base/check.h"
#include "region-node/transport/library_log.h"
#include "region-node/transport/outgoing_link.h"
#include "region-node/transport/replication_server.h"

namespace gtsim {
namespace {

constexpr std::chrono::milliseconds kStopPatience{500};

class GrpcTransport final : public ReplicationTransport {
 public:
  GrpcTransport(std::shared_ptr<TransportShared> shared, std::unique_ptr<ReplicationServer> server,
                const TransportCredentials& credentials)
      : shared_(std::move(shared)), server_(std::move(server)) {
    const NodeConfig& config = shared_->config;
    links_.resize(config.regions.size());
    for (std::size_t i = 0; i < links_.size(); ++i) {
      const RegionId to{static_cast<std::uint16_t>(i)};
      if (to == shared_->self) continue;
      links_[i] = std::make_shared<OutgoingLink>(shared_, to, credentials.client);
      const auto peer = config.peers.find(config.regions[i]);
      if (peer != config.peers.end()) links_[i]->set_address(peer->second);
    }
  }
  ~GrpcTransport() override { stop(); }
  GrpcTransport(const GrpcTransport&) = delete;
  GrpcTransport& operator=(const GrpcTransport&) = delete;

  void set_peer(RegionId to, const std::string& address) override { link(to).set_address(address); }
  bool send(RegionId to, std::vector<Message> messages) override { return link(to).send(messages); }
  LinkState state(RegionId to) const override { return link(to).state(); }
  std::string listening_on() const override { return server_->address(); }
  void add_table(const NodeTable& table, KeySpace& keys) override {
    shared_->keys.push_back(&keys);
    shared_->config.tables.push_back(table);
    for (const auto& each : links_) {
      if (each != nullptr) each->add_table(keys);
    }
  }
  void define_anew(TableId table, const TableDefinition& definition) override {
    shared_->config.tables.define_anew(table, definition);
  }

  void stop() override {
    if (std::exchange(stopped_, true)) return;
    shared_->gate.close();
    for (const auto& each : links_) {
      if (each != nullptr) each->stop();
    }
    server_->stop();
    // Should gRPC need longer, what is left holds all that it touches.
    (void)shared_->outgoing_streams.wait_for_none(kStopPatience);
    shared_->timer.stop();
  }

 private:
  [[nodiscard]] OutgoingLink& link(RegionId to) const {
    CHECK(to.index() < links_.size());
    CHECK_DETAIL(links_[to.index()] != nullptr, "a region has no link to itself");
    return *links_[to.index()];
  }

  const std::shared_ptr<TransportShared> shared_;
  const std::unique_ptr<ReplicationServer> server_;
  std::vector<std::shared_ptr<OutgoingLink>> links_;  // by RegionId index; null: ourselves
  bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<ReplicationTransport>> start_replication_transport(
    const NodeConfig& config, std::vector<KeySpace*> keys, TransportListener& listener) {
  CHECK_DETAIL(keys.size() == config.tables.size(), "one key space for each table");
  quieten_library_logs();
  const Result<TransportCredentials> credentials = load_credentials(config.tls, config.region);
  if (!credentials) return credentials.error();
  auto shared = std::make_shared<TransportShared>(config, std::move(keys), listener);
  auto server = ReplicationServer::start(shared, *credentials);
  if (!server) return server.error();
  return std::make_unique<GrpcTransport>(std::move(shared), std::move(*server), *credentials);
}

}  // namespace gtsim
