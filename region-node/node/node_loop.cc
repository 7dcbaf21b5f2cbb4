// The loop: work, time and peers in; the rest of the class is in the files beside this one.
#include "region-node/node/node_loop.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "region-node/node/node_loop_state.h"

namespace gtsim {
namespace {

// Even an idle loop looks around this often.
constexpr std::chrono::microseconds kLongestWait{1'000'000};
constexpr std::chrono::microseconds kDrainLook{5'000};

}  // namespace

NodeLoop::NodeLoop(std::unique_ptr<State> state) : state_(std::move(state)) {}

NodeLoop::~NodeLoop() {
  stop();
}

// ---------------------------------------------------------------- from any thread

bool NodeLoop::post(NodeWork work) {
  return state_->works.post(std::move(work));
}

Result<void> NodeLoop::start() {
  State& state = *state_;
  CHECK(!state.thread.joinable());
  if (state.database) {
    state.committer = std::make_unique<Committer>(
        *state.database, [this](const Result<void>& written, CommitBatch batch) {
          // Copied into the work: std::function wants what can be copied.
          auto carried = std::make_shared<CommitBatch>(std::move(batch));
          post([written, carried](NodeLoop& loop) {
            loop.state_->finish_write(written, std::move(*carried));
          });
        });
  }
  if (state.database) state.housekeeper = std::make_unique<Housekeeper>(*state.database);
  state.kept_house_at = std::chrono::steady_clock::now();
  auto transport = start_replication_transport(state.config, state.keys, *this);
  if (!transport) return transport.error();
  state.transport = std::move(*transport);
  for (const auto& [region, address] : state.config.peers) {
    if (const auto to = find_region(region)) state.transport->set_peer(*to, address);
  }
  state.thread = std::thread{[this] { state_->run(*this); }};
  // For whoever looks at the process: the first 15 characters are what Linux keeps.
  pthread_setname_np(state.thread.native_handle(), state.config.region.substr(0, 15).c_str());
  return {};
}

void NodeLoop::stop() {
  State& state = *state_;
  if (state.thread.joinable()) {
    const auto deadline = std::chrono::steady_clock::now() + state.config.drain;
    post([deadline](NodeLoop& loop) {
      if (loop.state_->state == NodeState::kServing) loop.state_->state = NodeState::kDraining;
      loop.state_->drain_until = deadline;
    });
    state.thread.join();
    state.works.close();
    state.refuse_waiting(
        Error{Errc::kIo, "the node has stopped; whether the write happened is not known"});
    if (state.transport) state.transport->stop();
  }
  state.housekeeper.reset();
  state.committer.reset();
  // What was allowed to wait for company need not be done again after the next start.
  if (state.database && state.state != NodeState::kFailed && state.database->has_pending()) {
    state.saver.save(state.replica, state.control.get(), *state.database);
    CommitBatch rest = state.database->take_batch();
    static_cast<void>(state.database->write(rest, /*sync=*/true));
  }
}

std::string NodeLoop::failure() const {
  const std::lock_guard lock{state_->failure_mutex};
  return state_->failure;
}

void NodeLoop::on_failure(std::function<void(const std::string&)> told) {
  const std::lock_guard lock{state_->failure_mutex};
  state_->told_failure = std::move(told);
}

const NodeConfig& NodeLoop::config() const {
  return state_->config;
}

std::string NodeLoop::replication_address() const {
  return state_->transport ? state_->transport->listening_on() : std::string{};
}

// ---------------------------------------------------------------- the loop

void NodeLoop::State::run(NodeLoop& loop) {
  std::vector<NodeWork> batch;
  while (!ending) {
    const Instant wake = next_wake();
    auto at_most = wake == kNever ? kLongestWait : std::min(kLongestWait, clock.real_until(wake));
    if (drain_until) at_most = std::min(at_most, kDrainLook);
    works.take(batch, at_most);
    try {
      for (NodeWork& work : batch) work(loop);
      batch.clear();
      if (drain_until) {
        ending = state == NodeState::kFailed || drained() ||
                 std::chrono::steady_clock::now() >= *drain_until;
      }
      if (state == NodeState::kFailed || ending) continue;
      const Instant now = clock.now();
      if (wake_at <= now) tick();
      if (shaper_at <= now) shaper_at = shaper.release(now);
      advance_commits(loop);
      send_released();
      keep_house();
      for (Store* store : stores) store->shrink();
    } catch (const StorageDamage& damage) {
      batch.clear();
      fail(damage.what());
    }
  }
}

Instant NodeLoop::State::next_wake() const {
  if (state == NodeState::kFailed) return kNever;
  // The end of a sync comes as work, and then the rest goes to the disk.
  return std::min({wake_at, shaper_at, pipeline.lazy_at()});
}

void NodeLoop::State::tick() {
  const Moment at = moment();
  wake_at = kNever;
  std::vector<std::uint64_t> opened(table_count());
  const auto shards_opened = [&](std::size_t i) {
    const Stream* stream = table(TableId{static_cast<std::uint16_t>(i)}).stream();
    return stream == nullptr ? 0 : stream->shards_opened();
  };
  for (std::size_t i = 0; i < opened.size(); ++i) opened[i] = shards_opened(i);
  replica.tick(at, effects);
  carry_out(at);
  for (std::size_t i = 0; i < opened.size(); ++i) {
    if (shards_opened(i) == opened[i]) continue;
    tell_stream({TableId{static_cast<std::uint16_t>(i)}, StreamEventKind::kRolledOver, at, 0, {}});
  }
  control->tick(at, effects);
  carry_out(at);
}

void NodeLoop::State::fail(const std::string& why) {
  if (state == NodeState::kFailed) return;
  state = NodeState::kFailed;
  ++counters.system_errors;
  refuse_waiting(Error{Errc::kIo, why + "; whether the write happened is not known"});
  std::function<void(const std::string&)> told;
  {
    const std::lock_guard lock{failure_mutex};
    failure = why;
    told = told_failure;
  }
  if (told) told(why);
}

bool NodeLoop::State::drained() const {
  if (!pipeline.idle() || !outgoing.empty()) return false;
  for (std::size_t i = 0; i < table_count(); ++i) {
    if (!replica.table(TableId{static_cast<std::uint16_t>(i)}).sender().drained()) return false;
  }
  return true;
}

// ---------------------------------------------------------------- applications

void NodeLoop::write(WriteCall call, WriteDone done) {
  State& state = *state_;
  const Moment at = state.moment();
  if (state.state != NodeState::kServing) {
    done(Error{Errc::kUnavailable, state.state == NodeState::kFailed
                                       ? "the node cannot serve: " + failure()
                                       : "the node is shutting down"},
         at.now);
    return;
  }
  if (state.callers.size() >= state.config.waiting_calls) {
    ++state.counters.throttled_requests;
    done(Error{Errc::kThrottled, "too many writes are waiting for the disk"}, at.now);
    return;
  }
  call.tag = state.callers.add(std::move(done));
  state.replica.write(std::move(call), at, state.effects);
  state.carry_out(at);
}

KeySpace& NodeLoop::keys(TableId table) {
  return *state_->keys[table.index()];
}

std::optional<TableId> NodeLoop::find_table(std::string_view name) const {
  return state_->config.tables.find(name);
}

std::optional<RegionId> NodeLoop::find_region(std::string_view name) const {
  const auto& regions = state_->config.regions;
  const auto found = std::find(regions.begin(), regions.end(), name);
  if (found == regions.end()) return std::nullopt;
  return RegionId{static_cast<std::uint16_t>(found - regions.begin())};
}

// ---------------------------------------------------------------- peers

void NodeLoop::on_frame(RegionId /*from*/, std::unique_ptr<IncomingFrame> frame) {
  std::shared_ptr<IncomingFrame> carried{std::move(frame)};
  post([carried](NodeLoop& loop) {
    State& state = *loop.state_;
    if (state.state == NodeState::kFailed) return;
    auto messages = carried->decode();
    if (!messages) return;  // the peer has been told
    for (const Message& message : *messages) {
      const Moment at = state.moment();
      if (message.kind == MessageKind::kControl) {
        state.receive_control(message, at);
      } else {
        state.replica.receive(message, at, state.effects);
      }
      state.carry_out(at);
    }
  });
}

void NodeLoop::on_hello(RegionId from, std::function<void(std::vector<LogPosition>)> answer) {
  post([from, answer = std::move(answer)](NodeLoop& loop) {
    std::vector<LogPosition> positions;
    for (std::size_t i = 0; i < loop.state_->table_count(); ++i) {
      const DurablePosition& position =
          loop.state_->pipeline.durable(TableId{static_cast<std::uint16_t>(i)});
      LogPosition& told = positions.emplace_back();
      if (from.index() >= position.received.size()) continue;
      told = {position.received[from.index()].floor(), position.received[from.index()].furthest()};
    }
    answer(std::move(positions));
  });
}

void NodeLoop::State::resend(TableId id, RegionId to, std::uint64_t received) {
  const Moment at = moment();
  table(id).on_reconnected(to, received, at, effects);
  carry_out(at);
}

void NodeLoop::on_connected(RegionId to, std::vector<LogPosition> positions) {
  post([to, positions = std::move(positions)](NodeLoop& loop) {
    State& state = *loop.state_;
    if (state.state == NodeState::kFailed) return;
    for (std::size_t i = 0; i < state.table_count() && i < positions.size(); ++i) {
      const TableReplica& table = state.table(TableId{static_cast<std::uint16_t>(i)});
      const auto& members = table.sender().members();
      if (std::find(members.begin(), members.end(), to) == members.end()) continue;
      if (positions[i].furthest > table.sender().log_end()) {
        state.fail(fmt::format(
            "{} has {} changes of table `{}` from here, but this data directory knows of {} only: "
            "it is older than what was replicated. Start with an empty directory under another "
            "region name, or bring the newer directory back",
            state.config.regions[to.index()], positions[i].furthest, state.config.tables[i].name,
            table.sender().log_end()));
        return;
      }
      state.resend(TableId{static_cast<std::uint16_t>(i)}, to, positions[i].received);
    }
  });
}

// What the full queue refused is known to be lost: it need not be missed first.
void NodeLoop::on_room(RegionId to) {
  post([to](NodeLoop& loop) {
    State& state = *loop.state_;
    if (state.state == NodeState::kFailed) return;
    for (std::size_t i = 0; i < state.table_count(); ++i) {
      state.resend(TableId{static_cast<std::uint16_t>(i)}, to, 0);
    }
  });
}

void NodeLoop::on_notice(RegionId peer, std::string text) {
  post([peer, text = std::move(text)](NodeLoop& loop) {
    const State& state = *loop.state_;
    if (state.config.notice) state.config.notice(state.config.regions[peer.index()], text);
  });
}

}  // namespace gtsim
