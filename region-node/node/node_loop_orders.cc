// Orders of the coordinator, and looking in.
#include <fmt/format.h>

#include <algorithm>

#include "region-node/base/hash.h"
#include "region-node/node/node_loop_state.h"

namespace gtsim {
namespace {

constexpr std::size_t kMostWaitingOrders = 1'000;

}  // namespace

void NodeLoop::set_peer(RegionId to, const std::string& address) {
  if (state_->transport) state_->transport->set_peer(to, address);
}

void NodeLoop::set_link(RegionId to, std::optional<bool> cut, const LinkSettings& settings,
                        bool restore) {
  state_->shaper.set(to, cut, settings, restore);
}

void NodeLoop::step_clock(Duration step, std::optional<double> drift_ppm) {
  state_->clock.step(step, drift_ppm);
  state_->tick();  // TTL may be due at once
}

void NodeLoop::set_paused(std::optional<TableId> table, bool paused) {
  State& state = *state_;
  for (std::size_t i = 0; i < state.table_count(); ++i) {
    const TableId id{static_cast<std::uint16_t>(i)};
    if (table && *table != id) continue;
    const Moment at = state.moment();
    state.table(id).set_paused(paused, at, state.effects);
    state.carry_out(at);
  }
}

void NodeLoop::set_capacity(TableId table, std::optional<std::int64_t> units_per_second) {
  const Moment at = state_->moment();
  state_->control->set_write_capacity(table, units_per_second, at.now);
  state_->pipeline.add_change();
  state_->carry_out(at);
}

void NodeLoop::split_shard(TableId table_id) {
  State& state = *state_;
  Stream* stream = state.table(table_id).stream();
  if (stream == nullptr || !stream->accepts_records()) return;
  const Moment at = state.moment();
  const std::uint64_t hash = stream->widest_hash();
  stream->split(hash, at.now, at.clock);
  state.tell_stream({table_id, StreamEventKind::kSplit, at, hash, {}});
}

void NodeLoop::order(const ControlOrder& order, OrderDone done) {
  State& state = *state_;
  if (state.state != NodeState::kServing) {
    return done(Error{Errc::kUnavailable, state.state == NodeState::kFailed
                                              ? "the node cannot serve: " + failure()
                                              : "the node is shutting down"});
  }
  if (state.orders.size() >= kMostWaitingOrders) {
    return done(Error{Errc::kThrottled, "too many orders are waiting for their answers"});
  }
  const Moment at = state.moment();
  state.control->order(order, state.orders.add(std::move(done)), at, state.effects);
  state.carry_out(at);
}

// ---------------------------------------------------------------- looking in

Moment NodeLoop::moment() const {
  return state_->moment();
}
const Replica& NodeLoop::replica() const {
  return state_->replica;
}
const ControlPlane& NodeLoop::control() const {
  return *state_->control;
}
NodeState NodeLoop::state() const {
  return state_->state;
}
const DurablePosition& NodeLoop::durable(TableId table) const {
  return state_->pipeline.durable(table);
}
bool NodeLoop::idle() const {
  return state_->pipeline.idle();
}
LinkState NodeLoop::link_state(RegionId to) const {
  return state_->transport ? state_->transport->state(to) : LinkState{};
}
bool NodeLoop::link_cut(RegionId to) const {
  return state_->shaper.cut(to);
}
bool NodeLoop::link_disturbed(RegionId to) const {
  return state_->shaper.disturbed(to);
}
const NodeCounters& NodeLoop::counters() const {
  return state_->counters;
}
void NodeLoop::count_returned(TableId table, std::uint64_t records, Duration age) {
  state_->counters.records_returned += records;
  state_->counters.iterator_age[table.index()] = age;
}

void NodeLoop::forget_lags() {
  for (LagHistogram& lag : state_->counters.lag_from) lag.clear();
}

NodeLoop::TableDigest NodeLoop::digest(TableId table_id) const {
  const State& state = *state_;
  Store& store = *state.stores[table_id.index()];
  const KeySpace& keys = *state.keys[table_id.index()];
  TableDigest digest;
  for (std::uint32_t key = 0; key < store.key_count(); ++key) {
    if (key % 1024 == 0) store.shrink();
    const StoredItem& item = store.get(KeyId{key});
    if (!item.version.ever_written()) continue;
    if (item.image) ++digest.items;
    Digest one;
    one.add(hash_bytes(keys.bytes(KeyId{key})));
    one.add(static_cast<std::uint64_t>(item.version.timestamp.us));
    one.add(hash_bytes(state.config.regions[item.version.origin.index()]));
    one.add(item.image.hash());
    // A sum, because regions number their keys each in its own order.
    digest.value += one.value();
  }
  return digest;
}

void NodeLoop::when_durable(NodeWork work) {
  State& state = *state_;
  if (idle()) {
    work(*this);
    return;
  }
  state.pipeline.add_waiter();
  state.filling_part().works.push_back(std::move(work));
}

// ---------------------------------------------------------------- the journal

Result<void> NodeLoop::attach(std::uint64_t next_entry, JournalListener* listener) {
  State& state = *state_;
  if (!state.config.journal) {
    return Error{Errc::kResourceInUse, "this node keeps no journal: start it with --journal"};
  }
  if (next_entry < state.database->journal_first() || next_entry > state.durable_journal_end) {
    return validation_error(fmt::format("next_entry: {} is not in the journal, which has [{}, {})",
                                        next_entry, state.database->journal_first(),
                                        state.durable_journal_end));
  }
  if (state.listener != nullptr && state.listener != listener) state.listener->on_superseded();
  state.listener = listener;
  constexpr std::size_t kEntriesAtOnce = 1000;
  while (next_entry < state.durable_journal_end) {
    const auto wanted =
        std::min<std::uint64_t>(kEntriesAtOnce, state.durable_journal_end - next_entry);
    auto entries = state.database->read_journal(next_entry, static_cast<std::size_t>(wanted));
    if (entries.size() != wanted) throw StorageDamage("the journal has a hole");
    next_entry += wanted;
    listener->on_entries(std::move(entries));
  }
  return {};
}

void NodeLoop::detach(JournalListener* listener) {
  if (state_->listener == listener) state_->listener = nullptr;
}

void NodeLoop::confirm(std::uint64_t next_entry) {
  State& state = *state_;
  if (!state.config.journal) return;
  state.database->trim_journal(std::min(next_entry, state.durable_journal_end));
  state.pipeline.add_lazy(state.clock.now());
}

std::uint64_t NodeLoop::journal_end() const {
  return state_->durable_journal_end;
}

}  // namespace gtsim
