// Sessions with regions: the first one, the next one after a crash or a broken connection, and what
// becomes of the writes that were under way.
#include <fmt/format.h>

#include "coordinator/live/live_state.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstAttach{15'000};
constexpr milliseconds kAttachAgain{20'000};
constexpr milliseconds kRetryEvery{100};
constexpr milliseconds kLastWords{2'000};  // of a region that has been ended
constexpr int kMostFailedAttaches = 50;

}  // namespace

bool TablePosition::drained() const {
  for (const auto& each : acknowledged) {
    if (each && *each < log_end) return false;
  }
  return !backfilling;
}

Result<RegionPosition> position_of(const wire::RegionStatus& status, const WireNames& names) {
  RegionPosition position;
  position.idle = status.idle();
  const std::size_t regions = names.scenario.regions.size();
  for (const TableSpec& spec : names.scenario.tables) {
    TablePosition& table = position.tables.emplace_back();
    table.acknowledged.resize(regions);
    table.received.resize(regions);
    for (const wire::TableStatus& told : status.tables()) {
      if (told.name() != spec.name) continue;
      table.log_end = told.log_end();
      table.keys = told.keys();
      table.paused = told.paused();
      table.backfilling = told.backfilling();
      table.settled = told.settled();
      for (const wire::MemberPosition& member : told.members()) {
        auto region = names.region(member.region());
        if (!region) return region.error();
        table.acknowledged[region->index()] = member.acknowledged();
        table.received[region->index()] = member.received();
      }
    }
  }
  return position;
}

// ---------------------------------------------------------------- the first session

Result<void> LiveCluster::State::check_fresh(LiveRegion& region, const wire::RegionStatus& status) {
  const auto wrong = [&](std::string what) {
    return Error{Errc::kInput, fmt::format("region node {} at {}: {}", region.name,
                                           region.control->address(), what)};
  };
  if (status.region() != region.name) {
    return wrong(fmt::format("it calls itself {}", status.region()));
  }
  if (auto learned = region.reader.learn_tables(status); !learned) {
    return wrong(learned.error().detail);
  }
  auto position = position_of(status, names);
  if (!position) return wrong(position.error().detail);
  for (std::size_t t = 0; t < scenario.tables.size(); ++t) {
    const TablePosition& table = position->tables[t];
    if (table.keys > 0) {
      return wrong(fmt::format("its table {} already holds {} keys, a run begins with empty tables",
                               scenario.tables[t].name, table.keys));
    }
    region.mirror.set_log_end(TableId{static_cast<std::uint16_t>(t)}, table.log_end);
  }
  region.position = std::move(*position);
  return {};
}

Result<void> LiveCluster::State::attach_all() {
  for (auto& region : regions) {
    auto client_of_region = ControlClient::make(host.control_address(region->id), options.tls);
    if (!client_of_region) return client_of_region.error();
    region->control = std::move(*client_of_region);
    auto status = region->control->status(/*with_digests=*/false);
    if (!status) {
      return Error{Errc::kInput,
                   fmt::format("region node {}: {}", region->name, status.error().detail)};
    }
    if (auto fresh = check_fresh(*region, *status); !fresh) return fresh.error();
    region->reader.set_shift(options.instants_ahead ? -*options.instants_ahead
                                                    : clock.now() - Instant{status->now_us()});
    if (auto opened = open_session(*region); !opened) return opened.error();
  }
  const bool all = pump(kFirstAttach, [this] {
    for (const auto& region : regions) {
      if (region->phase == LiveRegion::Phase::kBroken) return true;
      if (region->phase != LiveRegion::Phase::kReady) return !failure.empty();
    }
    return true;
  });
  if (!failure.empty()) return Error{Errc::kInput, failure};
  for (const auto& region : regions) {
    if (region->phase == LiveRegion::Phase::kBroken) {
      return Error{Errc::kInput, fmt::format("region node {}: it refuses the session of a run: {}",
                                             region->name, region->broken_because)};
    }
    if (!all && region->phase != LiveRegion::Phase::kReady) {
      return Error{
          Errc::kInput,
          fmt::format("region node {}: it does not open a session within 15s", region->name)};
    }
  }
  // All links stand as the scenario wants them before any region knows where another is.
  for (auto& region : regions) apply_volatile(*region);
  if (!failure.empty()) return Error{Errc::kInput, failure};
  return {};
}

Result<void> LiveCluster::State::open_session(LiveRegion& region) {
  region.session.reset();
  region.session_number = ++next_session;
  region.phase = LiveRegion::Phase::kAttaching;
  region.give_up_at = steady_clock::now() + kAttachAgain;
  region.session = std::make_unique<RunSession>(*region.control, inbox, region.id,
                                                region.session_number, region.heard_entries);
  // Answered when everything that this coordinator has not heard has been told.
  wire::RunCommand command;
  command.mutable_status()->set_id(kAttachQuery | region.session_number);
  region.session->send(std::move(command));
  return {};
}

// ---------------------------------------------------------------- later ones

void LiveCluster::State::end_session(LiveRegion& region) {
  region.phase = LiveRegion::Phase::kBroken;
  region.asked_round = 0;
  std::set<std::uint64_t> heard;
  std::set<std::uint64_t> heard_orders;
  for (const Heard& waiting : region.waiting) {
    if (const auto* result = std::get_if<HeardResult>(&waiting)) heard.insert(result->id);
    if (const auto* answer = std::get_if<HeardOrder>(&waiting)) heard_orders.insert(answer->tag);
  }
  region.calls.lose_all(heard);
  for (const std::uint64_t tag : std::vector<std::uint64_t>{region.open_orders}) {
    if (heard_orders.contains(tag)) continue;
    tell_order(region.id, tag, OrderOutcome::kUnavailable,
               region.state == RegionState::kDown
                   ? "the region crashed before it answered"
                   : "the connection broke before the region answered");
  }
}

void LiveCluster::State::on_session_over(LiveRegion& region, const Arrival& arrival) {
  ++activity;
  end_session(region);
  region.broken_because = arrival.why.empty() ? "it said nothing about why" : arrival.why;
  if (arrival.superseded) {
    fail(fmt::format("another coordinator has taken over {}", region.name));
    return;
  }
  if (region.state == RegionState::kDown) return;
  region.retry_at = steady_clock::now() + kRetryEvery;
  if (++region.failed_attaches > kMostFailedAttaches) {
    fail(fmt::format("{} breaks off every session: {}", region.name, region.broken_because));
  }
}

// The region has told everything that it had made durable. What it was asked before and has not
// answered is settled now: its writers gave up, and if the write happened all the same, it was
// told.
void LiveCluster::State::on_attached(LiveRegion& region) {
  region.failed_attaches = 0;
  region.phase = LiveRegion::Phase::kReady;
  const bool was_down = region.state == RegionState::kDown;
  for (const LostCall& lost : region.calls.settle_lost()) {
    const WriteEvent event{region.id,
                           lost.call.transaction,
                           lost.call.tag,
                           WriteOutcome::kTimedOut,
                           was_down ? "the region crashed before it answered"
                                    : "the connection broke before the region answered",
                           lost.call.operations,
                           lost.results};
    for (ClusterObserver* observer : observers) observer->on_write(now, event);
  }
  if (!was_down || region.is_being_crashed) return;
  region.state = RegionState::kUp;
  const bool frozen = std::exchange(region.comes_up_frozen, false);
  if (frozen) {
    set_frozen(region, true);  // before it knows a peer; it is told when it goes on
  } else {
    apply_volatile(region);
  }
  // Its peers would find out that it is back in their own time, which is real and, at a high speed,
  // minutes of the run.
  for (auto& other : regions) {
    if (other->id != region.id) introduce(*other, region.id);
  }
  if (!frozen) set_state(region, RegionState::kUp);
}

void LiveCluster::State::step_connections() {
  const auto here = steady_clock::now();
  for (auto& region : regions) {
    switch (region->phase) {
      case LiveRegion::Phase::kReady:
        break;
      case LiveRegion::Phase::kProcess: {
        const auto up = host.restarted(region->id);
        if (!up) {
          fail(fmt::format("{} does not come up again: {}", region->name, up.error().detail));
          return;
        }
        if (!*up) break;
        auto made = ControlClient::make(host.control_address(region->id), options.tls);
        if (!made) {
          fail(made.error().detail);
          return;
        }
        region->session.reset();
        region->control = std::move(*made);
        static_cast<void>(open_session(*region));
        break;
      }
      case LiveRegion::Phase::kAttaching:
        // It may wait for another region to come back and tell of a cause; that has no limit here.
        if (here > region->give_up_at && region->waiting.empty() &&
            region->state != RegionState::kFrozen) {
          fail(fmt::format("{} does not answer within 20s of being asked for what it has to tell",
                           region->name));
        }
        break;
      case LiveRegion::Phase::kBroken:
        if (region->state == RegionState::kDown || here < region->retry_at) break;
        static_cast<void>(open_session(*region));
        break;
    }
  }
}

void LiveCluster::State::watch_processes() {
  for (auto& region : regions) {
    if (region->state == RegionState::kDown) continue;
    if (const auto why = host.ended(region->id)) {
      fail(fmt::format("the region node {} ended by itself: {}", region->name, *why));
    }
  }
}

// ---------------------------------------------------------------- crash, restart, freeze

void LiveCluster::State::set_state(LiveRegion& region, RegionState state) {
  region.state = state;
  for (ClusterObserver* observer : observers) observer->on_region_state(now, region.id, state);
}

void LiveCluster::State::crash(LiveRegion& region) {
  const bool comes_up =
      region.state == RegionState::kDown && region.phase != LiveRegion::Phase::kBroken;
  if (region.state == RegionState::kDown && !comes_up) return;
  ++activity;
  if (region.state == RegionState::kFrozen) region.comes_up_frozen = true;
  if (auto ended = host.crash(region.id); !ended) {
    fail(fmt::format("{} cannot be crashed: {}", region.name, ended.error().detail));
    return;
  }
  region.state = RegionState::kDown;  // so that nobody attaches again
  if (region.phase == LiveRegion::Phase::kProcess) region.phase = LiveRegion::Phase::kBroken;
  // What it had said before it died is still under way.
  region.is_being_crashed = true;
  static_cast<void>(pump(
      kLastWords, [&] { return region.phase == LiveRegion::Phase::kBroken || !failure.empty(); }));
  region.is_being_crashed = false;
  region.session.reset();
  if (region.phase != LiveRegion::Phase::kBroken) {
    end_session(region);
  }
  region.clock_steps_due.clear();
  refresh_now();
  if (!comes_up) set_state(region, RegionState::kDown);
}

// What its clock shows and what it counts from, written down so that it goes on as if it had never
// been away.
NodeTime LiveCluster::State::node_time(const LiveRegion& region) const {
  NodeTime time;
  const Instant here = clock.now();
  time.real_origin_us = clock.since_1970_us(here);
  time.instant_origin = here + options.instants_ahead.value_or(Duration{0});
  time.clock_origin = region.clock.at(here);
  time.rate = clock.speed();
  time.drift_ppm = region.drift_ppm;
  return time;
}

void LiveCluster::State::restart(LiveRegion& region) {
  CHECK(region.state == RegionState::kDown);
  if (region.phase != LiveRegion::Phase::kBroken) return;  // it is coming up already
  ++activity;
  if (auto begun = host.begin_restart(region.id, node_time(region)); !begun) {
    fail(fmt::format("{} cannot be started again: {}", region.name, begun.error().detail));
    return;
  }
  region.clock_steps_due.clear();  // it is started with the right time
  region.phase = LiveRegion::Phase::kProcess;
}

void LiveCluster::State::set_frozen(LiveRegion& region, bool frozen) {
  if (region.state == RegionState::kDown) {
    region.comes_up_frozen = frozen;
    return;
  }
  if (frozen == (region.state == RegionState::kFrozen)) return;
  ++activity;
  if (auto done = host.set_frozen(region.id, frozen); !done) {
    fail(fmt::format("{} cannot be {}: {}", region.name, frozen ? "frozen" : "woken",
                     done.error().detail));
    return;
  }
  if (frozen) region.calls.on_freeze();
  set_state(region, frozen ? RegionState::kFrozen : RegionState::kUp);
  if (!frozen) apply_volatile(region);
}

}  // namespace gtsim
