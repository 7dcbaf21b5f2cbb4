#include "region-node/control_plane/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/base/mutant.h"
#include "region-node/control_plane/refusals.h"

namespace gtsim {
namespace {

constexpr std::string_view kInvalidParameter = "One or more parameter values were invalid: ";
constexpr std::string_view kStillInUse = "Attempt to change a resource which is still in use: ";

Refusal invalid(std::string text) {
  return {{Errc::kValidation, std::move(text)}};
}
Refusal invalid_for_now(std::string text) {
  return {{Errc::kValidation, std::move(text)}, true};
}
Refusal in_use(std::string text) {
  return {{Errc::kResourceInUse, std::move(text)}, true};
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

class Judge {
 public:
  explicit Judge(const TableView& view) : view_(view), asked_(status_of(view.asked)) {}

  [[nodiscard]] bool has_table() const { return asked_ != ReplicaStatus::kAbsent; }
  [[nodiscard]] Refusal no_such_table() const {
    return {{Errc::kResourceNotFound,
             fmt::format("Requested resource not found: Table: {} not found", view_.table)}};
  }

  // Also where a replica is about to come. Source: CreateTable, ResourceInUseException.
  std::optional<Refusal> operator()(const CreateTableOrder&) const {
    if (!has_table() && !view_.membership_changes) return std::nullopt;
    if (view_.members.size() == 1 && asked_ == ReplicaStatus::kCreating) {
      return *comes_or_goes_alone();
    }
    return in_use(fmt::format("Table already exists: {}", view_.table));
  }

  std::optional<Refusal> operator()(const AddReplicaOrder& order) const {
    if (order.region == view_.asked) return names_itself();
    if (auto changing = comes_or_goes_alone()) return changing;
    if (asked_ == ReplicaStatus::kCreating) return is_being_added();
    switch (status_of(order.region)) {
      case ReplicaStatus::kAbsent:
        if (view_.leaving == order.region) return Refusal{replica_is_there(view_.table), true};
        break;
      case ReplicaStatus::kCreating:
        return in_use(
            fmt::format("Global table with name: '{}' already exists with replicas in regions: {}.",
                        view_.table, names_of_members()));
      case ReplicaStatus::kActive:
      case ReplicaStatus::kDeleting:  // also when it is not listed any more
        return Refusal{replica_is_there(view_.table)};
    }
    if (is_busy()) return Refusal{group_is_busy(), true};
    return std::nullopt;
  }

  std::optional<Refusal> operator()(const RemoveReplicaOrder& order) const {
    if (order.region == view_.asked) return names_itself();
    if (status_of(order.region) == ReplicaStatus::kAbsent) {
      return invalid(
          fmt::format("Update global table operation failed because one or more replicas were not "
                      "part of the global table. Please retry the request without these replicas: "
                      "[{}].",
                      name(order.region)));
    }
    if (asked_ == ReplicaStatus::kCreating) {
      return is_source(order.region) ? is_locked() : is_being_added();
    }
    if (is_busy()) return Refusal{group_is_busy(), true};
    if (is_source(order.region)) return is_locked();
    return std::nullopt;
  }

  std::optional<Refusal> operator()(const DeleteTableOrder&) const {
    if (auto changing = comes_or_goes_alone()) return changing;
    if (asked_ == ReplicaStatus::kCreating) {
      return in_use(fmt::format("{}Table: {} is being used.", kStillInUse, view_.table));
    }
    if (asked_ == ReplicaStatus::kDeleting) return Refusal{group_is_busy(), true};
    if (is_source(view_.asked)) return is_locked();
    if (view_.deletion_protection) return Refusal{is_protected_here()};
    if (view_.stream.changes_to_enabled) {
      return in_use(fmt::format("{}Cannot delete table while stream is being enabled/disabled.",
                                kStillInUse));
    }
    if (is_busy()) return Refusal{group_is_busy(), true};
    return std::nullopt;
  }

  std::optional<Refusal> operator()(const ChangeStreamOrder& order) const {
    const bool is_member = view_.members.size() > 1;
    if (is_member && asked_ == ReplicaStatus::kCreating) return no_such_table();
    if (auto changing = comes_or_goes_alone()) return changing;
    const bool is_to_be_one = view_.membership_changes && !view_.leaving;
    if (is_member || is_to_be_one) {
      // A first replica that was asked for a moment ago, and may still be refused.
      if (!is_member && order.enable && !view_.stream.enabled) {
        return Refusal{group_is_busy(), true};
      }
      if (order.enable) return stream_is_there();
      return invalid(fmt::format("{}Disabling Stream is not allowed for a Global Table replica.",
                                 kInvalidParameter));
    }
    if (view_.stream.changes_to_enabled) {
      return in_use(
          fmt::format("{}A stream status change is currently in progress. Table: {} Stream: {} "
                      "Operation: {}",
                      kStillInUse, view_.table, view_.stream.label,
                      *view_.stream.changes_to_enabled ? "ENABLE" : "DISABLE"));
    }
    if (order.enable && view_.stream.enabled) return stream_is_there();
    if (!order.enable && !view_.stream.enabled) {
      return invalid(fmt::format("Table has no stream to disable: TableName: {}", view_.table));
    }
    return std::nullopt;
  }

  // Also while the stream of a table without replicas changes.
  std::optional<Refusal> operator()(const ChangeProtectionOrder&) const {
    if (auto changing = comes_or_goes_alone()) return changing;
    if (asked_ == ReplicaStatus::kCreating) return no_such_table();
    if (asked_ == ReplicaStatus::kDeleting || view_.membership_changes) {
      return Refusal{group_is_busy(), true};
    }
    return std::nullopt;
  }

  // Whatever else is under way, but for a new replica. Source: recorded answers of the service,
  // 2026 (UpdateTimeToLive).
  std::optional<Refusal> operator()(const ChangeTimeToLiveOrder& order) const {
    if (is_coming_or_going_replica()) return no_such_table();
    if (asked_ == ReplicaStatus::kCreating) {
      return in_use(fmt::format("{}Table {} is being created", kStillInUse, view_.table));
    }
    if (auto going = comes_or_goes_alone()) return going;
    for (const TableView::Member& member : view_.members) {
      if (member.status == ReplicaStatus::kCreating) return is_being_added(member.region);
    }
    const std::optional<std::string>& current = view_.ttl_attribute;
    if (!order.enabled && !current) return invalid("TimeToLive is already disabled");
    if (current && *current != order.attribute) {
      return invalid(
          fmt::format("TimeToLive is active on a different AttributeName: current AttributeName is "
                      "{}",
                      *current));
    }
    if (order.enabled && current) return invalid("TimeToLive is already enabled");
    return std::nullopt;
  }

  std::optional<Refusal> operator()(const ChangeTagsOrder& order) const {
    if (is_coming_or_going_replica()) return no_such_table();
    if (auto changing = comes_or_goes_alone()) return changing;
    // The service has this limit; its text is not known.
    if (with_changes(view_.tags, order).size() <= kMaxTags) return std::nullopt;
    return invalid(fmt::format("A table has at most {} tags", kMaxTags));
  }

 private:
  // A table without replicas elsewhere that is not ACTIVE.
  [[nodiscard]] std::optional<Refusal> comes_or_goes_alone() const {
    if (view_.members.size() > 1) return std::nullopt;
    if (asked_ == ReplicaStatus::kCreating) {
      return in_use(fmt::format("{}Table is being created: {}", kStillInUse, view_.table));
    }
    if (asked_ == ReplicaStatus::kDeleting) {
      return in_use(fmt::format("{}Table is being deleted: {}", kStillInUse, view_.table));
    }
    return std::nullopt;
  }
  // Its settings can be neither read nor changed.
  [[nodiscard]] bool is_coming_or_going_replica() const {
    return view_.members.size() > 1 && asked_ != ReplicaStatus::kActive;
  }
  [[nodiscard]] ReplicaStatus status_of(RegionId region) const {
    for (const TableView::Member& member : view_.members) {
      if (member.region == region) return member.status;
    }
    return ReplicaStatus::kAbsent;
  }
  [[nodiscard]] const std::string& name(RegionId region) const {
    return view_.region_names[region.index()];
  }
  [[nodiscard]] std::string names_of_members() const {
    std::vector<std::string_view> names;
    for (const TableView::Member& member : view_.members) names.push_back(name(member.region));
    std::sort(names.begin(), names.end());
    return fmt::format("{}", fmt::join(names, ", "));
  }
  [[nodiscard]] bool is_busy() const {
    return view_.membership_changes || view_.stream.changes_to_enabled;
  }
  // Of a replica that was added a short while ago and is still there.
  [[nodiscard]] bool is_source(RegionId region) const {
    if (broken(Mutant::kSourceLockIgnored)) return false;
    return std::any_of(view_.copies.begin(), view_.copies.end(), [&](const TableView::Copy& copy) {
      return copy.source == region && view_.now - copy.added_at < view_.source_lock;
    });
  }

  [[nodiscard]] static Refusal names_itself() {
    return invalid(
        "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, "
        "DeleteTable, or UpdateTable as required.");
  }
  [[nodiscard]] Refusal is_being_added() const { return is_being_added(view_.asked); }
  [[nodiscard]] Refusal is_being_added(RegionId region) const {
    return invalid_for_now(
        fmt::format("Create/Update/Delete of replica is not allowed while the replica is being "
                    "added to table with name: ‘{}’ in region: ‘{}’.",
                    view_.table, upper_case(name(region))));
  }
  [[nodiscard]] static Refusal is_locked() {
    return invalid_for_now(
        "Replica cannot be deleted because it has acted as a source region for new replica(s) "
        "being added to the table in the last 24 hours.");
  }
  [[nodiscard]] Error is_protected_here() const {
    if (view_.members.size() > 1) return is_protected(view_.table, name(view_.asked));
    return validation_error(
        "Resource cannot be deleted as it is currently protected against deletion. Disable "
        "deletion protection first.");
  }
  [[nodiscard]] Refusal stream_is_there() const {
    return invalid(fmt::format("Table already has an enabled stream: TableName: {}", view_.table));
  }

  const TableView& view_;
  ReplicaStatus asked_;
};

}  // namespace

const char* to_text(OrderOutcome outcome) {
  switch (outcome) {
    case OrderOutcome::kOk:
      return "ok";
    case OrderOutcome::kInvalid:
      return "invalid";
    case OrderOutcome::kInUse:
      return "in-use";
    case OrderOutcome::kNotFound:
      return "not-found";
    case OrderOutcome::kUnavailable:
      return "unavailable";
  }
  return "";
}

ReplicaCreation durations_of(const AddReplicaOrder& order, const ControlDurations& durations,
                             bool source_has_items) {
  if (order.takes) return {.updating = *order.takes};
  return source_has_items ? durations.create_filled : durations.create;
}

ReplicaRemoval durations_of(const RemoveReplicaOrder& order, const ControlDurations& durations) {
  return order.takes ? ReplicaRemoval{.deleting = *order.takes} : durations.remove;
}

ReplicaRemoval durations_of(const DeleteTableOrder& order, const ControlDurations& durations,
                            bool last) {
  if (order.takes) return {.deleting = *order.takes};
  return last ? ReplicaRemoval{.deleting = durations.table_delete} : durations.remove;
}

std::map<std::string, std::string> with_changes(std::map<std::string, std::string> tags,
                                                const ChangeTagsOrder& changes) {
  for (const auto& [key, value] : changes.set) tags[key] = value;
  for (const std::string& key : changes.remove) tags.erase(key);
  return tags;
}

std::optional<Refusal> refusal_of(const TableView& view, const ControlOrder& order) {
  const Judge judge(view);
  const bool makes_one = std::holds_alternative<CreateTableOrder>(order.action);
  if (!judge.has_table() && !makes_one) return judge.no_such_table();
  return std::visit(judge, order.action);
}

OrderOutcome order_outcome_of(const Error& refusal) {
  switch (refusal.code) {
    case Errc::kValidation:
      return OrderOutcome::kInvalid;
    case Errc::kResourceInUse:
      return OrderOutcome::kInUse;
    case Errc::kResourceNotFound:
      return OrderOutcome::kNotFound;
    default:
      return OrderOutcome::kUnavailable;
  }
}

}  // namespace gtsim
