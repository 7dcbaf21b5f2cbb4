// The control plane as one slow machine that sees every region at once: no messages, no
// reservations, only what the service was seen to do. control_model_answers.h says what it answers.
// Written from recorded answers of the service alone, and shares no line with the rules that it is
// compared with.
//
// An operation goes through its parts one after the other. Every part begins at slightly different
// times at different regions, so the model says when it is certain; nobody should ask in between.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "region-node/control_plane/control_order.h"
#include "region-node/control_plane/durations.h"

namespace gtsim::control_model {

using Action = decltype(ControlOrder::action);

enum class Part : std::uint8_t {
  // A replica comes.
  kHidden,
  kInvisible,
  kCreating,
  kLateUpdating,
  // A replica goes. In the tail the group is done with it.
  kEarlyUpdating,
  kDeleting,
  kLateDeleting,
  kTail,
  // Protection of a member.
  kSetting,
  // A table of one region.
  kTableCreating,
  kTableDeleting,
  kStreamSwitch,
};

// The end of a part, and by when it has come everywhere.
struct Edge {
  Instant from;
  Instant to;
};

struct Step {
  Part part;
  Instant ends;
  Duration late;  // ends everywhere so long after `ends`
};

struct Operation {
  int subject = 0;
  std::vector<Step> steps;  // what is to come; the first is the one under way
  bool protects = false;    // kSetting

  [[nodiscard]] Part part() const { return steps.front().part; }
};

struct Copy {
  int source;
  int replica;
  Instant at;
};

// A table in one region is a group of one.
struct Group {
  std::vector<int> members;  // whose entry is there, ascending
  std::optional<Operation> operation;
  std::vector<Copy> copies;
  std::optional<std::string> ttl_attribute;
  bool streams = false;
  bool has_items = false;
  Instant tail_until{0};

