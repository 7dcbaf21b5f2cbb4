// The control plane's entry of the database: what was written is read back, and nothing else is.
#include "region-node/storage/control_format.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace gtsim {
namespace {

const std::vector<std::string> kNames = {"a", "b", "c"};

RegionId any_region() {
  return RegionId{static_cast<std::uint16_t>(*rc::gen::inRange(0, 3))};
}
Instant any_instant() {
  return Instant{*rc::gen::inRange<std::int64_t>(0, INT64_C(1) << 60)};
}
std::vector<RegionId> any_regions() {
  std::vector<RegionId> regions(static_cast<std::size_t>(*rc::gen::inRange(0, 4)));
  for (RegionId& region : regions) region = any_region();
  return regions;
}
std::uint64_t any_number() {
  return *rc::gen::arbitrary<std::uint64_t>();
}
OperationKind any_kind() {
  return *rc::gen::element(OperationKind::kAddReplica, OperationKind::kRemoveReplica,
                           OperationKind::kUpdateTable);
}
OperationPhase any_phase() {
  return static_cast<OperationPhase>(
      *rc::gen::inRange(0, static_cast<int>(OperationPhase::kTell) + 1));
}
OperationId any_id() {
  return {any_instant(), any_region(), any_number()};
}

OperationWaits any_waits() {
  OperationWaits waits{};
  for (Duration& wait : waits) {
    wait = Duration{*rc::gen::inRange<std::int64_t>(0, INT64_C(1) << 50)};
  }
  return waits;
}
std::string any_text() {
  return *rc::gen::arbitrary<std::string>();
}

GroupOperation any_operation() {
  GroupOperation operation;
  operation.id = any_id();
  operation.what = any_kind();
  operation.subject = any_region();
  operation.members = any_regions();
  operation.waits = any_waits();
  if (*rc::gen::arbitrary<bool>()) operation.protection = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) operation.accepted_at = any_instant();
  operation.backfill_items_per_second = *rc::gen::inRange<std::int64_t>(0, INT64_MAX);
  operation.phase = any_phase();
  operation.waits_for = any_regions();
  operation.met_another = *rc::gen::arbitrary<bool>();
  operation.not_before = any_instant();
  operation.subject_log_end = any_number();
  for (const RegionId region : any_regions()) operation.places.push_back({region, any_number()});
  return operation;
}

TableControlState any_state() {
  TableControlState state;
  for (const RegionId region : any_regions()) {
    state.members.push_back(
        {region, *rc::gen::element(ReplicaStatus::kCreating, ReplicaStatus::kActive,
                                   ReplicaStatus::kDeleting)});
  }
  for (const RegionId region : any_regions()) {
    state.copies.push_back({region, any_region(), any_instant()});
  }
  if (*rc::gen::arbitrary<bool>()) {
    state.hold = GroupHold{any_id(),     any_kind(),  any_region(), any_phase(),
                           std::nullopt, any_waits(), any_instant()};
    if (*rc::gen::arbitrary<bool>()) state.hold->admitted_from = any_number();
  }
  if (*rc::gen::arbitrary<bool>()) state.operation = any_operation();
  if (*rc::gen::arbitrary<bool>()) state.release = GroupRelease{any_number(), any_regions()};
  state.over.resize(static_cast<std::size_t>(*rc::gen::inRange(0, 4)));
  for (std::uint64_t& number : state.over) number = any_number();
  if (*rc::gen::arbitrary<bool>()) {
    state.stream_change = StreamSwitch{*rc::gen::arbitrary<bool>(), any_instant()};
  }
  if (*rc::gen::arbitrary<bool>()) state.active_at = any_instant();
  if (*rc::gen::arbitrary<bool>()) state.drop_at = any_instant();
  if (*rc::gen::arbitrary<bool>()) {
    state.settings = GroupSettings{any_id(), std::nullopt};
    if (*rc::gen::arbitrary<bool>()) state.settings->ttl_attribute = any_text();
    state.settings_wait_for = any_regions();
  }
  state.deletion_protection = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) {
    state.write_capacity.emplace();
    if (*rc::gen::arbitrary<bool>()) {
      state.write_capacity->units_per_second = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000);
    }
  }
  for (int tags = *rc::gen::inRange(0, 4); tags > 0; --tags) state.tags[any_text()] = any_text();
  return state;
}

RC_GTEST_PROP(ControlFormat, WhatWasWrittenIsReadBack, ()) {
  const TableControlState state = any_state();
  // On the disk they stand in another order than in memory.
  const format::RegionNumbers regions{kNames, {"c", "a"}};
  std::string bytes;
  format::append_control(bytes, state, regions);
  TableControlState found;
  RC_ASSERT(format::parse_control(bytes, regions, format::kNumber, found));
  RC_ASSERT(found == state);
}

RC_GTEST_PROP(ControlFormat, APartIsRefused, ()) {
  const format::RegionNumbers regions{kNames, {}};
  std::string bytes;
  format::append_control(bytes, any_state(), regions);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    TableControlState found;
    RC_ASSERT(!format::parse_control(std::string_view{bytes}.substr(0, length), regions,
                                     format::kNumber, found));
  }
  TableControlState found;
  RC_ASSERT(!format::parse_control(bytes + '\0', regions, format::kNumber, found));
}

// Whatever stands there: it is read to the end or refused, and what is read can be written.
RC_GTEST_PROP(ControlFormat, ADamagedOneIsReadOrRefused, ()) {
  const format::RegionNumbers regions{kNames, {}};
  std::string bytes;
  format::append_control(bytes, any_state(), regions);
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(*rc::gen::inRange(0, 256));
  TableControlState found;
  if (!format::parse_control(bytes, regions, format::kNumber, found)) return;
  std::string again;
  format::append_control(again, found, regions);
  TableControlState same;
  RC_ASSERT(format::parse_control(again, regions, format::kNumber, same));
  RC_ASSERT(same == found);
}

TEST(ControlFormat, ARegionThatIsNotNamedAnyMoreIsRefused) {
  TableControlState state;
  state.members.push_back({RegionId{2}, ReplicaStatus::kActive});
  std::string bytes;
  format::append_control(bytes, state, format::RegionNumbers{kNames, {}});
  TableControlState found;
  const std::vector<std::string> fewer = {"a", "b"};
  EXPECT_FALSE(
      format::parse_control(bytes, format::RegionNumbers{fewer, kNames}, format::kNumber, found));
}

}  // namespace
}  // namespace gtsim
