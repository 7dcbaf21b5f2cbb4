// What the model of the control plane (control_model.h) answers to an order: "ok", or outcome and
// text.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/control_model.h"

namespace gtsim::control_model {

inline const std::string kOk = "ok";
inline const std::string kBusy =
    "in-use: The resource which you are attempting to change is in use.";
inline const std::string kInUse = "in-use: Attempt to change a resource which is still in use: ";
inline const std::string kBeingCreated = kInUse + "Table is being created: t";
inline const std::string kBeingDeleted = kInUse + "Table is being deleted: t";
inline const std::string kExists = "in-use: Table already exists: t";
inline const std::string kNoTable = "not-found: Requested resource not found: Table: t not found";
inline const std::string kOneOrMore = "invalid: One or more parameter values were invalid: ";
inline const std::string kExistedAsTables =
    "invalid: Failed to create a the new replica of table with name: ‘t’ because one or more "
    "replicas already existed as tables.";
inline const std::string kLocalRegion =
    "invalid: Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, "
    "DeleteTable, or UpdateTable as required.";
inline const std::string kActedAsSource =
    "invalid: Replica cannot be deleted because it has acted as a source region for new replica(s) "
    "being added to the table in the last 24 hours.";
inline const std::string kAlreadyStreams =
    "invalid: Table already has an enabled stream: TableName: t";

// More than one: each is right. None: the service was not seen to answer this, do not ask.
using Answers = std::vector<std::string>;

class Judge {
 public:
  // `model` outlives this.
  explicit Judge(const Model& model) : model_(model) {}

  [[nodiscard]] Answers judge(int region, const Action& action) const {
    if (model_.leaves(region)) return of_leaving(region, action);
    if (!model_.has_table(region)) return without_table(region, action);
    const Group& group = *model_.group_of(region);
    return std::visit([&](const auto& order) { return answers(group, region, order); }, action);
  }
  // What keeps the order back is known to the region that would go, not to the one that is asked.
  [[nodiscard]] bool is_refused_elsewhere(int region, const Action& action) const {
    const auto* const order = std::get_if<RemoveReplicaOrder>(&action);
    return order != nullptr &&
           judge(region, action) == Answers{is_protected(Model::number(order->region))};
  }

 private:
  static std::string being_added(int region) {
    return "invalid: Create/Update/Delete of replica is not allowed while the replica is being "
           "added to table with name: ‘t’ in region: ‘" +
           std::string(1, static_cast<char>('A' + region)) + "’.";
  }
  static std::string not_part(int region) {
    return "invalid: Update global table operation failed because one or more replicas were not "
           "part of the global table. Please retry the request without these replicas: [" +
           Model::name(region) + "].";
  }
  static std::string is_protected(int region) {
    return "invalid: Cannot delete table t in region " + Model::name(region) +
           " because it has deletion protection enabled. Disable deletion protection first.";
  }
  static std::string has_replicas_in(const Group& group) {
    std::string text =
        "in-use: Global table with name: 't' already exists with replicas in regions: ";
    for (const int member : group.members) {
      text += Model::name(member) + (member == group.members.back() ? "." : ", ");
    }
    return text;
  }
  // Of a table in one region.
  static std::optional<std::string> state_conflict(const Group& group) {
    if (group.is_in(Part::kTableCreating)) return kBeingCreated;
    if (group.is_in(Part::kTableDeleting)) return kBeingDeleted;
    return {};
  }
  static bool names_itself(int region, const Action& action) {
    const auto* const add = std::get_if<AddReplicaOrder>(&action);
    const auto* const remove = std::get_if<RemoveReplicaOrder>(&action);
    return (add != nullptr && Model::number(add->region) == region) ||
           (remove != nullptr && Model::number(remove->region) == region);
  }

  [[nodiscard]] Answers without_table(int region, const Action& action) const {
    if (std::holds_alternative<ChangeTagsOrder>(action)) return {};
    if (!std::holds_alternative<CreateTableOrder>(action)) return {kNoTable};
    // Where a replica is about to come the name is taken.
    return {model_.awaits_replica(region) ? kExists : kOk};
  }
  // Its group has forgotten it: a table of one region that is being deleted.
  [[nodiscard]] static Answers of_leaving(int region, const Action& action) {
    if (std::holds_alternative<CreateTableOrder>(action)) return {kExists};
    if (names_itself(region, action)) return {kLocalRegion};
    if (const auto* const remove = std::get_if<RemoveReplicaOrder>(&action)) {
      return {not_part(Model::number(remove->region))};
    }
    return {kBeingDeleted};
  }