  [[nodiscard]] bool lists(int region) const {
    return std::find(members.begin(), members.end(), region) != members.end();
  }
  [[nodiscard]] bool is_in(Part part) const { return operation && operation->part() == part; }
  [[nodiscard]] bool adds() const { return operation && operation->part() <= Part::kLateUpdating; }
  // The replica whose entry is CREATING, or DELETING.
  [[nodiscard]] std::optional<int> coming() const {
    if (!adds() || is_in(Part::kHidden)) return {};
    return operation->subject;
  }
  [[nodiscard]] std::optional<int> going() const {
    if (!is_in(Part::kDeleting) && !is_in(Part::kLateDeleting)) return {};
    return operation->subject;
  }
  // Has GlobalTableVersion: from the acceptance of the first replica until the last entry is gone.
  [[nodiscard]] bool is_global() const { return members.size() > 1 || adds(); }
};

// What a region keeps for itself, as long as it has the table.
struct Settings {
  bool protection = false;
  std::map<std::string, std::string> tags;
};

class Model {
 public:
  static constexpr int kRegions = 4;
  static constexpr Duration kRoundTrip{10'000};
  // So long before and after the end of a part it is not certain which part a region is in.
  static constexpr Duration kBefore{20'000};
  static constexpr Duration kAfter{90'000};

  Model(const std::vector<int>& members, ControlDurations durations, Duration source_lock)
      : durations_(durations), source_lock_(source_lock) {
    groups_.emplace_back().members = members;
    groups_.back().streams = members.size() > 1;
  }

  // --- Time
  void advance(Instant now) {
    now_ = now;
    for (Group& group : groups_) {
      while (group.operation && group.operation->steps.front().ends <= now) go_on(group);
    }
    for (int region = 0; region < kRegions; ++region) {
      std::optional<Instant>& gone = gone_at_[at(region)];
      if (!gone || *gone > now) continue;
      remember_edge(*gone, kAfter);
      gone.reset();
      settings_[at(region)] = {};
    }
    std::erase_if(groups_, [](const Group& group) { return group.members.empty(); });
  }
  // The first moment from `from` on at which every region is in the same part.
  [[nodiscard]] Instant certain(Instant from) const {
    for (bool again = true; again;) {
      again = false;
      for (const Edge& edge : edges()) {
        if (from + kBefore < edge.from || from > edge.to) continue;
        from = edge.to + Duration{1};
        again = true;
      }
    }
    return from;
  }
  // When nothing is under way any more.
  [[nodiscard]] Instant quiet_at() const {
    Instant end = now_;
    for (const Group& group : groups_) {
      if (group.operation) end = std::max(end, group.operation->steps.back().ends);
    }
    for (const auto& gone : gone_at_) end = std::max(end, gone.value_or(end));
    return end;
  }

  // --- Looking in
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] const Settings& settings(int region) const { return settings_[at(region)]; }
  [[nodiscard]] const Group* group_of(int region) const {
    for (const Group& group : groups_) {
      if (group.lists(region)) return &group;
    }
    return nullptr;
  }
  // Whether its table is on its way out, after the group has forgotten it; and whether the group of
  // the region has let go of such a one.
  [[nodiscard]] bool leaves(int region) const { return gone_at_[at(region)].has_value(); }
  [[nodiscard]] bool in_tail(int region) const {
    const Group* const group = group_of(region);
    return group != nullptr && now_ < group->tail_until;
  }
  // Whether a replica that was added from there stands in the way of its removal.
  [[nodiscard]] bool is_source(int region) const {
    const Group* const group = group_of(region);
    return group != nullptr &&
           std::any_of(group->copies.begin(), group->copies.end(), [&](const Copy& copy) {
             return copy.source == region && now_ - copy.at < source_lock_;
           });
  }
  // Whether a replica is coming that is not there yet.
  [[nodiscard]] bool awaits_replica(int region) const {
    return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
      return group.adds() && group.operation->subject == region;
    });
  }
  // Whether DescribeTable answers there.
  [[nodiscard]] bool has_table(int region) const {
    if (leaves(region)) return true;
    const Group* const group = group_of(region);
    return group != nullptr && (!group->is_in(Part::kInvisible) || group->coming() != region);
  }
  // "a UPDATING [b CREATING, c ACTIVE]"; the others by name.
  [[nodiscard]] std::string describe(int region) const {
    if (!has_table(region)) return "-";
    if (leaves(region)) return name(region) + " DELETING []";
    const Group& group = *group_of(region);
    std::string text = name(region) + " " + table_status(group, region);
    if (!group.is_global()) return text;
    text += " [";
    for (const int other : group.members) {
      if (other == region) continue;
      if (text.back() != '[') text += ", ";
      text += name(other) + " ";
      text += group.coming() == other ? "CREATING" : group.going() == other ? "DELETING" : "ACTIVE";
    }
    return text + "]";
  }
  static int number(RegionId region) { return static_cast<int>(region.index()); }
  static std::string name(int region) { return std::string(1, static_cast<char>('a' + region)); }

  // --- Orders
  // Whether the order, taken, is an operation that the whole group has to agree to.
  [[nodiscard]] bool wants_group(int region, const Action& action) const {
    if (std::holds_alternative<AddReplicaOrder>(action)) return true;
    if (std::holds_alternative<RemoveReplicaOrder>(action)) return true;
    if (!std::holds_alternative<DeleteTableOrder>(action) &&
        !std::holds_alternative<ChangeProtectionOrder>(action)) {
      return false;
    }
    const Group* const group = group_of(region);
    return group != nullptr && group->members.size() > 1;
  }
  // Whether the target of the order holds a table that shares only the name with the group, or is
  // about to have one.
  [[nodiscard]] bool meets_stranger(int region, const Action& action) const {
    const auto* const add = std::get_if<AddReplicaOrder>(&action);
    if (add == nullptr) return false;
    const int other = number(add->region);
    const Group* const group = group_of(other);
    return group != nullptr && group != group_of(region);
  }
  // The region has asked the others, and they have not answered yet.
  void reserve(int region, const Action& action) {
    Operation operation{.subject = region, .steps = {}};
    Part part = Part::kSetting;
    if (const auto* const add = std::get_if<AddReplicaOrder>(&action)) {
      operation.subject = number(add->region);
      part = Part::kHidden;
    } else if (const auto* const order = std::get_if<RemoveReplicaOrder>(&action)) {
      operation.subject = number(order->region);
      part = Part::kEarlyUpdating;
    } else if (std::holds_alternative<DeleteTableOrder>(action)) {
      part = Part::kEarlyUpdating;
    }
    begin(*find_group(region), std::move(operation), now_, {{part, kRoundTrip}});
  }
  // It was taken, at `now`.
  void apply(int region, const Action& action) {
    std::visit([&](const auto& order) { carry_out(region, order); }, action);
  }
  void put(int region) { find_group(region)->has_items = true; }

