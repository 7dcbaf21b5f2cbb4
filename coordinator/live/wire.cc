#include "coordinator/live/wire.h"

#include <fmt/format.h>

#include "coordinator/check/packed_version.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

Error bad(std::string detail) {
  return Error{Errc::kInput, std::move(detail)};
}

}  // namespace

std::optional<StreamViewType> view_named(std::string_view name) {
  for (const StreamViewType view : {StreamViewType::kKeysOnly, StreamViewType::kNewImage,
                                    StreamViewType::kOldImage, StreamViewType::kNewAndOldImages}) {
    if (name == to_text(view)) return view;
  }
  return std::nullopt;
}

Result<RegionId> WireNames::region(std::string_view name) const {
  for (std::size_t i = 0; i < scenario.regions.size(); ++i) {
    if (scenario.regions[i].name == name) return RegionId{static_cast<std::uint16_t>(i)};
  }
  return bad(fmt::format("it speaks of a region `{}`, which the scenario does not have", name));
}

Result<void> WireReader::learn_tables(const wire::RegionStatus& status) {
  tables_.assign(static_cast<std::size_t>(status.tables_size()), std::nullopt);
  for (std::size_t i = 0; i < names_.scenario.tables.size(); ++i) {
    const std::string& name = names_.scenario.tables[i].name;
    bool found = false;
    for (int t = 0; t < status.tables_size() && !found; ++t) {
      if (status.tables(t).name() != name) continue;
      tables_[static_cast<std::size_t>(t)] = TableId{static_cast<std::uint16_t>(i)};
      found = true;
    }
    if (!found) return bad(fmt::format("it has no table `{}`", name));
  }
  return {};
}

Result<TableId> WireReader::table(std::uint32_t index) const {
  if (index < tables_.size() && tables_[index]) return *tables_[index];
  return bad(
      fmt::format("it speaks of its table number {}, which the scenario does not have", index));
}

Result<Version> WireReader::version(const wire::Version& version) const {
  auto origin = names_.region(version.origin());
  if (!origin) return origin.error();
  if (version.timestamp_us() == INT64_MIN) return bad("a version without a time");
  const Version read{WallTime{version.timestamp_us()}, *origin};
  if (can_be_packed(read)) return read;
  return bad(fmt::format("a version of {} us since 1970; expected a time that a clock can show",
                         version.timestamp_us()));
}

Result<KeyId> WireReader::key(TableId table, const std::string& bytes) {
  KeySpace& keys = *names_.keys[table.index()];
  KeyId id;
  if (keys.find(bytes, id)) return id;
  const auto item = decode_item(bytes);
  if (!item) return bad("a key is not canonical bytes: " + item.error().detail);
  const KeySchema& schema = names_.scenario.tables[table.index()].key;
  const auto checked = check_key(schema, *item);
  if (!checked) return bad("a key does not fit its table: " + checked.error().detail);
  return keys.intern(bytes, partition_hash_of(schema, bytes));
}

Result<Image> WireReader::image(const std::string& bytes) {
  if (bytes.empty()) return Image{};
  const auto item = decode_item(bytes);
  if (!item) return bad("an image is not canonical bytes: " + item.error().detail);
  return Image::make(bytes);
}

Result<StreamRecord> WireReader::record(TableId table, const wire::Record& told) {
  StreamRecord record;
  auto known = key(table, told.key());
  if (!known) return known.error();
  auto fresh = image(told.new_image());
  if (!fresh) return fresh.error();
  auto old = image(told.old_image());
  if (!old) return old.error();
  auto written = version(told.version());
  if (!written) return written.error();
  if (told.has_old_version()) {
    auto before = version(told.old_version());
    if (!before) return before.error();
    record.old_version = *before;
  }
  if (told.event() < wire::INSERT || told.event() > wire::REMOVE) {
    return bad(fmt::format("a record with the event {}", static_cast<int>(told.event())));
  }
  record.number = told.number();
  record.key = *known;
  record.new_image = std::move(*fresh);
  record.old_image = std::move(*old);
  record.version = *written;
  record.created_at = WallTime{told.created_at_us()};
  record.appended_at = instant(told.appended_at_us());
  record.event = static_cast<EventName>(told.event());
  record.origin = told.replication() ? OriginKind::kReplication : OriginKind::kApplication;
  record.ttl_identity = told.ttl_identity();
  record.by_update = told.by_update();
  return record;
}

