#include "region-node/storage/control_format.h"

#include "region-node/storage/byte_codec.h"

namespace gtsim::format {
namespace {

class Writer {
 public:
  Writer(std::string& out, const RegionNumbers& regions) : bytes_(out), regions_(regions) {}

  void put(std::uint64_t number) { bytes_.varint(number); }
  void put(bool flag) { bytes_.byte(flag ? 1 : 0); }
  void put(RegionId region) { bytes_.byte(regions_.on_disk(region)); }
  void put(Instant at) { bytes_.word(at.us); }
  void put(Duration duration) { bytes_.word(duration.count()); }
  void put(const std::string& text) { bytes_.text(text); }
  void put(OperationKind what) { bytes_.byte(static_cast<std::uint8_t>(what)); }
  void put(OperationPhase phase) { bytes_.byte(static_cast<std::uint8_t>(phase)); }
  void put(ReplicaStatus status) { bytes_.byte(static_cast<std::uint8_t>(status)); }
  void put(const OperationId& id) { all(id.ordered_at, id.initiator, id.number); }
  void put(const TableView::Member& member) { all(member.region, member.status); }
  void put(const TableView::Copy& copy) { all(copy.source, copy.replica, copy.added_at); }
  void put(const ControlMessage::Place& place) { all(place.region, place.position); }
  void put(const GroupHold& hold) {
    all(hold.operation, hold.what, hold.subject, hold.phase, hold.admitted_from, hold.waits,
        hold.phase_at);
  }
  void put(const GroupOperation& operation) {
    all(operation.id, operation.what, operation.subject, operation.members, operation.waits,
        static_cast<std::uint64_t>(operation.backfill_items_per_second), operation.phase,
        operation.waits_for, operation.met_another, operation.not_before, operation.subject_log_end,
        operation.places, operation.protection, operation.accepted_at);
  }
  void put(const GroupSettings& settings) { all(settings.version, settings.ttl_attribute); }
  void put(const WriteCapacitySetting& capacity) {
    put(capacity.units_per_second.has_value());
    if (capacity.units_per_second) put(static_cast<std::uint64_t>(*capacity.units_per_second));
  }
  void put(const OperationWaits& waits) {
    for (const Duration wait : waits) put(wait);
  }
  void put(const GroupRelease& release) { all(release.number, release.waits_for); }
  void put(const StreamSwitch& change) { all(change.to_enabled, change.ends_at); }
  template <class T>
  void put(const std::vector<T>& list) {
    put(std::uint64_t{list.size()});
    for (const T& one : list) put(one);
  }
  template <class T>
  void put(const std::optional<T>& maybe) {
    put(maybe.has_value());
    if (maybe) put(*maybe);
  }
  template <class... T>
  void all(const T&... each) {
    (put(each), ...);
  }

 private:
  ByteWriter bytes_;
  const RegionNumbers& regions_;
};

class Reader {
 public:
  Reader(std::string_view bytes, const RegionNumbers& regions, std::uint64_t format)
      : bytes_(bytes), regions_(regions), format_(format) {}

  [[nodiscard]] bool complete() const { return !refused_ && bytes_.complete(); }
  [[nodiscard]] bool healthy() const { return !refused_ && !bytes_.failed(); }