 private:
  static std::size_t at(int region) { return static_cast<std::size_t>(region); }
  [[nodiscard]] Group* find_group(int region) {
    for (Group& group : groups_) {
      if (group.lists(region)) return &group;
    }
    return nullptr;
  }

  [[nodiscard]] std::vector<Edge> edges() const {
    std::vector<Edge> all = past_edges_;
    for (const Group& group : groups_) {
      if (group.operation) {
        for (const Step& step : group.operation->steps) {
          all.push_back({step.ends, step.ends + step.late});
        }
      }
      for (const Copy& copy : group.copies) {
        all.push_back({copy.at + source_lock_, copy.at + source_lock_ + kAfter});
      }
    }
    for (const auto& gone : gone_at_) {
      if (gone) all.push_back({*gone, *gone + kAfter});
    }
    return all;
  }

  void remember_edge(Instant at, Duration late) {
    past_edges_.push_back({at, at + late});
    if (past_edges_.size() > 8) past_edges_.erase(past_edges_.begin());
  }
  void go_on(Group& group) {
    Operation& operation = *group.operation;
    const Step done = operation.steps.front();
    const int subject = operation.subject;
    remember_edge(done.ends, done.late);
    operation.steps.erase(operation.steps.begin());
    const bool over = operation.steps.empty();
    if (done.part == Part::kHidden && !over) list(group, subject);
    if (done.part == Part::kSetting) settings_[at(subject)].protection = operation.protects;
    if (done.part == Part::kTableDeleting) {
      settings_[at(subject)] = {};
      group.members.clear();
    }
    if (!over && operation.part() == Part::kTail) {
      std::erase(group.members, subject);
      std::erase_if(group.copies, [&](const Copy& copy) {
        return copy.replica == subject || copy.source == subject;
      });
      gone_at_[at(subject)] = operation.steps.front().ends;
      group.tail_until = operation.steps.front().ends;
      group.operation.reset();
    } else if (over) {
      group.operation.reset();
    }
  }
  static void list(Group& group, int region) {
    group.members.push_back(region);
    std::sort(group.members.begin(), group.members.end());
  }

  [[nodiscard]] static std::string table_status(const Group& group, int region) {
    if (!group.operation) return "ACTIVE";
    const bool subject = group.operation->subject == region;
    switch (group.operation->part()) {
      case Part::kInvisible:
        // With items there is a part in which every member is ACTIVE, from the entry on.
        return group.operation->steps.size() > 1 &&
                       group.operation->steps[1].part == Part::kCreating
                   ? "ACTIVE"
                   : "UPDATING";
      case Part::kHidden:
      case Part::kEarlyUpdating:
      case Part::kSetting:
      case Part::kStreamSwitch:
        return "UPDATING";
      case Part::kCreating:
        return subject ? "CREATING" : "ACTIVE";
      case Part::kLateUpdating:
        return subject ? "CREATING" : "UPDATING";
      case Part::kDeleting:
        return subject ? "DELETING" : "ACTIVE";
      case Part::kLateDeleting:
        return subject ? "DELETING" : "UPDATING";
      case Part::kTableCreating:
        return "CREATING";
      case Part::kTableDeleting:
        return "DELETING";
      case Part::kTail:
        break;
    }
    return "?";
  }

