#include "sim/world/sim_cluster.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/network/aws_round_trip.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

constexpr std::uint64_t kInterruptMask = 0x0FFF;  // an interruption is seen within 4,096 events
constexpr std::uint64_t kProgressMask = 0xFFFF;   // progress is told every 65,536 events
// A frozen region's network buffers hold this much; what comes after is lost and sent again.
constexpr std::size_t kMaxWaitingMessages = 10'000;

}  // namespace

SimCluster::SimCluster(const Scenario& scenario, SimOptions options)
    : scenario_(scenario), options_(std::move(options)) {
  const Random root{options_.seed};
  const Dice network = Dice{options_.seed}.of("network");
  const std::size_t count = scenario.regions.size();
  for (std::size_t i = 0; i < scenario.tables.size(); ++i) {
    keys_.push_back(std::make_unique<KeySpace>());
  }
  for (std::size_t i = 0; i < count; ++i) {
    const RegionId id{static_cast<std::uint16_t>(i)};
    regions_.push_back(std::make_unique<RegionRuntime>(id, scenario.start, scenario.regions[i]));
  }
  for (std::size_t from = 0; from < count; ++from) {
    for (std::size_t to = 0; to < count; ++to) {
      if (from == to) {
        links_.push_back(nullptr);
        continue;
      }
      const std::string& from_name = scenario.regions[from].name;
      const std::string& to_name = scenario.regions[to].name;
      links_.push_back(
          std::make_unique<Link>(resolve_aws(scenario.network.defaults, from_name, to_name),
                                 network.of(from_name).of(to_name)));
    }
  }
  for (const LinkSpec& spec : scenario.network.links)
    change_link(spec.from, spec.to, spec.settings);
  for (auto& link : links_) {
    if (link) link->keep_as_normal();
  }

  for (auto& region : regions_) {
    if (options_.storage == SimStorage::kLevelDb || region->fsync.count() > 0) {
      const std::string& name = scenario.regions[region->replica.region().index()].name;
      open_disk(*region, root.fork("storage/" + name));
    }
    add_tables(*region);
    if (region->disk) {
      region->pipeline =
          std::make_unique<CommitPipeline>(CommitPipeline::Options{}, region->replica);
      commit_at_once(*region);
    }
    want_wake(*region, now_);
  }
}

void SimCluster::call_at(Instant at, std::uint64_t token) {
  queue_.push(std::max(at, now_), kTimer, 0, token);
}

RunEnd SimCluster::run() {
  stopped_ = false;
  while (!stopped_) {
    CHECK_DETAIL(!queue_.empty(), "nothing left to happen, and nobody stopped the run");
    const Event event = queue_.take();
    CHECK(event.at >= now_);
    now_ = event.at;
    handle(event);
    if (++events_ < look_at_ || stopped_) [[likely]]
      continue;
    if (const auto end = look_around()) return *end;
  }
  return RunEnd::kStopped;
}

// What the loop above need not ask after every event: it comes here at the event after which the
// answer may have changed.
std::optional<RunEnd> SimCluster::look_around() {
  if (over_limit()) return RunEnd::kLimit;
  if ((events_ & kInterruptMask) == 0 && options_.interrupted != nullptr &&
      *options_.interrupted != 0) {
    return RunEnd::kInterrupted;
  }
  if ((events_ & kProgressMask) == 0) client_->on_progress(now_);
  look_at_ =
      std::min((events_ | kInterruptMask) + 1, static_cast<std::uint64_t>(scenario_.limits.events));
  return std::nullopt;
}

bool SimCluster::over_limit() {
  if (events_ >= static_cast<std::uint64_t>(scenario_.limits.events)) {
    limit_message_ = fmt::format("limits.events: {} events have happened at {}", events_,
                                 to_text(now_ - Instant{0}));
    return true;
  }
  if (backlog_at_most_ <= static_cast<std::uint64_t>(scenario_.limits.backlog)) return false;
  backlog_at_most_ = 0;
  for (const auto& region : regions_) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      backlog_at_most_ +=
          region->replica.table(TableId{static_cast<std::uint16_t>(i)}).sender().backlog();
    }
  }
  if (backlog_at_most_ <= static_cast<std::uint64_t>(scenario_.limits.backlog)) return false;
  limit_message_ = fmt::format("limits.backlog: {} changes wait in the logs at {}",
                               backlog_at_most_, to_text(now_ - Instant{0}));
  return true;
}

// Every change that enters a log comes with a record, so records bound the backlog without a look
// at each log; only what might be beyond the limit is counted.
void SimCluster::note_backlog(std::uint64_t records) {
  backlog_at_most_ += records;
  if (backlog_at_most_ > static_cast<std::uint64_t>(scenario_.limits.backlog)) [[unlikely]]
    look_at_ = events_ + 1;  // after the event under way
}

