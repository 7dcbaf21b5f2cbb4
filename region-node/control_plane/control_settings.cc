// Settings of a table: those of one region alone, and those that its group has alike.
#include <algorithm>
#include <utility>

#include "region-node/base/mutant.h"
#include "region-node/control_plane/control_plane.h"
#include "region-node/control_plane/facts.h"

namespace gtsim {

bool ControlPlane::change_settings(Table& table, const ControlOrder& order, Moment moment,
                                   Effects& out) {
  TableControlState& state = table.state;
  if (const auto* protection = std::get_if<ChangeProtectionOrder>(&order.action)) {
    if (!state.members.empty()) return false;
    state.deletion_protection = protection->on;
  } else if (const auto* tags = std::get_if<ChangeTagsOrder>(&order.action)) {
    state.tags = with_changes(std::move(state.tags), *tags);
  } else if (const auto* ttl = std::get_if<ChangeTimeToLiveOrder>(&order.action)) {
    GroupSettings settings{next_version(table, moment), std::nullopt};
    if (ttl->enabled) settings.ttl_attribute = ttl->attribute;
    change_group_settings(table, std::move(settings), out);
    for (const TableView::Member& member : state.members) {
      tell_settings(table, member.region, moment, out);
    }
    out.want_wake(moment.now);
  } else {
    return false;
  }
  ++table.revision;
  return true;
}

void ControlPlane::set_write_capacity(TableId table, std::optional<std::int64_t> units_per_second,
                                      Instant now) {
  Table& changed = tables_[table.index()];
  changed.state.write_capacity = WriteCapacitySetting{units_per_second};
  ++changed.revision;
  replica(changed).set_capacity(units_per_second, now);
}

// A region whose clock is behind has the last word, too, if it knows what it changes.
OperationId ControlPlane::next_version(const Table& table, Moment moment) {
  Instant at = moment.now;
  if (table.state.settings) {
    at = std::max(at, table.state.settings->version.ordered_at + Duration{1});
  }
  return {at, self(), ++last_number_};
}

void ControlPlane::change_group_settings(Table& table, std::optional<GroupSettings> settings,
                                         Effects& out) {
  const auto attribute = [&]() -> std::optional<std::string> {
    if (!replica(table).ttl()) return std::nullopt;
    return replica(table).ttl()->attribute;
  };
  const auto before = attribute();
  use_settings(table, std::move(settings));
  if (attribute() != before) out.add(time_to_live_fact(table.id, attribute()));
}

void ControlPlane::use_settings(Table& table, std::optional<GroupSettings> settings) {
  table.state.settings = std::move(settings);
  std::optional<TtlOptions> ttl = replica(table).configured_ttl();
  if (table.state.settings) {
    const std::optional<std::string>& attribute = table.state.settings->ttl_attribute;
    if (!attribute) {
      ttl.reset();
    } else {
      if (!ttl) ttl.emplace();
      ttl->attribute = *attribute;
    }
  }
  replica(table).set_ttl(std::move(ttl));
}

std::optional<ControlMessage> ControlPlane::hear_settings(Table& table,
                                                          const ControlMessage& request,
                                                          Moment moment, Effects& out) {
  TableControlState& state = table.state;
  // It has not joined, or has left: told again if that is not so.
  if (!is_member(state, request.from) || !request.settings ||
      replica(table).status() == ReplicaStatus::kAbsent) {
    return std::nullopt;
  }
  if (!state.settings || state.settings->version < request.settings->version) {
    // Whoever was to hear of the older one hears of this one from its author.
    state.settings_wait_for.clear();
    change_group_settings(table, request.settings, out);
    ++table.revision;
    out.want_wake(moment.now);
  }
  ControlMessage done = answer_to(request, ControlMessage::Kind::kDone);
  done.settings = request.settings;
  return done;
}

void ControlPlane::tell_settings(Table& table, RegionId to, Moment moment, Effects& out) {
  std::vector<RegionId>& waits_for = table.state.settings_wait_for;
  if (std::find(waits_for.begin(), waits_for.end(), to) == waits_for.end()) {
    waits_for.push_back(to);
  }
  send_settings(table, to, out);
  table.resend_at = moment.now + options_.retry;
  want_wake(table.resend_at, out);
}

void ControlPlane::send_settings(Table& table, RegionId to, Effects& out) {
  ControlMessage request;
  request.table = table.id;
  request.from = self();
  request.to = to;
  request.operation = {Instant{0}, self(), table.state.settings->version.number};
  request.phase = OperationPhase::kTell;
  request.tries = table.tries;
  request.settings = table.state.settings;
  out.messages.push_back(message_of(std::move(request)));
}

}  // namespace gtsim
