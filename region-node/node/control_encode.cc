#include "region-node/node/control_encode.h"

#include <unistd.h>

#include "region-node/base/hash.h"

namespace gtsim {
namespace {

const std::string& region_name(RegionId region, const NodeConfig& config) {
  return config.regions[region.index()];
}

void encode_members(NodeLoop& loop, TableId id, control::TableStatus* out) {
  const TableReplica& table = loop.replica().table(id);
  const std::vector<ReceivedLog>& received = loop.durable(id).received;
  for (const RegionId member : table.sender().members()) {
    control::MemberPosition* position = out->add_members();
    position->set_region(region_name(member, loop.config()));
    position->set_acknowledged(table.sender().acknowledged_by(member));
    position->set_received(member.index() < received.size() ? received[member.index()].floor() : 0);
    if (table.backfilling(member)) out->set_backfilling(true);
    for (const TableView::Member& known : loop.control().state(id).members) {
      if (known.region == member) position->set_status(to_text(known.status));
    }
  }
}

void encode_attribute(const KeyAttribute& attribute, control::KeyAttribute* out) {
  out->set_name(attribute.name);
  out->set_type(type_name(attribute.type));
}

void encode_description(const TableDescription& seen, const NodeConfig& config,
                        control::TableDescription* out) {
  out->set_status(to_text(seen.status));
  out->set_is_global(seen.is_global);
  out->set_shows_replicas(seen.shows_replicas);
  for (const TableDescription::Replica& replica : seen.replicas) {
    control::TableDescription::Replica* told = out->add_replicas();
    told->set_region(region_name(replica.region, config));
    told->set_status(to_text(replica.status));
    if (replica.progress_percent) told->set_progress_percent(*replica.progress_percent);
  }
  out->set_deletion_protection(seen.deletion_protection);
  if (seen.ttl_attribute) out->set_ttl_attribute(*seen.ttl_attribute);
  out->mutable_tags()->insert(seen.tags.begin(), seen.tags.end());
}

void encode_table(NodeLoop& loop, TableId id, bool with_digests, control::TableStatus* out) {
  const TableReplica& table = loop.replica().table(id);
  const DurablePosition& durable = loop.durable(id);
  const NodeTable& definition = loop.config().tables[id.index()];
  out->set_name(definition.name);
  encode_attribute(definition.key.hash, out->mutable_hash());
  if (definition.key.range) encode_attribute(*definition.key.range, out->mutable_range());
  out->set_status(to_text(table.status()));
  out->set_log_first(table.sender().log_end() - table.sender().backlog());
  out->set_log_end(durable.log_end);
  out->set_stream_end(table.readable(durable).end);
  out->set_paused(table.paused());
  out->set_keys(loop.keys(id).size());
  out->set_settled(loop.control().idle(id));
  if (const auto seen = loop.control().describe(id, loop.moment().now)) {
    encode_description(*seen, loop.config(), out->mutable_description());
  }
  encode_members(loop, id, out);
  if (const Stream* stream = table.stream()) {
    out->set_stream_status(to_text(stream->status()));
    out->set_stream_label(stream->label());
  }
  if (with_digests) {
    const NodeLoop::TableDigest digest = loop.digest(id);
    out->set_digest(to_hex(digest.value));
    out->set_items(digest.items);
  }
}

void encode_link(NodeLoop& loop, RegionId to, control::LinkStatus* out) {
  const LinkState state = loop.link_state(to);
  out->set_to(region_name(to, loop.config()));
  out->set_address(state.address);
  out->set_state(state.connected         ? "connected"
                 : state.address.empty() ? "no address"
                                         : "connecting");
  out->set_detail(state.detail);
  out->set_cut(loop.link_cut(to));
  out->set_disturbed(loop.link_disturbed(to));
  out->set_frames_sent(state.frames_sent);
  out->set_connects(state.connects);
}

}  // namespace

const char* to_text(NodeState state) {
  switch (state) {
    case NodeState::kServing:
      return "serving";
    case NodeState::kDraining:
      return "draining";
    case NodeState::kFailed:
      return "failed";
  }
  return "";
}

void encode(const Version& version, const NodeConfig& config, control::Version* out) {
  out->set_timestamp_us(version.timestamp.us);
  out->set_origin(region_name(version.origin, config));
}

void encode(const StoredItem& item, std::string_view key_bytes, const NodeConfig& config,
            control::StoredItem* out) {
  out->set_key(key_bytes.data(), key_bytes.size());
  out->set_image(item.image.bytes().data(), item.image.bytes().size());
  if (item.version.ever_written()) encode(item.version, config, out->mutable_version());
  out->set_acknowledged(item.acknowledged);
}

void encode(const StreamRecord& record, TableId table, std::string_view key_bytes,
            const NodeConfig& config, control::Record* out) {
  out->set_table(static_cast<std::uint32_t>(table.index()));
  out->set_in_stream(true);
  out->set_number(record.number);
  out->set_key(key_bytes.data(), key_bytes.size());
  out->set_new_image(record.new_image.bytes().data(), record.new_image.bytes().size());
  out->set_old_image(record.old_image.bytes().data(), record.old_image.bytes().size());
  if (record.version.ever_written()) encode(record.version, config, out->mutable_version());
  if (record.old_version.ever_written()) {
    encode(record.old_version, config, out->mutable_old_version());
  }
  out->set_created_at_us(record.created_at.us);
  out->set_appended_at_us(record.appended_at.us);
  // The two enumerations name the events in the same order.
  out->set_event(static_cast<control::EventName>(record.event));
  out->set_replication(record.origin == OriginKind::kReplication);
  out->set_ttl_identity(record.ttl_identity);
  out->set_by_update(record.by_update);
}

static_assert(static_cast<int>(control::MODIFY) == static_cast<int>(EventName::kModify));
static_assert(static_cast<int>(control::REMOVE) == static_cast<int>(EventName::kRemove));

void encode(const ShardInfo& shard, control::Shard* out) {
  out->set_id(shard.id);
  out->set_parent_id(shard.parent_id.value_or(""));
  out->set_hash_first(shard.hash_first);
  out->set_hash_last(shard.hash_last);
  out->set_first_number(shard.first_number);
  if (shard.end_number) out->set_end_number(*shard.end_number);
  out->set_opened_at_us(shard.opened_at.us);
  if (!shard.open()) out->set_closed_at_us(shard.closed_at.us);
}

// Both enumerations have the same order; the wire's starts with "unspecified".
control::OrderOutcome encode(OrderOutcome outcome) {
  return static_cast<control::OrderOutcome>(static_cast<int>(outcome) + 1);
}
static_assert(static_cast<int>(control::ORDER_UNAVAILABLE) ==
              static_cast<int>(OrderOutcome::kUnavailable) + 1);

control::WriteOutcome outcome_of(const Error& error) {
  switch (error.code) {
    case Errc::kConditionFailed:
      return control::CONDITION_FAILED;
    case Errc::kTransactionCancelled:
      return control::TRANSACTION_CANCELLED;
    case Errc::kThrottled:
      return control::THROTTLED;
    case Errc::kResourceNotFound:
      return control::NOT_FOUND;
    case Errc::kUnavailable:
      return control::UNAVAILABLE;
    case Errc::kIo:
      // The disk refused at some point: the write may be there after a restart, or may not.
      return control::TIMED_OUT;
    default:
      return control::INVALID;
  }
}

control::WriteResult encode_result(const Result<OperationResults>& outcome,
                                   const NodeConfig& config) {
  control::WriteResult out;
  if (!outcome) {
    out.set_outcome(outcome_of(outcome.error()));
    out.set_detail(outcome.error().detail);
    return out;
  }
  out.set_outcome(control::OK);
  for (const OperationResult& result : *outcome) {
    control::WriteReply* told = out.add_replies();
    told->set_changed(result.changed);
    if (result.version.ever_written()) encode(result.version, config, told->mutable_version());
    if (result.replaced.ever_written()) encode(result.replaced, config, told->mutable_replaced());
  }
  return out;
}

control::RegionStatus encode_status(NodeLoop& loop, bool with_digests) {
  const NodeConfig& config = loop.config();
  const Moment now = loop.moment();
  control::RegionStatus out;
  out.set_region(config.region);
  out.set_cluster(config.cluster);
  out.set_process_id(::getpid());
  out.set_now_us(now.now.us);
  out.set_clock_us(now.clock.us);
  out.set_state(to_text(loop.state()));
  out.set_detail(loop.failure());
  for (std::size_t i = 0; i < config.tables.size(); ++i) {
    encode_table(loop, TableId(static_cast<std::uint16_t>(i)), with_digests, out.add_tables());
  }
  for (std::size_t i = 0; i < config.regions.size(); ++i) {
    const RegionId to(static_cast<std::uint16_t>(i));
    if (to != config.self()) encode_link(loop, to, out.add_links());
  }
  out.set_idle(loop.idle());
  if (config.journal) out.set_journal_end(loop.journal_end());
  return out;
}

}  // namespace gtsim