Result<StreamFact> WireReader::stream_fact(const wire::StreamEvent& event) const {
  auto where = table(event.table());
  if (!where) return where.error();
  StreamFact fact;
  fact.table = *where;
  fact.moment = {instant(event.at_us()), WallTime{event.clock_us()}};
  fact.partition_hash = event.partition_hash();
  switch (event.kind()) {
    case wire::StreamEvent::STARTED: {
      const auto view = view_named(event.view());
      if (!view) return bad(fmt::format("a stream with the view `{}`", event.view()));
      if (event.shards() < 1 || event.shards() > 10'000) {
        return bad(fmt::format("a stream with {} shards", event.shards()));
      }
      fact.kind = StreamFact::Kind::kStarted;
      fact.options.view = *view;
      fact.options.label = event.label();
      fact.options.salt = event.salt();
      fact.options.shards = static_cast<int>(event.shards());
      fact.options.shard_rollover = Duration{event.shard_rollover_us()};
      fact.options.start_enabled = event.enabled();
      return fact;
    }
    case wire::StreamEvent::SPLIT:
      fact.kind = StreamFact::Kind::kSplit;
      return fact;
    case wire::StreamEvent::ROLLED_OVER:
      fact.kind = StreamFact::Kind::kRolledOver;
      return fact;
    case wire::StreamEvent::STOPPING:
      fact.kind = StreamFact::Kind::kStopping;
      return fact;
    case wire::StreamEvent::STOPPED:
      fact.kind = StreamFact::Kind::kStopped;
      return fact;
    case wire::StreamEvent::ENABLED:
      fact.kind = StreamFact::Kind::kEnabled;
      return fact;
    default:
      return bad(fmt::format("a stream event of kind {}", static_cast<int>(event.kind())));
  }
}

namespace {

Result<ReplicaStatus> replica_status_of(const std::string& text) {
  for (const ReplicaStatus status : {ReplicaStatus::kAbsent, ReplicaStatus::kCreating,
                                     ReplicaStatus::kActive, ReplicaStatus::kDeleting}) {
    if (text == to_text(status)) return status;
  }
  return bad(fmt::format("a replica with the status `{}`", text));
}

}  // namespace

Result<TableFact> WireReader::table_fact(const wire::TableFact& told) const {
  auto where = table(told.table());
  if (!where) return where.error();
  TableFact fact;
  fact.table = *where;
  if (told.kind_case() == wire::TableFact::kReplicaStatus) {
    auto status = replica_status_of(told.replica_status());
    if (!status) return status.error();
    fact.replica = *status;
    return fact;
  }
  if (told.kind_case() == wire::TableFact::kTtlAttribute) {
    fact.kind = TableFact::Kind::kTimeToLive;
    if (!told.ttl_attribute().empty()) fact.ttl_attribute = told.ttl_attribute();
    return fact;
  }
  fact.kind = TableFact::Kind::kStream;
  for (const StreamStatus status : {StreamStatus::kEnabling, StreamStatus::kEnabled,
                                    StreamStatus::kDisabling, StreamStatus::kDisabled}) {
    fact.stream = status;
    if (told.stream_status() == to_text(status)) return fact;
  }
  return bad(fmt::format("a stream with the status `{}`", told.stream_status()));
}