void SimCluster::handle(const Event& event) {
  switch (static_cast<EventKind>(event.kind)) {
    case kLinkHead:
      deliver_link_head(event.target);
      break;
    case kStray: {
      Message message = std::move(strays_[event.target]);
      free_strays_.push_back(event.target);
      if (!link(message.from, message.to).cut()) deliver(message);
      break;
    }
    case kWake: {
      RegionRuntime& region = *regions_[event.target];
      if (region.wake_at != event.at) break;  // a later wish replaced this one
      region.wake_at = kNever;
      if (region.state == RegionState::kUp) tick(region);
      break;
    }
    case kSynced:
      if (event.token == regions_[event.target]->sync_number) {
        RegionRuntime& region = *regions_[event.target];
        if (finish_write(region)) advance_commits(region);
      }
      break;
    case kTimer:
      client_->on_timer(now_, event.token);
      break;
  }
}

void SimCluster::deliver_link_head(std::uint32_t index) {
  Link& link = *links_[index];
  // Handled where it stands: what it causes is sent by its receiver, over other links.
  if (!link.cut()) deliver(link.queue.front().message);
  link.queue.pop_front();
  if (!link.queue.empty()) {
    const InTransit& next = link.queue.front();
    queue_.push(Event{next.at, next.order, 0, index, kLinkHead});
  }
}

void SimCluster::deliver(Message& message) {
  RegionRuntime& region = runtime(message.to);
  if (region.state == RegionState::kDown) return;
  if (region.state == RegionState::kFrozen) {
    if (region.waiting_messages.size() < kMaxWaitingMessages) {
      region.waiting_messages.push_back(std::move(message));
    }
    return;
  }
  if (message.kind == MessageKind::kControl) {
    region.control->receive(message, moment(region), effects_);
  } else {
    region.replica.receive(message, moment(region), effects_);
  }
  carry_out(region);
}

void SimCluster::send(Message& message) {
  const std::uint32_t index =
      static_cast<std::uint32_t>(message.from.index() * regions_.size() + message.to.index());
  Link& link = *links_[index];
  const Link::Plan plan = link.plan(
      now_,
      {.size_bytes = link.settings().bandwidth_bytes_per_second ? wire_size_bytes(message) : 0,
       .identity = link.takes_chances() ? identity_of(message, *keys_[message.table.index()]) : 0,
       .line = line_of(message),
       .lags = message.kind == MessageKind::kChanges});
  for (int copy = 0; copy < plan.copies; ++copy) {
    const bool last = copy + 1 == plan.copies;
    std::optional<Message> kept;
    if (!last) kept = message;
    Message& carried = last ? message : *kept;
    if (plan.out_of_order[copy]) {
      if (free_strays_.empty()) {
        free_strays_.push_back(static_cast<std::uint32_t>(strays_.size()));
        strays_.emplace_back();
      }
      const std::uint32_t place = free_strays_.back();
      free_strays_.pop_back();
      strays_[place] = std::move(carried);
      queue_.push(plan.at[copy], kStray, place, 0);
      continue;
    }
    const InTransit& transit =
        link.queue.emplace_back(plan.at[copy], queue_.next_order(), std::move(carried));
    // The queue holds link heads, not messages: a link with any number on the way costs one entry.
    if (link.queue.size() == 1) {
      queue_.push(Event{transit.at, transit.order, 0, index, kLinkHead});
    }
  }
}

void SimCluster::tick(RegionRuntime& region) {
  region.replica.tick(moment(region), effects_);
  region.control->tick(moment(region), effects_);
  carry_out(region);
}

void SimCluster::want_wake(RegionRuntime& region, Instant at) {
  if (at == kNever || at >= region.wake_at) return;
  region.wake_at = std::max(at, now_);
  queue_.push(region.wake_at, kWake, static_cast<std::uint32_t>(region.replica.region().index()),
              0);
}

ReplicaStatus SimCluster::replica_status(RegionId region, TableId table) const {
  return runtime(region).replica.table(table).status();
}

const StoredItem& SimCluster::item(RegionId region, TableId table, KeyId key) const {
  return runtime(region).replica.table(table).store().get(key);
}

StreamView SimCluster::stream(RegionId region, TableId table) const {
  const RegionRuntime& where = runtime(region);
  const TableReplica& replica = where.replica.table(table);
  if (where.pipeline) {
    const auto [stream, readable] = replica.durable_stream(where.pipeline->durable(table));
    return {stream, readable};
  }
  const Stream* stream = replica.stream();
  return stream == nullptr ? StreamView{} : StreamView{stream, stream->position()};
}

bool SimCluster::quiescent() const {
  if (!control_idle()) return false;
  for (const auto& region : regions_) {
    if (region->state != RegionState::kUp ||
        (region->pipeline && !region->pipeline->has_nothing_to_say())) {
      return false;
    }
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (!region->replica.table(TableId{static_cast<std::uint16_t>(i)}).sender().drained())
        return false;
    }
  }
  return true;
}

std::uint64_t SimCluster::log_end(RegionId region, TableId table) const {
  return runtime(region).replica.table(table).sender().log_end();
}

std::uint64_t SimCluster::received(RegionId region, TableId table, RegionId from) const {
  return runtime(region).replica.table(table).received_from(from);
}

}  // namespace gtsim