  [[nodiscard]] Answers answers(const Group& group, int region,
                                const AddReplicaOrder& order) const {
    const int other = Model::number(order.region);
    if (other == region) return {kLocalRegion};
    if (group.coming() == region) return {being_added(region)};
    if (group.coming() == other) return {has_replicas_in(group)};
    if (group.lists(other)) return {kExistedAsTables};
    if (group.is_in(Part::kStreamSwitch)) return {};
    const std::string conflict = group.operation ? state_conflict(group).value_or(kBusy) : kOk;
    const bool is_own = group.adds() && group.operation->subject == other;
    if (model_.awaits_replica(other) && !is_own) return {};
    const bool has_stranger = model_.group_of(other) != nullptr || model_.leaves(other);
    if (!has_stranger) return {conflict};
    // A table that shares only the name. Membership goes before states, but nobody has seen such a
    // table meet a busy group: a region that refuses for what it knows itself asks no other.
    if (conflict == kOk) return {kExistedAsTables};
    return {kExistedAsTables, conflict};
  }
  [[nodiscard]] Answers answers(const Group& group, int region,
                                const RemoveReplicaOrder& order) const {
    const int other = Model::number(order.region);
    if (other == region) return {kLocalRegion};
    if (!group.lists(other)) return {not_part(other)};
    if (group.coming() == region) {
      return {model_.is_source(other) ? kActedAsSource : being_added(region)};
    }
    if (group.operation) return {kBusy};
    if (model_.is_source(other)) return {kActedAsSource};
    if (model_.settings(other).protection) return {is_protected(other)};
    return {kOk};
  }
  [[nodiscard]] static Answers answers(const Group& group, int /*region*/,
                                       const CreateTableOrder& /*order*/) {
    return {group.is_in(Part::kTableCreating) ? kBeingCreated : kExists};
  }
  [[nodiscard]] Answers answers(const Group& group, int region,
                                const DeleteTableOrder& /*order*/) const {
    if (const auto conflict = state_conflict(group)) return {*conflict};
    if (group.coming() == region) return {kInUse + "Table: t is being used."};
    if (group.going() == region) return {kBusy};
    if (model_.is_source(region)) {
      if (group.is_in(Part::kHidden)) return {};
      return {kActedAsSource};
    }
    if (group.is_in(Part::kSetting) && group.operation->subject == region) {
      // Nobody has seen whether it counts from the acceptance on or when it has gone round.
      return {kBusy, is_protected(region)};
    }
    if (model_.settings(region).protection) {
      if (group.members.size() > 1) return {is_protected(region)};
      return {
          "invalid: Resource cannot be deleted as it is currently protected against deletion. "
          "Disable deletion protection first."};
    }
    if (group.is_in(Part::kStreamSwitch)) {
      return {kInUse + "Cannot delete table while stream is being enabled/disabled."};
    }
    return {group.operation ? kBusy : kOk};
  }
  [[nodiscard]] Answers answers(const Group& group, int region,
                                const ChangeStreamOrder& order) const {
    if (group.coming() == region) return {kNoTable};
    if (group.is_global()) {
      if (order.enable) return {kAlreadyStreams};
      return {kOneOrMore + "Disabling Stream is not allowed for a Global Table replica."};
    }
    if (const auto conflict = state_conflict(group)) return {*conflict};
    if (group.is_in(Part::kStreamSwitch)) {
      return {kInUse +
              "A stream status change is currently in progress. Table: t Stream: "
              "2026-01-01T00:00:00.000 Operation: " +
              (group.streams ? "ENABLE" : "DISABLE")};
    }
    if (order.enable && group.streams) return {kAlreadyStreams};
    if (!order.enable && !group.streams) {
      return {"invalid: Table has no stream to disable: TableName: t"};
    }
    return {kOk};
  }
  [[nodiscard]] Answers answers(const Group& group, int region,
                                const ChangeProtectionOrder& /*order*/) const {
    if (group.coming() == region) return {kNoTable};
    if (const auto conflict = state_conflict(group)) return {*conflict};
    return {group.operation && !group.is_in(Part::kStreamSwitch) ? kBusy : kOk};
  }
  [[nodiscard]] static Answers answers(const Group& group, int region,
                                       const ChangeTimeToLiveOrder& order) {
    if (group.coming() == region || group.going() == region) return {kNoTable};
    if (group.is_in(Part::kTableCreating)) return {kInUse + "Table t is being created"};
    if (group.is_in(Part::kTableDeleting)) return {kBeingDeleted};
    if (group.coming()) return {being_added(*group.coming())};
    if (!group.ttl_attribute) {
      return {order.enabled ? kOk : "invalid: TimeToLive is already disabled"};
    }
    if (*group.ttl_attribute != order.attribute) {
      return {
          "invalid: TimeToLive is active on a different AttributeName: current AttributeName is " +
          *group.ttl_attribute};
    }
    return {order.enabled ? "invalid: TimeToLive is already enabled" : kOk};
  }
  [[nodiscard]] static Answers answers(const Group& group, int region,
                                       const ChangeTagsOrder& /*order*/) {
    if (group.coming() == region || group.going() == region) return {};
    return {state_conflict(group).value_or(kOk)};
  }

  const Model& model_;
};

}  // namespace gtsim::control_model