Result<Fact> WireReader::fact(const wire::JournalEntry& entry) {
  Fact fact;
  fact.number = entry.number();
  fact.at = instant(entry.at_us());
  switch (entry.kind_case()) {
    case wire::JournalEntry::kRecord: {
      EmittedRecord emitted;
      auto where = table(entry.record().table());
      if (!where) return where.error();
      auto told = record(*where, entry.record());
      if (!told) return told.error();
      emitted.table = *where;
      emitted.in_stream = entry.record().in_stream();
      emitted.committed_at = instant(entry.record().committed_at_us());
      emitted.record = std::move(*told);
      fact.log_end = entry.record().log_end();
      fact.what = std::move(emitted);
      return fact;
    }
    case wire::JournalEntry::kQuietApply: {
      const wire::QuietApply& told = entry.quiet_apply();
      QuietApply apply;
      auto where = table(told.table());
      if (!where) return where.error();
      auto known = key(*where, told.key());
      if (!known) return known.error();
      auto written = version(told.version());
      if (!written) return written.error();
      auto content = image(told.image());
      if (!content) return content.error();
      apply.table = *where;
      apply.backfill = told.backfill();
      apply.key = *known;
      apply.version = *written;
      apply.image = std::move(*content);
      apply.committed_at = instant(told.committed_at_us());
      fact.what = std::move(apply);
      return fact;
    }
    case wire::JournalEntry::kDiscard: {
      const wire::Discard& told = entry.discard();
      Discard discard;
      auto where = table(told.table());
      if (!where) return where.error();
      auto known = key(*where, told.key());
      if (!known) return known.error();
      auto held = version(told.held());
      if (!held) return held.error();
      auto discarded = version(told.discarded());
      if (!discarded) return discarded.error();
      discard.table = *where;
      discard.region = region_;
      discard.key = *known;
      discard.held = *held;
      discard.discarded = *discarded;
      fact.what = discard;
      return fact;
    }
    case wire::JournalEntry::kStreamEvent: {
      auto event = stream_fact(entry.stream_event());
      if (!event) return event.error();
      fact.what = std::move(*event);
      return fact;
    }
    case wire::JournalEntry::kTableFact: {
      auto told = table_fact(entry.table_fact());
      if (!told) return told.error();
      fact.what = std::move(*told);
      return fact;
    }
    case wire::JournalEntry::KIND_NOT_SET:
      break;
  }
  return bad(
      fmt::format("journal entry {} says nothing that this coordinator knows", entry.number()));
}

Result<OperationResult> WireReader::result(const wire::WriteReply& told) const {
  OperationResult result;
  result.changed = told.changed();
  if (told.has_version()) {
    auto written = version(told.version());
    if (!written) return written.error();
    result.version = *written;
  }
  if (told.has_replaced()) {
    auto before = version(told.replaced());
    if (!before) return before.error();
    result.replaced = *before;
  }
  return result;
}

namespace {

wire::WriteKind to_wire(WriteKind kind) {
  switch (kind) {
    case WriteKind::kPut:
      return wire::PUT;
    case WriteKind::kUpdate:
      return wire::UPDATE;
    case WriteKind::kDelete:
      return wire::DELETE;
    case WriteKind::kCheck:
      return wire::CHECK;
  }
  return wire::WRITE_KIND_UNSPECIFIED;
}

void add_condition(wire::Write& write, const Condition& condition) {
  for (const ConditionTerm& term : condition) {
    wire::ConditionTerm& told = *write.add_condition();
    // Both enumerations have the same order; the wire's starts with "unspecified".
    told.set_comparison(static_cast<wire::Comparison>(static_cast<int>(term.comparison) + 1));
    told.set_attribute(term.attribute);
    if (term.comparison == Comparison::kExists || term.comparison == Comparison::kNotExists) {
      continue;
    }
    told.set_operand(encode_item(Item{{"v", term.operand}}));
  }
}

void add_update(wire::Write& write, const Update& update) {
  if (!update.set.empty()) write.set_set(encode_item(update.set));
  if (!update.add.empty()) {
    Item numbers;
    for (const auto& [name, number] : update.add) {
      numbers.emplace(name, AttributeValue::number(number));
    }
    write.set_add(encode_item(numbers));
  }
  for (const std::string& name : update.remove) write.add_remove(name);
}

void set_delay(wire::Delay& told, const DelayModel& model) {
  // Both enumerations have the same order.
  told.set_kind(static_cast<wire::Delay::Kind>(static_cast<int>(model.kind)));
  told.set_first_us(model.first.count());
  told.set_second_us(model.second.count());
  told.set_shape(model.shape);
  for (const Duration point : model.points) told.add_points_us(point.count());
}

}  // namespace

