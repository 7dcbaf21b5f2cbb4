#include "region-node/table_replica.h"

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "region-node/base/mutant.h"

namespace gtsim {
namespace {

// Values more than five years past are ignored. Source: "Using time to live (TTL)".
bool too_long_past(WallTime expiry, WallTime clock) {
  constexpr Duration kFiveYears{5LL * 365 * 86'400 * 1'000'000};
  return expiry + kFiveYears < clock;
}

}  // namespace

const char* to_text(ReplicaStatus status) {
  switch (status) {
    case ReplicaStatus::kAbsent:
      return "absent";
    case ReplicaStatus::kCreating:
      return "CREATING";
    case ReplicaStatus::kActive:
      return "ACTIVE";
    case ReplicaStatus::kDeleting:
      return "DELETING";
  }
  return "";
}

TableReplica::TableReplica(TableOptions options, const KeySpace& keys, Store& store)
    : options_(std::move(options)),
      keys_(keys),
      store_(store),
      sender_(options_.region, options_.table, options_.replication, keys),
      ttl_(options_.ttl) {
  if (options_.storage != nullptr) sender_.restore(options_.storage, 0, 0);
}

ReceivedLog& TableReplica::received_mutable(RegionId region) {
  if (region.index() >= received_.size()) received_.resize(region.index() + 1);
  return received_[region.index()];
}

// Rule 1: validated and conditioned on the local item only.
Result<TableReplica::Prepared> TableReplica::prepare(const Operation& operation, Instant now) {
  if (status_ != ReplicaStatus::kActive) {
    return Error{Errc::kResourceNotFound, "Requested resource not found"};
  }
  const StoredItem& held = store_.get(operation.key);
  auto after = operation.evaluate(held.image, keys_.bytes(operation.key));
  if (!after) return after.error();
  Prepared prepared{false, std::move(*after)};
  if (operation.kind == WriteKind::kCheck) return prepared;
  prepared.changed = !(prepared.image == held.image) ||
                     (broken(Mutant::kRecordForNoOp) && static_cast<bool>(prepared.image));
  if (capacity_.limited()) {
    const std::uint32_t size = std::max(prepared.image.size_bytes(), held.image.size_bytes());
    if (!capacity_.take(write_units(size), now)) {
      return Error{Errc::kThrottled,
                   "The level of configured provisioned throughput for the table was exceeded. "
                   "Consider increasing your provisioning level with the UpdateTable API."};
    }
  }
  return prepared;
}

void TableReplica::commit(const Operation& operation, Prepared&& prepared, bool writer_waits,
                          Moment moment, Effects& out, OperationResult& result) {
  const StoredItem& held = store_.get(operation.key);
  result.changed = prepared.changed;
  result.version = held.version;
  result.replaced = held.version;
  result.before = held.image;
  result.after = prepared.image;
  if (!prepared.changed) return;
  result.version = enter({.key = operation.key,
                          .acknowledged = writer_waits,
                          .by_update = operation.kind == WriteKind::kUpdate},
                         std::move(prepared.image), moment, out);
}

// Rule 1: item, record and log entry in one step; a write that changes nothing does none of it.
Version TableReplica::enter(OwnWrite write, Image&& image, Moment moment, Effects& out) {
  const StoredItem& held = store_.get(write.key);
  Version version{moment.clock, options_.region};
  if (held.version.ever_written() && version.timestamp <= held.version.timestamp &&
      !broken(Mutant::kVersionNotMonotonic)) {
    version.timestamp = held.version.timestamp + Duration{1};
  }

  EmittedRecord& emitted = out.add_record();
  emitted.committed_at = moment.now;
  StreamRecord& record = emitted.record;
  record.new_image = image;
  record.old_image = held.image;
  record.version = version;
  record.old_version = held.version;
  record.key = write.key;
  record.origin = OriginKind::kApplication;
  record.ttl_identity = write.by_ttl;
  record.by_update = write.by_update;
  emit(emitted, moment);

  Change change{.image = image,
                .version = version,
                .committed_at = moment.now,
                .key = write.key,
                .offset = 0,
                .acknowledged = write.acknowledged};
  if (ttl_) watch_expiry(write.key, image, out, moment);
  const bool forgets = broken(Mutant::kTombstoneDropped) && !image;
  store_.put(write.key, {std::move(image), forgets ? Version{} : version, write.acknowledged});
  out.want_wake(sender_.commit(std::move(change), moment.now, out.messages));
  return version;
}

// Fills in what follows from the images and puts the record into the stream, if there is one.
void TableReplica::emit(EmittedRecord& emitted, Moment moment) {
  StreamRecord& record = emitted.record;
  emitted.table = options_.table;
  record.event = !record.old_image   ? EventName::kInsert
                 : !record.new_image ? EventName::kRemove
                                     : EventName::kModify;
  record.created_at = options_.origin_record_time && record.origin == OriginKind::kReplication
                          ? record.version.timestamp
                          : moment.clock;
  record.appended_at = moment.now;
  Stream* current = stream();
  emitted.in_stream = current != nullptr && current->accepts_records();
  if (emitted.in_stream) current->append(record, keys_.partition_hash(record.key));
}

void TableReplica::watch_expiry(KeyId key, const Image& image, Effects& out, Moment moment) {
  if (!image || !deletes_expired(key)) return;
  const auto expiry = expiry_of(image.bytes(), ttl_->attribute);
  if (!expiry) return;
  if (too_long_past(*expiry, moment.clock)) return;
  const Duration early{broken(Mutant::kTtlTooEarly) ? -2'000'000 : 0};
  const WallTime due = *expiry + (ttl_->delay + early);
  ttl_index_.add(due, key);
  out.want_wake(moment.now + std::max(Duration{0}, due - moment.clock));
}

// One region carries the delete out, the same for everybody; members_ is without this region.
bool TableReplica::deletes_expired(KeyId key) const {
  if (ttl_->every_region) return true;
  const auto& others = sender_.members();
  const std::uint64_t rank = static_cast<std::uint64_t>(
      std::lower_bound(others.begin(), others.end(), options_.region) - others.begin());
  // By the key's bytes: every live region numbers its keys in an order of its own.
  const std::uint64_t draw = mix(ttl_->salt ^ hash_bytes(keys_.bytes(key)));
  return draw % (others.size() + 1) == rank;
}

void TableReplica::expire(Moment moment, Effects& out) {
  while (!ttl_index_.empty() && ttl_index_.earliest().expires_at <= moment.clock) {
    const TtlIndex::Entry entry = ttl_index_.earliest();
    ttl_index_.pop();
    const StoredItem& held = store_.get(entry.key);
    if (!held.image) continue;
    const auto expiry = expiry_of(held.image.bytes(), ttl_->attribute);
    const bool moved = !expiry || *expiry + ttl_->delay != entry.expires_at;
    if (moved && !broken(Mutant::kTtlIgnoresRescue) && !broken(Mutant::kTtlTooEarly))
      continue;  // rescued, or there are other plans
    if (expiry && too_long_past(*expiry, moment.clock))
      continue;  // the index was rebuilt without a clock
    // Nobody asked for it, nobody is told.
    enter({.key = entry.key, .acknowledged = false, .by_ttl = true}, Image{}, moment, out);
  }
  if (!ttl_index_.empty()) {
    out.want_wake(moment.now + (ttl_index_.earliest().expires_at - moment.clock));
  }
}

void TableReplica::tick(Moment moment, Effects& out) {
  out.want_wake(sender_.tick(moment.now, out.messages));
  if (ttl_ && status_ == ReplicaStatus::kActive) expire(moment, out);
  for (auto& [region, backfill] : backfills_) {
    if (backfill.send_at <= moment.now) continue_backfill(region, backfill, moment, out);
    out.want_wake(backfill.send_at);
  }
  if (maintain_streams_at_ <= moment.now) {
    maintain_streams_at_ = kNever;
    for (auto& stream : streams_) {
      maintain_streams_at_ =
          std::min(maintain_streams_at_, stream->maintain(moment.now, moment.clock));
    }
  }
  out.want_wake(maintain_streams_at_);
}

void TableReplica::start_stream(StreamOptions options, Moment moment) {
  RecordStorage* records =
      options_.storage == nullptr ? nullptr : &options_.storage->records(streams_.size());
  streams_.push_back(
      std::make_unique<Stream>(std::move(options), moment.now, moment.clock, records));
  ++revision_;
  maintain_streams_at_ = moment.now;
}

void TableReplica::add_member(RegionId region, std::uint64_t send_from, std::uint64_t receive_from,
                              std::uint32_t membership) {
  sender_.add_member(region, send_from, membership);
  received_mutable(region).start_at(receive_from);
  ++revision_;
  rebuild_ttl_index();
}

void TableReplica::remove_member(RegionId region) {
  sender_.remove_member(region);
  backfills_.erase(region);
  ++revision_;
  rebuild_ttl_index();
}

void TableReplica::set_ttl(std::optional<TtlOptions> ttl) {
  ttl_ = std::move(ttl);
  ++revision_;
  ttl_index_.clear();
  rebuild_ttl_index();
}

void TableReplica::set_paused(bool paused, Moment moment, Effects& out) {
  paused_ = paused;
  out.want_wake(sender_.set_paused(paused, moment.now, out.messages));
}

void TableReplica::define_anew(TableOptions options) {
  CHECK(status_ == ReplicaStatus::kAbsent);
  CHECK(options.table == options_.table && options.storage == options_.storage);
  options_ = std::move(options);
  set_ttl(options_.ttl);
}

void TableReplica::drop(Moment moment) {
  set_status(ReplicaStatus::kAbsent);
  const std::vector<RegionId> members = sender_.members();
  for (const RegionId member : members) remove_member(member);
  store_.clear();
  ttl_index_.clear();
  if (Stream* current = stream()) {
    current->start_disabling(moment.now);
    current->finish_disabling();
  }
}

bool TableReplica::has_items() const {
  for (std::uint32_t key = 0; key < store_.key_count(); ++key) {
    if (store_.get(KeyId{key}).image) return true;
    if (key % 1024 == 0) store_.shrink();
  }
  return false;
}

std::optional<int> TableReplica::backfill_percent(RegionId to) const {
  const auto found = backfills_.find(to);
  if (found == backfills_.end()) return std::nullopt;
  const std::uint64_t all = std::max<std::uint64_t>(store_.key_count(), 1);
  return static_cast<int>(found->second.next.value() * std::uint64_t{100} / all);
}

DurablePosition TableReplica::position() const {
  const StreamPosition at = stream() == nullptr ? StreamPosition{} : stream()->position();
  return {sender_.log_end(), streams_.size(), at.end, at.changes, received_};
}

void TableReplica::recover() {
  sender_.recover();
  for (auto& [region, backfill] : backfills_) backfill.send_at = Instant{0};
  rebuild_ttl_index();
}

StreamPosition TableReplica::readable(const DurablePosition& durable) const {
  if (broken(Mutant::kReadsUndurable) && stream() != nullptr) return stream()->position();
  if (durable.streams != streams_.size()) return {};
  return {durable.stream_end, durable.stream_changes};
}

std::pair<const Stream*, StreamPosition> TableReplica::durable_stream(
    const DurablePosition& durable) const {
  if (durable.streams == 0) return {};
  const Stream* newest = streams_[durable.streams - 1].get();
  return {newest, newest == stream() ? readable(durable)
                                     : StreamPosition{durable.stream_end, durable.stream_changes}};
}

TableCursors TableReplica::cursors() const {
  TableCursors cursors;
  cursors.log_first = sender_.log_first();
  cursors.log_end = sender_.log_end();
  cursors.stream_end = stream() == nullptr ? 0 : stream()->next_number();
  cursors.received = received_;
  for (const RegionId member : sender_.members()) {
    cursors.members.push_back({member, sender_.acknowledged_by(member),
                               PeerCursor::membership_of(sender_.attempt_of(member))});
  }
  return cursors;
}

TableSnapshot TableReplica::snapshot() const {
  TableSnapshot snapshot{cursors(), status_, {}, {}};
  for (const auto& [to, backfill] : backfills_) {
    snapshot.backfills.push_back({to, backfill.next, backfill.items_per_second});
  }
  for (const auto& stream : streams_) snapshot.streams.push_back(stream->snapshot());
  return snapshot;
}

void TableReplica::restore(TableSnapshot snapshot) {
  CHECK(options_.storage != nullptr);
  CHECK(streams_.empty());
  status_ = snapshot.status;
  sender_.restore(options_.storage, snapshot.log_first, snapshot.log_end);
  for (const TableCursors::Member& member : snapshot.members) {
    sender_.restore_member(member.region, member.acknowledged, member.membership);
  }
  received_ = std::move(snapshot.received);
  for (const TableSnapshot::Backfill& saved : snapshot.backfills) {
    Backfill backfill;
    backfill.next = saved.next;
    backfill.items_per_second = saved.items_per_second;
    backfills_[saved.to] = backfill;
  }
  if (!snapshot.streams.empty()) snapshot.streams.back().next_number = snapshot.stream_end;
  for (StreamSnapshot& saved : snapshot.streams) {
    streams_.push_back(
        std::make_unique<Stream>(std::move(saved), &options_.storage->records(streams_.size())));
  }
  rebuild_ttl_index();
}

void TableReplica::take_stream_addresses(TableReplica& before) {
  for (std::size_t i = 0; i < streams_.size() && i < before.streams_.size(); ++i) {
    *before.streams_[i] = std::move(*streams_[i]);
    streams_[i].swap(before.streams_[i]);
  }
}

std::uint64_t TableReplica::revision() const {
  std::uint64_t revision = revision_;
  for (const auto& stream : streams_) revision += stream->revision();
  return revision;
}

// Which region deletes an item depends on the members; after a crash the index is behind the store.
void TableReplica::rebuild_ttl_index() {
  if (!ttl_) return;
  ttl_index_.clear();
  if (broken(Mutant::kTtlForgottenAfterCrash)) return;
  Effects ignored;  // whoever changed what it depends on sees to it that tick() comes
  for (std::uint32_t key = 0; key < store_.key_count(); ++key) {
    watch_expiry(KeyId{key}, store_.get(KeyId{key}).image, ignored, Moment{});
    if (key % 1024 == 0) store_.shrink();
  }
}

}  // namespace gtsim