  void get(std::uint64_t& number) { number = bytes_.varint(); }
  void get(std::int64_t& number) { number = static_cast<std::int64_t>(bytes_.varint()); }
  void get(bool& flag) { flag = at_most(1) != 0; }
  void get(RegionId& region) {
    if (!regions_.in_memory(bytes_.byte(), region)) refused_ = true;
  }
  void get(Instant& at) { at.us = bytes_.signed_word(); }
  void get(Duration& duration) { duration = Duration{bytes_.signed_word()}; }
  void get(std::string& text) { text = bytes_.text(); }
  void get(OperationKind& what) { get_enum(what, OperationKind::kUpdateTable); }
  void get(OperationPhase& phase) { get_enum(phase, OperationPhase::kTell); }
  void get(ReplicaStatus& status) { get_enum(status, ReplicaStatus::kDeleting); }
  void get(OperationId& id) { all(id.ordered_at, id.initiator, id.number); }
  void get(TableView::Member& member) { all(member.region, member.status); }
  void get(TableView::Copy& copy) { all(copy.source, copy.replica, copy.added_at); }
  void get(ControlMessage::Place& place) { all(place.region, place.position); }
  void get(GroupHold& hold) {
    all(hold.operation, hold.what, hold.subject, hold.phase, hold.admitted_from);
    if (format_ >= 5) all(hold.waits, hold.phase_at);
  }
  void get(GroupOperation& operation) {
    all(operation.id, operation.what, operation.subject, operation.members);
    Duration takes{0};
    format_ >= 5 ? get(operation.waits) : get(takes);
    all(operation.backfill_items_per_second, operation.phase, operation.waits_for,
        operation.met_another, operation.not_before, operation.subject_log_end, operation.places);
    format_ >= 5 ? all(operation.protection, operation.accepted_at) : take_over(operation, takes);
  }
  void get(GroupSettings& settings) { all(settings.version, settings.ttl_attribute); }
  void get(WriteCapacitySetting& capacity) { get(capacity.units_per_second); }
  void get(OperationWaits& waits) {
    for (Duration& wait : waits) get(wait);
  }
  void get(GroupRelease& release) { all(release.number, release.waits_for); }
  void get(StreamSwitch& change) { all(change.to_enabled, change.ends_at); }
  // One by one: a length that lies is found out before memory is asked for.
  template <class T>
  void get(std::vector<T>& list) {
    for (std::uint64_t count = bytes_.varint(); count > 0 && healthy(); --count) {
      get(list.emplace_back());
    }
  }
  template <class T>
  void get(std::optional<T>& maybe) {
    bool there = false;
    get(there);
    if (there && healthy()) get(maybe.emplace());
  }
  template <class... T>
  void all(T&... each) {
    (get(each), ...);
  }

 private:
  std::uint8_t at_most(std::uint8_t limit) {
    const std::uint8_t value = bytes_.byte();
    if (value > limit) refused_ = true;
    return value > limit ? 0 : value;
  }
  template <class Enum>
  void get_enum(Enum& out, Enum last) {
    out = static_cast<Enum>(at_most(static_cast<std::uint8_t>(last)));
  }
  // An operation had one status that took a while, and counted it from the acceptance.
  static void take_over(GroupOperation& operation, Duration takes) {
    const bool adds = operation.what == OperationKind::kAddReplica;
    operation.waits[adds ? 3 : 1] = takes;
    if (operation.phase == OperationPhase::kReserve) return;
    operation.accepted_at = operation.not_before - takes;
    const bool waits =
        operation.phase == OperationPhase::kMark || operation.phase == OperationPhase::kLeave;
    if (!waits) operation.not_before = *operation.accepted_at;
  }

  ByteReader bytes_;
  const RegionNumbers& regions_;
  std::uint64_t format_;
  bool refused_ = false;
};

}  // namespace

void append_control(std::string& out, const TableControlState& state,
                    const RegionNumbers& regions) {
  Writer writer{out, regions};
  writer.all(state.members, state.copies, state.hold, state.operation, state.release,
             state.stream_change, state.active_at, state.drop_at, state.settings,
             state.settings_wait_for, state.deletion_protection);
  writer.put(std::uint64_t{state.tags.size()});
  for (const auto& [key, value] : state.tags) writer.all(key, value);
  writer.put(state.write_capacity);
  // By region, not by its number in memory.
  writer.put(std::uint64_t{state.over.size()});
  for (std::size_t i = 0; i < state.over.size(); ++i) {
    writer.all(RegionId{static_cast<std::uint16_t>(i)}, state.over[i]);
  }
}

bool parse_control(std::string_view bytes, const RegionNumbers& regions, std::uint64_t number,
                   TableControlState& out) {
  Reader reader{bytes, regions, number};
  reader.all(out.members, out.copies, out.hold, out.operation, out.release, out.stream_change);
  if (number >= 5) {
    reader.all(out.active_at, out.drop_at, out.settings, out.settings_wait_for,
               out.deletion_protection);
    std::uint64_t tags = 0;
    for (reader.get(tags); tags > 0 && reader.healthy(); --tags) {
      std::string key;
      reader.get(key);
      reader.get(out.tags[key]);
    }
  }
  if (number >= 6) reader.get(out.write_capacity);
  std::vector<ControlMessage::Place> over;
  reader.get(over);
  for (const ControlMessage::Place& each : over) {
    if (each.region.index() >= out.over.size()) out.over.resize(each.region.index() + 1);
    out.over[each.region.index()] = each.position;
  }
  // Nobody waits to hear what was never changed.
  return reader.complete() && (out.settings || out.settings_wait_for.empty());
}

}  // namespace gtsim::format