wire::WriteCall to_wire(const WireNames& names, const WriteCall& call) {
  wire::WriteCall told;
  told.set_transaction(call.transaction);
  for (const Operation& operation : call.operations) {
    wire::Write& write = *told.add_writes();
    write.set_kind(to_wire(operation.kind));
    write.set_table(names.scenario.tables[operation.table.index()].name);
    write.set_key(std::string{names.keys[operation.table.index()]->bytes(operation.key)});
    if (operation.image) write.set_image(std::string{operation.image.bytes()});
    if (operation.update != nullptr) add_update(write, *operation.update);
    if (operation.condition != nullptr) add_condition(write, *operation.condition);
  }
  return told;
}

WriteOutcome from_wire(wire::WriteOutcome outcome) {
  switch (outcome) {
    case wire::OK:
      return WriteOutcome::kOk;
    case wire::CONDITION_FAILED:
      return WriteOutcome::kConditionFailed;
    case wire::TRANSACTION_CANCELLED:
      return WriteOutcome::kTransactionCancelled;
    case wire::THROTTLED:
      return WriteOutcome::kThrottled;
    case wire::NOT_FOUND:
      return WriteOutcome::kNotFound;
    case wire::UNAVAILABLE:
      return WriteOutcome::kUnavailable;
    case wire::TIMED_OUT:
      return WriteOutcome::kTimedOut;
    default:
      return WriteOutcome::kInvalid;
  }
}

namespace {

template <class Message>
void set_takes(Message& told, const std::optional<Duration>& takes) {
  if (takes) told.set_takes_us(takes->count());
}
void fill(wire::Order& told, const WireNames& names, const std::string& table,
          const AddReplicaOrder& order) {
  wire::AddReplica& add = *told.mutable_add_replica();
  add.set_table(table);
  add.set_region(names.scenario.regions[order.region.index()].name);
  set_takes(add, order.takes);
  add.set_items_per_second(order.backfill_items_per_second);
}
void fill(wire::Order& told, const WireNames& names, const std::string& table,
          const RemoveReplicaOrder& order) {
  wire::RemoveReplica& remove = *told.mutable_remove_replica();
  remove.set_table(table);
  remove.set_region(names.scenario.regions[order.region.index()].name);
  set_takes(remove, order.takes);
}
void fill(wire::Order& told, const WireNames&, const std::string& table,
          const CreateTableOrder& order) {
  wire::CreateTable& create = *told.mutable_create_table();
  create.set_table(table);
  if (order.stream) create.set_stream(to_text(*order.stream));
  set_takes(create, order.takes);
}
void fill(wire::Order& told, const WireNames&, const std::string& table,
          const DeleteTableOrder& order) {
  told.mutable_delete_table()->set_table(table);
  set_takes(*told.mutable_delete_table(), order.takes);
}
void fill(wire::Order& told, const WireNames&, const std::string& table,
          const ChangeStreamOrder& order) {
  wire::ChangeStream& change = *told.mutable_change_stream();
  change.set_table(table);
  if (order.enable) change.set_enable(to_text(*order.enable));
  set_takes(change, order.takes);
}
void fill(wire::Order& told, const WireNames&, const std::string& table,
          const ChangeProtectionOrder& order) {
  wire::ChangeProtection& change = *told.mutable_change_protection();
  change.set_table(table);
  change.set_on(order.on);
  set_takes(change, order.takes);
}
void fill(wire::Order& told, const WireNames&, const std::string& table,
          const ChangeTimeToLiveOrder& order) {
  wire::ChangeTimeToLive& change = *told.mutable_change_time_to_live();
  change.set_table(table);
  change.set_enabled(order.enabled);
  change.set_attribute(order.attribute);
}
void fill(wire::Order& told, const WireNames&, const std::string& table,
          const ChangeTagsOrder& order) {
  wire::ChangeTags& change = *told.mutable_change_tags();
  change.set_table(table);
  for (const auto& [key, value] : order.set) (*change.mutable_set())[key] = value;
  for (const std::string& key : order.remove) change.add_remove(key);
}

}  // namespace