  // --- Carrying out
  // Parts that take no time are not seen.
  void begin(Group& group, Operation operation, Instant from,
             const std::vector<std::pair<Part, Duration>>& parts) {
    for (const auto& [part, length] : parts) {
      if (length.count() == 0) continue;
      from = from + length;
      operation.steps.push_back({part, from, kAfter});
    }
    group.operation = std::move(operation);
  }
  void carry_out(int region, const AddReplicaOrder& order) {
    Group& group = *find_group(region);
    const int subject = number(order.region);
    ReplicaCreation takes = group.has_items ? durations_.create_filled : durations_.create;
    if (order.takes) takes = {.updating = *order.takes};
    begin(group, {.subject = subject, .steps = {}}, now_ + kRoundTrip,
          {{Part::kHidden, takes.hidden},
           {Part::kInvisible, takes.invisible},
           {Part::kCreating, takes.creating},
           {Part::kLateUpdating, takes.updating}});
    // Where the copy is not done yet, it is looked at again half a second later.
    group.operation->steps.back().late = kAfter + Duration{500'000};
    group.copies.push_back({region, subject, now_});
    group.streams = true;
    if (!group.is_in(Part::kHidden)) list(group, subject);
  }
  void carry_out(int region, const RemoveReplicaOrder& order) {
    remove(*find_group(region), number(order.region), order.takes);
  }
  void remove(Group& group, int subject, std::optional<Duration> length) {
    ReplicaRemoval takes = durations_.remove;
    if (length) takes = {.deleting = *length};
    // The end of the last part is where the region forgets the table.
    begin(group, {.subject = subject, .steps = {}}, now_ + kRoundTrip,
          {{Part::kEarlyUpdating, takes.updating},
           {Part::kDeleting, takes.deleting},
           {Part::kLateDeleting, takes.second_updating}});
    group.operation->steps.push_back(
        {Part::kTail, group.operation->steps.back().ends + takes.tail, kAfter});
  }
  void carry_out(int region, const CreateTableOrder& order) {
    Group& group = groups_.emplace_back();
    group.members = {region};
    group.streams = order.stream.has_value();
    settings_[at(region)] = {};
    begin(group, {.subject = region, .steps = {}}, now_,
          {{Part::kTableCreating, order.takes.value_or(durations_.table_create)}});
  }
  void carry_out(int region, const DeleteTableOrder& order) {
    Group& group = *find_group(region);
    if (group.members.size() > 1) {
      remove(group, region, order.takes);
      return;
    }
    begin(group, {.subject = region, .steps = {}}, now_,
          {{Part::kTableDeleting, order.takes.value_or(durations_.table_delete)}});
  }
  void carry_out(int region, const ChangeStreamOrder& order) {
    Group& group = *find_group(region);
    group.streams = order.enable.has_value();
    begin(group, {.subject = region, .steps = {}}, now_,
          {{Part::kStreamSwitch, order.takes.value_or(durations_.stream_toggle)}});
  }
  void carry_out(int region, const ChangeProtectionOrder& order) {
    Group& group = *find_group(region);
    if (group.members.size() == 1) {
      settings_[at(region)].protection = order.on;
      return;
    }
    begin(group, {.subject = region, .steps = {}, .protects = order.on}, now_ + kRoundTrip,
          {{Part::kSetting, order.takes.value_or(durations_.update)}});
  }
  void carry_out(int region, const ChangeTimeToLiveOrder& order) {
    std::optional<std::string>& attribute = find_group(region)->ttl_attribute;
    attribute.reset();
    if (order.enabled) attribute = order.attribute;
  }
  void carry_out(int region, const ChangeTagsOrder& order) {
    std::map<std::string, std::string>& tags = settings_[at(region)].tags;
    for (const auto& [key, value] : order.set) tags[key] = value;
    for (const std::string& key : order.remove) tags.erase(key);
  }

  ControlDurations durations_;
  Duration source_lock_;
  Instant now_{0};
  std::vector<Group> groups_;
  std::array<Settings, kRegions> settings_;
  // Of regions whose table is on its way out, with a group that has forgotten it.
  std::array<std::optional<Instant>, kRegions> gone_at_;
  std::vector<Edge> past_edges_;
};

}  // namespace gtsim::control_model
