#include "tests/fake_region_node.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>

#include "proto/coordinator/v1/coordinator.grpc.pb.h"
#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "region-node/control_plane/facts.h"
#include "region-node/item/canonical.h"
#include "region-node/node/control_decode.h"
#include "region-node/node/control_encode.h"
#include "region-node/node/run_journal.h"

namespace gtsim {

namespace wire = coordinator::v1;

// What a session has to say, written by its own thread.
struct FakeSession {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<wire::RunReport> reports;
  bool over = false;

  void say(wire::RunReport report) {
    const std::lock_guard lock{mutex};
    reports.push_back(std::move(report));
    changed.notify_all();
  }
  void end() {
    const std::lock_guard lock{mutex};
    over = true;
    changed.notify_all();
  }
};

struct FakeRegionNode::Server final : public wire::RegionControl::Service {
  Server(FakeCluster& the_cluster, RegionId region)
      : cluster(the_cluster), replica(region), links(the_cluster.scenario_.regions.size(), false) {
    for (const RegionSpec& spec : cluster.scenario_.regions) config.regions.push_back(spec.name);
    for (const TableSpec& spec : cluster.scenario_.tables) {
      NodeTable table;
      table.name = spec.name;
      config.tables.push_back(std::move(table));
    }
    for (auto& space : cluster.keys_) keys.push_back(space.get());
    for (std::size_t t = 0; t < cluster.scenario_.tables.size(); ++t) {
      const TableSpec& spec = cluster.scenario_.tables[t];
      TableOptions options;
      options.table = TableId{static_cast<std::uint16_t>(t)};
      options.region = region;
      stores.push_back(std::make_unique<MemoryStore>());
      TableReplica& table = replica.add_table(options, *cluster.keys_[t], *stores.back());
      if (std::find(spec.regions.begin(), spec.regions.end(), region) == spec.regions.end()) {
        table.set_status(ReplicaStatus::kAbsent);
        continue;
      }
      for (const RegionId other : spec.regions) {
        if (other != region) table.add_member(other, 0, 0);
      }
    }
    add_control();
    for (std::size_t t = 0; t < cluster.scenario_.tables.size(); ++t) {
      const TableSpec& spec = cluster.scenario_.tables[t];
      const TableId id{static_cast<std::uint16_t>(t)};
      if (!spec.stream || replica.table(id).status() == ReplicaStatus::kAbsent) continue;
      const Moment at = moment();
      replica.table(id).start_stream(stream_options(id, *spec.stream, at), at);
      Effects effects;
      effects.add(stream_fact(id, StreamStatus::kEnabled));
      carry_out(effects, at);
    }
  }