wire::Order to_wire(const WireNames& names, const ControlOrder& order) {
  wire::Order told;
  const std::string& table = names.scenario.tables[order.table.index()].name;
  std::visit([&](const auto& action) { fill(told, names, table, action); }, order.action);
  return told;
}

Result<TableDescription> from_wire(const WireNames& names, const wire::TableDescription& told) {
  TableDescription out;
  bool known = false;
  for (const TableStatus status : {TableStatus::kCreating, TableStatus::kUpdating,
                                   TableStatus::kActive, TableStatus::kDeleting}) {
    if (told.status() != to_text(status)) continue;
    out.status = status;
    known = true;
  }
  if (!known) return bad(fmt::format("a table with the status `{}`", told.status()));
  out.is_global = told.is_global();
  out.shows_replicas = told.shows_replicas();
  for (const wire::TableDescription::Replica& replica : told.replicas()) {
    const auto region = names.region(replica.region());
    if (!region) return region.error();
    auto status = replica_status_of(replica.status());
    if (!status) return status.error();
    out.replicas.push_back({*region, *status, std::nullopt});
    if (replica.has_progress_percent()) {
      out.replicas.back().progress_percent = replica.progress_percent();
    }
  }
  out.deletion_protection = told.deletion_protection();
  if (told.has_ttl_attribute()) out.ttl_attribute = told.ttl_attribute();
  out.tags.insert(told.tags().begin(), told.tags().end());
  return out;
}

std::optional<OrderOutcome> from_wire(wire::OrderOutcome outcome) {
  switch (outcome) {
    case wire::ORDER_TAKEN:
      return OrderOutcome::kOk;
    case wire::ORDER_INVALID:
      return OrderOutcome::kInvalid;
    case wire::ORDER_IN_USE:
      return OrderOutcome::kInUse;
    case wire::ORDER_NOT_FOUND:
      return OrderOutcome::kNotFound;
    case wire::ORDER_UNAVAILABLE:
      return OrderOutcome::kUnavailable;
    default:
      return std::nullopt;
  }
}

wire::SetLink to_wire(const LinkSettings& settings) {
  wire::SetLink link;
  if (settings.latency) set_delay(*link.mutable_latency(), *settings.latency);
  if (settings.jitter) set_delay(*link.mutable_jitter(), *settings.jitter);
  if (settings.lag) set_delay(*link.mutable_lag(), *settings.lag);
  if (settings.loss) link.set_loss(*settings.loss);
  if (settings.duplicate) link.set_duplicate(*settings.duplicate);
  if (settings.reorder) link.set_reorder(*settings.reorder);
  if (settings.bandwidth_bytes_per_second) {
    // Undoing a bound sets the largest number; on the wire that is 0.
    const std::int64_t bound = *settings.bandwidth_bytes_per_second;
    link.set_bandwidth_bytes_per_second(bound == INT64_MAX ? 0 : bound);
  }
  return link;
}

}  // namespace gtsim
