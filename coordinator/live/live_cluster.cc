#include "coordinator/live/live_cluster.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/live/live_state.h"
#include "coordinator/network/aws_round_trip.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kIdleWait{100};  // when nothing is due
constexpr milliseconds kBusyWait{5};    // when something is being waited for
constexpr milliseconds kLookAround{200};
constexpr std::size_t kTimersInARow = 64;
// Writes under way in regions that answer; with more of them timers wait.
constexpr std::size_t kMostOutstanding = 4'000;
// A run whose timers come this late, in real time, shows the machine and not the scenario.
constexpr std::chrono::seconds kTooLate{30};

}  // namespace

LiveCluster::State::State(const Scenario& the_scenario, NodeHost& the_host, RunClock the_clock,
                          LiveOptions the_options)
    : scenario(the_scenario),
      host(the_host),
      clock(the_clock),
      options(std::move(the_options)),
      names{scenario, keys} {
  for (std::size_t i = 0; i < scenario.tables.size(); ++i) {
    keys.push_back(std::make_unique<KeySpace>());
  }
  const std::size_t count = scenario.regions.size();
  for (std::size_t i = 0; i < count; ++i) {
    const RegionId id{static_cast<std::uint16_t>(i)};
    std::vector<bool> keep;
    for (std::size_t t = 0; t < scenario.tables.size(); ++t) {
      keep.push_back(options.keep_records(id, TableId{static_cast<std::uint16_t>(t)}));
    }
    regions.push_back(std::make_unique<LiveRegion>(id, names, scenario.start, scenario.regions[i],
                                                   std::move(keep)));
    LiveRegion& region = *regions.back();
    for (const TableSpec& table : scenario.tables) {
      const bool member =
          std::find(table.regions.begin(), table.regions.end(), id) != table.regions.end();
      region.status.push_back(member ? ReplicaStatus::kActive : ReplicaStatus::kAbsent);
      region.paused.push_back(false);
      region.capacity.push_back(table.write_capacity.empty() ? std::nullopt
                                                             : table.write_capacity[i]);
      region.capacity_changed.push_back(false);
    }
  }
  for (std::size_t from = 0; from < count; ++from) {
    for (std::size_t to = 0; to < count; ++to) {
      if (from == to) {
        links.push_back(nullptr);
        continue;
      }
      links.push_back(std::make_unique<LinkModel>(
          resolve_aws(scenario.network.defaults, scenario.regions[from].name,
                      scenario.regions[to].name),
          Dice{options.seed}));
    }
  }
  for (const LinkSpec& spec : scenario.network.links) {
    link(spec.from, spec.to)
        .change(resolve_aws(spec.settings, scenario.regions[spec.from.index()].name,
                            scenario.regions[spec.to.index()].name));
  }
  for (const auto& each : links) {
    if (each != nullptr) each->keep_as_normal();
  }
}

void LiveCluster::State::fail(std::string reason) {
  if (failure.empty()) failure = std::move(reason);
}

void LiveCluster::State::refresh_now() {
  now = std::max(now, clock.now());
}

std::size_t LiveCluster::State::most_outstanding() const {
  std::size_t most = 0;
  for (const auto& region : regions) {
    if (region->state == RegionState::kUp) most = std::max(most, region->calls.outstanding());
  }
  return most;
}

void LiveCluster::State::fire_timers() {
  for (std::size_t fired = 0; fired < kTimersInARow && !stopped && failure.empty(); ++fired) {
    refresh_now();
    if (timers.empty() || timers.top().at > now) return;
    if (most_outstanding() >= kMostOutstanding) return;
    const Timer timer = timers.top();
    timers.pop();
    const auto late = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() -
                                                                            clock.real(timer.at));
    most_late = std::max(most_late, late);
    if (late > kTooLate) {
      fail(fmt::format(
          "this machine cannot keep up at {} times real time: things that were due at "
          "{} happen {} later; use a lower --speed",
          clock.speed(), to_text(timer.at - Instant{}), to_text(Duration{late.count()})));
      return;
    }
    client->on_timer(now, timer.token);
  }
}

bool LiveCluster::State::pump(milliseconds limit, const std::function<bool()>& done) {
  const auto until = steady_clock::now() + limit;
  while (!done()) {
    const auto here = steady_clock::now();
    if (here >= until) return false;
    for (Arrival& arrival : inbox.take(std::min(until, here + kBusyWait))) {
      hear(std::move(arrival));
    }
    tell_all();
  }
  return true;
}

void LiveCluster::State::look_around() {
  const auto here = steady_clock::now();
  if (here < looked_around_at + kLookAround) return;
  looked_around_at = here;
  watch_processes();
  std::uint64_t backlog = 0;
  for (auto& region : regions) {
    confirm_told(*region, /*now_too=*/true);
    if (!region->position) continue;
    for (const TablePosition& table : region->position->tables) {
      std::uint64_t lowest = table.log_end;
      for (const auto& acknowledged : table.acknowledged) {
        if (acknowledged) lowest = std::min(lowest, *acknowledged);
      }
      backlog += table.log_end - lowest;
    }
  }
  if (static_cast<std::int64_t>(backlog) > scenario.limits.backlog) {
    fail(fmt::format("limits.backlog: {} changes wait in the logs at {}", backlog,
                     to_text(now - Instant{})));
  }
  client->on_progress(now);
}