  [[nodiscard]] Moment moment() const {
    const Instant now = cluster.now_();
    return {now, cluster.scenario_.start + (now - Instant{}) + clock_offset};
  }
  [[nodiscard]] const std::string& name(RegionId region) const {
    return cluster.scenario_.regions[region.index()].name;
  }
  [[nodiscard]] std::optional<RegionId> find(const std::string& region) const {
    for (std::size_t i = 0; i < cluster.scenario_.regions.size(); ++i) {
      if (cluster.scenario_.regions[i].name == region) {
        return RegionId{static_cast<std::uint16_t>(i)};
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] TableId table(const std::string& called) const {
    for (std::size_t i = 0; i < cluster.scenario_.tables.size(); ++i) {
      if (cluster.scenario_.tables[i].name == called) {
        return TableId{static_cast<std::uint16_t>(i)};
      }
    }
    return TableId{0};
  }
  [[nodiscard]] KeyId key(TableId table_id, const std::string& bytes) const {
    return cluster.keys_[table_id.index()]->intern(
        bytes, partition_hash_of(cluster.scenario_.tables[table_id.index()].key, bytes));
  }

  // --- The journal
  void write_down(const std::vector<std::string>& entries) {
    for (const std::string& entry : entries) {
      CHECK(journal.emplace_back().ParseFromString(entry));
    }
    wrote_down.notify_all();
  }
  // `at`: when the call was that has filled them.
  void carry_out(Effects& effects, Moment at) {
    std::vector<std::string> entries;
    told_facts.encode(effects, at, journal.size(), entries);
    write_down(entries);
    for (const OrderReply& reply : effects.order_replies) answer(reply);
    for (Message& message : effects.messages) {
      if (!links[message.to.index()]) cluster.under_way_.push_back(std::move(message));
    }
    effects.clear();
    tell();
    deliver();
  }
  void tell() {
    if (!session || silent || told >= journal.size()) return;
    wire::RunReport report;
    for (; told < journal.size(); ++told) {
      *report.mutable_entries()->add_entries() = journal[told];
    }
    session->say(std::move(report));
  }
  void deliver() {
    if (cluster.delivering_) return;
    cluster.delivering_ = true;
    Effects effects;
    while (!cluster.under_way_.empty()) {
      Message message = std::move(cluster.under_way_.front());
      cluster.under_way_.pop_front();
      Server& to = *cluster.nodes_[message.to.index()]->server_;
      if (!to.up || to.frozen) continue;
      const Moment at = to.moment();
      if (message.kind == MessageKind::kControl) {
        to.control->receive(message, at, effects);
      } else {
        to.replica.receive(message, at, effects);
      }
      to.carry_out(effects, at);
    }
    cluster.delivering_ = false;
  }
  void tick() {
    if (!up || frozen) return;
    Effects effects;
    const Moment at = moment();
    replica.tick(at, effects);
    control->tick(at, effects);
    carry_out(effects, at);
  }
  void answer(const OrderReply& reply) {
    tell();
    if (!session || silent) return;
    wire::RunReport report;
    report.mutable_order()->set_id(reply.tag);
    report.mutable_order()->set_outcome(reply.refusal ? encode(order_outcome_of(*reply.refusal))
                                                      : wire::ORDER_TAKEN);
    if (reply.refusal) report.mutable_order()->set_detail(reply.refusal->detail);
    session->say(std::move(report));
  }
  void add_control() {
    ControlPlane::Options options;
    options.region_names = config.regions;
    for (const TableSpec& spec : cluster.scenario_.tables) {
      options.table_names.push_back(spec.name);
    }
    options.source_lock = cluster.scenario_.control_plane.source_lock;
    options.stream_options = [this](TableId id, StreamViewType view, Moment at) {
      return stream_options(id, view, at);
    };
    control = std::make_unique<ControlPlane>(std::move(options), replica);
    for (std::size_t t = 0; t < cluster.scenario_.tables.size(); ++t) {
      const TableId id{static_cast<std::uint16_t>(t)};
      if (replica.table(id).status() == ReplicaStatus::kAbsent) continue;
      control->found(id, cluster.scenario_.tables[t].regions);
    }
  }
  StreamOptions stream_options(TableId id, StreamViewType view, Moment at) {
    StreamOptions options;
    options.view = view;
    options.label = to_iso8601(at.clock, 3, false);
    options.salt = hash_bytes(options.label, journal.size());
    options.shards = cluster.scenario_.tables[id.index()].shards;
    options.shard_rollover = cluster.scenario_.tables[id.index()].shard_rollover;
    return options;
  }
  void tell_stream(const StreamEvent& event) {
    std::vector<std::string> entries;
    told_facts.encode(event, journal.size(), entries);
    write_down(entries);
  }

  // --- Calls
  wire::WriteResult carry_out(const wire::WriteCall& call) {
    WriteCall asked;
    asked.transaction = call.transaction();
    for (const wire::Write& write : call.writes()) {
      Operation& operation = asked.operations.emplace_back();
      operation.kind = static_cast<WriteKind>(static_cast<int>(write.kind()) - 1);
      operation.table = table(write.table());
      operation.key = key(operation.table, write.key());
      if (!write.image().empty()) operation.image = Image::make(write.image());
      if (operation.kind == WriteKind::kUpdate) operation.update = update_of(write);
      if (write.condition_size() > 0) operation.condition = condition_of(write);
    }
    Effects effects;
    const Moment at = moment();
    replica.write(std::move(asked), at, effects);
    const WriteReply reply = std::move(effects.replies.front());
    carry_out(effects, at);
    return encode_result(reply.outcome, config);
  }
  static std::shared_ptr<const Update> update_of(const wire::Write& write) {
    auto update = std::make_shared<Update>();
    if (!write.set().empty()) update->set = *decode_item(write.set());
    if (!write.add().empty()) {
      const Item numbers = *decode_item(write.add());
      for (const auto& [attribute, value] : numbers) {
        update->add.emplace(attribute, *value.get_if<Number>());
      }
    }
    update->remove.insert(write.remove().begin(), write.remove().end());
    return update;
  }
  static std::shared_ptr<const Condition> condition_of(const wire::Write& write) {
    auto condition = std::make_shared<Condition>();
    for (const wire::ConditionTerm& term : write.condition()) {
      ConditionTerm& made = condition->emplace_back();
      made.comparison = static_cast<gtsim::Comparison>(static_cast<int>(term.comparison()) - 1);
      made.attribute = term.attribute();
      if (!term.operand().empty()) made.operand = decode_item(term.operand())->at("v");
    }
    return condition;
  }

  wire::RegionStatus status() const {
    wire::RegionStatus out;
    out.set_region(name(replica.region()));
    out.set_now_us(cluster.now_().us);
    out.set_state("serving");
    out.set_idle(true);
    out.set_journal_end(journal.size());
    for (std::size_t t = 0; t < cluster.scenario_.tables.size(); ++t) {
      const TableReplica& from = replica.table(TableId{static_cast<std::uint16_t>(t)});
      wire::TableStatus& to = *out.add_tables();
      to.set_name(cluster.scenario_.tables[t].name);
      to.set_status(to_text(from.status()));
      to.set_log_end(from.sender().log_end());
      to.set_settled(control->idle(TableId{static_cast<std::uint16_t>(t)}));
      for (const RegionId member : from.sender().members()) {
        wire::MemberPosition& position = *to.add_members();
        position.set_region(name(member));
        position.set_acknowledged(from.sender().acknowledged_by(member));
        position.set_received(from.received_from(member));
        if (from.backfilling(member)) to.set_backfilling(true);
      }
    }
    return out;
  }

  // --- The service
  grpc::Status GetStatus(grpc::ServerContext*, const wire::GetStatusRequest*,
                         wire::RegionStatus* answer) override {
    const std::lock_guard lock{cluster.world_};
    *answer = status();
    return grpc::Status::OK;
  }

  grpc::Status Execute(grpc::ServerContext*, const wire::Order* order,
                       wire::OrderResult*) override {
    const std::lock_guard lock{cluster.world_};
    Effects effects;
    switch (order->kind_case()) {
      case wire::Order::kSetLink:
        if (order->set_link().restore()) links[find(order->set_link().to())->index()] = false;
        if (order->set_link().has_cut()) {
          links[find(order->set_link().to())->index()] = order->set_link().cut();
        }
        break;
      case wire::Order::kStepClock:
        clock_offset += Duration{order->step_clock().step_us()};
        break;
      case wire::Order::kSetPaused:
        replica.table(table(order->set_paused().table()))
            .set_paused(order->set_paused().paused(), moment(), effects);
        break;
      case wire::Order::kSplitShard: {
        const TableId where = table(order->split_shard().table());
        const Moment at = moment();
        Stream& stream = *replica.table(where).stream();
        const std::uint64_t hash = stream.widest_hash();
        stream.split(hash, at.now, at.clock);
        tell_stream({where, StreamEventKind::kSplit, at, hash, {}});
        break;
      }
      case wire::Order::kSetPeer:
        break;
      default:
        return {grpc::StatusCode::INVALID_ARGUMENT, "the fake does not know this order"};
    }
    carry_out(effects, moment());
    return grpc::Status::OK;
  }

  grpc::Status ScanTable(grpc::ServerContext*, const wire::ScanTableRequest* request,
                         grpc::ServerWriter<wire::ScanTablePage>* writer) override {
    const std::lock_guard lock{cluster.world_};
    const TableId where = table(request->table());
    wire::ScanTablePage page;
    for (std::uint32_t k = 0; k < stores[where.index()]->key_count(); ++k) {
      const StoredItem& item = stores[where.index()]->get(KeyId{k});
      if (!item.version.ever_written()) continue;
      encode(item, cluster.keys_[where.index()]->bytes(KeyId{k}), config, page.add_items());
    }
    writer->Write(page);
    return grpc::Status::OK;
  }

  grpc::Status ReadStream(grpc::ServerContext*, const wire::ReadStreamRequest* request,
                          grpc::ServerWriter<wire::ReadStreamPage>* writer) override {
    const std::lock_guard lock{cluster.world_};
    const TableId where = table(request->table());
    const Stream& stream = *replica.table(where).stream();
    std::map<std::string, wire::ReadStreamPage> pages;
    for (const wire::JournalEntry& past : journal) {
      if (!past.has_record() || past.record().table() != where.value()) continue;
      const std::string shard{stream.shard_id(
          past.record().number(),
          cluster.keys_[where.index()]->partition_hash(key(where, past.record().key())))};
      pages[shard].mutable_shard()->set_id(shard);
      *pages[shard].add_records() = past.record();
    }
    for (const auto& [shard, page] : pages) writer->Write(page);
    return grpc::Status::OK;
  }

  grpc::Status Run(grpc::ServerContext* context,
                   grpc::ServerReaderWriter<wire::RunReport, wire::RunCommand>* stream) override {
    const auto mine = std::make_shared<FakeSession>();
    std::thread writer{[&] {
      std::unique_lock lock{mine->mutex};
      for (;;) {
        mine->changed.wait(lock, [&] { return mine->over || !mine->reports.empty(); });
        if (mine->over) break;
        const wire::RunReport report = std::move(mine->reports.front());
        mine->reports.pop_front();
        lock.unlock();
        const bool written = stream->Write(report);
        lock.lock();
        if (!written) break;
      }
      context->TryCancel();
    }};
    wire::RunCommand command;
    while (stream->Read(&command)) obey(command, mine);
    {
      const std::lock_guard lock{cluster.world_};
      if (session == mine) session.reset();
    }
    mine->end();
    writer.join();
    return grpc::Status::OK;
  }

  void obey(const wire::RunCommand& command, const std::shared_ptr<FakeSession>& mine) {
    std::unique_lock awake{freezer};  // a frozen node reads nothing
    thawed.wait(awake, [this] { return !frozen; });
    awake.unlock();
    const std::lock_guard lock{cluster.world_};
    wire::RunReport report;
    if (command.has_attach()) {
      session = mine;
      told = command.attach().next_entry();
      report.mutable_attached()->set_next_entry(told);
      mine->say(std::move(report));
      tell();
    } else if (command.has_call()) {
      *report.mutable_result()->mutable_result() = carry_out(command.call().write());
      report.mutable_result()->set_id(command.call().id());
      report.mutable_result()->set_at_us(cluster.now_().us);
      if (!silent) mine->say(std::move(report));
    } else if (command.has_order()) {
      const auto order = decode_order(command.order().order(), config);
      CHECK(order);
      Effects effects;
      const Moment at = moment();
      control->order(std::get<ControlOrder>(*order), command.order().id(), at, effects);
      carry_out(effects, at);
    } else if (command.has_status()) {
      report.mutable_status()->set_id(command.status().id());
      *report.mutable_status()->mutable_status() = status();
      mine->say(std::move(report));
    }
  }

  FakeCluster& cluster;
  Replica replica;
  std::vector<std::unique_ptr<MemoryStore>> stores;
  NodeConfig config;  // names only
  std::unique_ptr<ControlPlane> control;
  std::vector<KeySpace*> keys;
  RunJournal told_facts{config, keys, replica};
  std::vector<wire::JournalEntry> journal;
  std::uint64_t told = 0;
  std::shared_ptr<FakeSession> session;
  std::vector<bool> links;  // by RegionId index: cut
  Duration clock_offset{0};
  bool up = false;
  bool silent = false;
  std::size_t silent_from = 0;  // entries there were when it became silent
  std::condition_variable_any wrote_down;
  std::mutex freezer;
  std::condition_variable thawed;
  bool frozen = false;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

FakeRegionNode::FakeRegionNode(FakeCluster& cluster, RegionId region)
    : server_(std::make_unique<Server>(cluster, region)) {}
FakeRegionNode::~FakeRegionNode() {
  stop();
}

void FakeRegionNode::start() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(server_->port),
                           grpc::InsecureServerCredentials(), &server_->port);
  builder.RegisterService(server_.get());
  server_->server = builder.BuildAndStart();
  CHECK(server_->server != nullptr);
  const std::lock_guard lock{server_->cluster.world_};
  server_->up = true;
  server_->silent = false;
}

void FakeRegionNode::stop() {
  if (!server_->server) return;
  {
    std::unique_lock lock{server_->cluster.world_};
    // A silent node dies with something that it has not told, however late that comes.
    const auto has_a_secret = [this] {
      return !server_->silent || server_->journal.size() > server_->silent_from;
    };
    server_->wrote_down.wait_for(lock, std::chrono::seconds{30}, has_a_secret);
    server_->up = false;
    if (server_->session) server_->session->end();
    server_->session.reset();
    server_->links.assign(server_->links.size(), false);
  }
  server_->server->Shutdown(std::chrono::system_clock::now());
  server_->server.reset();
}

std::string FakeRegionNode::address() const {
  return "127.0.0.1:" + std::to_string(server_->port);
}

void FakeRegionNode::say(const wire::RunReport& report) {
  const std::lock_guard lock{server_->cluster.world_};
  if (server_->session) server_->session->say(report);
}

void FakeRegionNode::set_silent(bool silent) {
  const std::lock_guard lock{server_->cluster.world_};
  server_->silent = silent;
  server_->silent_from = server_->journal.size();
}

void FakeRegionNode::forget(const std::string& partition_key) {
  const std::lock_guard lock{server_->cluster.world_};
  const std::string bytes = encode_item({{"PK", AttributeValue::string(partition_key)}});
  server_->stores[0]->put(server_->key(TableId{0}, bytes), {});
}

FakeCluster::FakeCluster(const Scenario& scenario, std::function<Instant()> now)
    : scenario_(scenario), now_(std::move(now)) {
  for (std::size_t i = 0; i < scenario.tables.size(); ++i) {
    keys_.push_back(std::make_unique<KeySpace>());
  }
  for (std::size_t i = 0; i < scenario.regions.size(); ++i) {
    nodes_.push_back(
        std::make_unique<FakeRegionNode>(*this, RegionId{static_cast<std::uint16_t>(i)}));
    nodes_.back()->start();
  }
  ticker_ = std::thread{[this] { tick(); }};
}

FakeCluster::~FakeCluster() {
  {
    const std::lock_guard lock{world_};
    ending_ = true;
  }
  ticker_.join();
  for (auto& node : nodes_) node->stop();
}

void FakeCluster::tick() {
  for (;;) {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    const std::lock_guard lock{world_};
    if (ending_) return;
    for (auto& node : nodes_) node->server_->tick();
  }
}

std::string FakeCluster::control_address(RegionId region) const {
  return nodes_[region.index()]->address();
}
std::string FakeCluster::replication_address(RegionId region) const {
  return nodes_[region.index()]->address();
}
Result<void> FakeCluster::crash(RegionId region) {
  static_cast<void>(set_frozen(region, false));
  nodes_[region.index()]->stop();
  return {};
}
Result<void> FakeCluster::begin_restart(RegionId region, const NodeTime&) {
  nodes_[region.index()]->start();
  return {};
}
Result<bool> FakeCluster::restarted(RegionId) {
  return true;
}
Result<void> FakeCluster::set_frozen(RegionId region, bool frozen) {
  FakeRegionNode::Server& server = *nodes_[region.index()]->server_;
  const std::lock_guard world{world_};
  const std::lock_guard lock{server.freezer};
  server.frozen = frozen;
  server.thawed.notify_all();
  return {};
}
std::optional<std::string> FakeCluster::ended(RegionId) {
  return ended_by_itself;
}

}  // namespace gtsim