RunEnd LiveCluster::run() {
  State& s = *state_;
  CHECK(s.client != nullptr);
  s.stopped = false;
  while (!s.stopped) {
    if (s.options.interrupted != nullptr && *s.options.interrupted != 0) {
      return RunEnd::kInterrupted;
    }
    s.refresh_now();
    s.fire_timers();
    s.step_connections();
    s.start_round();
    s.look_around();
    if (!s.failure.empty()) return RunEnd::kLimit;
    if (s.stopped) break;
    const bool busy = s.round_open || steady_clock::now() < s.status_wanted_until ||
                      std::any_of(s.regions.begin(), s.regions.end(), [](const auto& region) {
                        return region->phase != LiveRegion::Phase::kReady;
                      });
    auto until = steady_clock::now() + (busy ? kBusyWait : kIdleWait);
    if (!s.timers.empty() && s.most_outstanding() < kMostOutstanding) {
      until = std::min(until, s.clock.real(s.timers.top().at));
    }
    for (Arrival& arrival : s.inbox.take(until)) s.hear(std::move(arrival));
    s.tell_all();
  }
  return RunEnd::kStopped;
}

LiveCluster::LiveCluster(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveCluster::~LiveCluster() = default;

Result<std::unique_ptr<LiveCluster>> LiveCluster::connect(const Scenario& scenario, NodeHost& host,
                                                          RunClock clock, LiveOptions options) {
  auto state = std::make_unique<State>(scenario, host, clock, std::move(options));
  auto attached = state->attach_all();
  if (!attached) return attached.error();
  return std::unique_ptr<LiveCluster>(new LiveCluster(std::move(state)));
}

void LiveCluster::set_client(ClusterClient* client) {
  state_->client = client;
}
void LiveCluster::add_observer(ClusterObserver* observer) {
  state_->observers.push_back(observer);
}
Instant LiveCluster::now() const {
  return state_->now;
}
void LiveCluster::call_at(Instant at, std::uint64_t token) {
  state_->timers.push({std::max(at, state_->now), state_->next_order++, token});
}
void LiveCluster::stop() {
  state_->stopped = true;
}
std::string LiveCluster::limit_message() const {
  return state_->failure;
}
std::chrono::microseconds LiveCluster::most_late() const {
  return state_->most_late;
}
KeySpace& LiveCluster::keys(TableId table) {
  return *state_->keys[table.index()];
}
WallTime LiveCluster::clock(RegionId region) const {
  return state_->at(region).clock.at(state_->now);
}
void LiveCluster::write(RegionId region, WriteCall&& call) {
  state_->write(state_->at(region), std::move(call));
}
void LiveCluster::refuse_write(RegionId region, const WriteCall& call, WriteOutcome outcome,
                               std::string_view detail) {
  state_->refuse(region, call, outcome, detail);
}
void LiveCluster::crash(RegionId region) {
  state_->crash(state_->at(region));
}
void LiveCluster::restart(RegionId region) {
  state_->restart(state_->at(region));
}
void LiveCluster::set_frozen(RegionId region, bool frozen) {
  state_->set_frozen(state_->at(region), frozen);
}
RegionState LiveCluster::region_state(RegionId region) const {
  return state_->at(region).state;
}
void LiveCluster::step_clock(RegionId region, Duration step, std::optional<double> drift_ppm) {
  state_->step_clock(state_->at(region), step, drift_ppm);
}
void LiveCluster::set_replication_paused(RegionId region, TableId table, bool paused) {
  state_->set_paused(state_->at(region), table, paused);
}
void LiveCluster::set_capacity(RegionId region, TableId table, std::optional<std::int64_t> units) {
  state_->set_capacity(state_->at(region), table, units);
}
void LiveCluster::order(RegionId asked, const ControlOrder& order, std::uint64_t tag) {
  state_->order(state_->at(asked), order, tag);
}
void LiveCluster::refuse_order(RegionId asked, std::uint64_t tag, std::string_view detail) {
  state_->at(asked).open_orders.push_back(tag);
  state_->tell_order(asked, tag, OrderOutcome::kUnavailable, detail);
}
void LiveCluster::split_shard(RegionId region, TableId table) {
  state_->split_shard(state_->at(region), table);
}
void LiveCluster::lift_all_faults() {
  state_->lift_all_faults();
}
ReplicaStatus LiveCluster::replica_status(RegionId region, TableId table) const {
  return state_->at(region).status[table.index()];
}
Result<std::optional<TableDescription>> LiveCluster::describe(RegionId region,
                                                              TableId table) const {
  constexpr ControlClient::Limit kPatience{2'000};
  LiveRegion& asked = state_->at(region);
  auto status = asked.control->status(/*with_digests=*/false, kPatience);
  if (!status) return status.error();
  for (const wire::TableStatus& told : status->tables()) {
    if (told.name() != state_->scenario.tables[table.index()].name) continue;
    if (!told.has_description()) return std::optional<TableDescription>{};
    auto seen = from_wire(state_->names, told.description());
    if (!seen) return seen.error();
    return std::optional{std::move(*seen)};
  }
  return Error{Errc::kInput, "the region does not know the table"};
}
const StoredItem& LiveCluster::item(RegionId region, TableId table, KeyId key) const {
  return state_->at(region).mirror.item(table, key);
}
StreamView LiveCluster::stream(RegionId region, TableId table) const {
  const Stream* stream = state_->at(region).mirror.stream(table);
  // Only what is durable is ever told.
  return stream == nullptr ? StreamView{} : StreamView{stream, stream->position()};
}
void LiveCluster::release_records(RegionId region, TableId table, const std::string& shard_id,
                                  std::uint64_t number) {
  Stream* stream = state_->at(region).mirror.stream(table);
  if (stream != nullptr) stream->release(shard_id, number);
}

}  // namespace gtsim
