#include "region-node/node/run_journal.h"

#include <utility>

#include "region-node/node/control_encode.h"

namespace gtsim {
namespace {

namespace wire = coordinator::v1;

class FactWriter {
 public:
  FactWriter(const NodeConfig& config, const std::vector<KeySpace*>& keys, const Replica& replica)
      : config_(config), keys_(keys), replica_(replica) {}

  void write(const EmittedRecord& emitted, wire::Record* out) const {
    encode(emitted.record, emitted.table, key_of(emitted.table, emitted.record.key), config_, out);
    out->set_in_stream(emitted.in_stream);
    out->set_committed_at_us(emitted.committed_at.us);
    if (emitted.record.origin == OriginKind::kApplication) {
      out->set_log_end(replica_.table(emitted.table).sender().log_end());
    }
  }
  void write(const QuietApply& apply, wire::QuietApply* out) const {
    out->set_table(apply.table.value());
    out->set_backfill(apply.backfill);
    out->set_key(std::string{key_of(apply.table, apply.key)});
    encode(apply.version, config_, out->mutable_version());
    out->set_image(std::string{apply.image.bytes()});
    out->set_committed_at_us(apply.committed_at.us);
  }
  void write(const Discard& discard, wire::Discard* out) const {
    out->set_table(discard.table.value());
    out->set_key(std::string{key_of(discard.table, discard.key)});
    encode(discard.held, config_, out->mutable_held());
    encode(discard.discarded, config_, out->mutable_discarded());
  }

  static void write(const TableFact& fact, wire::TableFact* out) {
    out->set_table(fact.table.value());
    switch (fact.kind) {
      case TableFact::Kind::kReplica:
        out->set_replica_status(to_text(fact.replica));
        break;
      case TableFact::Kind::kStream:
        out->set_stream_status(to_text(fact.stream));
        break;
      case TableFact::Kind::kTimeToLive:
        out->set_ttl_attribute(fact.ttl_attribute.value_or(""));
        break;
    }
  }

 private:
  std::string_view key_of(TableId table, KeyId key) const {
    return keys_[table.index()]->bytes(key);
  }

  const NodeConfig& config_;
  const std::vector<KeySpace*>& keys_;
  const Replica& replica_;
};

}  // namespace

RunJournal::ToldStream& RunJournal::told(TableId table) {
  if (table.index() >= told_.size()) told_.resize(table.index() + 1);
  return told_[table.index()];
}

void RunJournal::on_restored(TableId table) {
  if (const Stream* stream = replica_.table(table).stream()) {
    told(table) = {stream->options().salt, stream->status()};
  }
}

void RunJournal::encode(const Effects& effects, Moment at, std::uint64_t number,
                        std::vector<std::string>& out) {
  const FactWriter writer{config_, keys_, replica_};
  const std::uint64_t first = number - out.size();
  std::size_t record = 0;
  std::size_t apply = 0;
  std::size_t discard = 0;
  std::size_t table_fact = 0;
  wire::JournalEntry entry;
  for (const FactKind kind : effects.facts) {
    if (kind == FactKind::kTable) {
      const TableFact& fact = effects.table_facts[table_fact];
      if (fact.kind == TableFact::Kind::kStream) encode_stream(fact, at, first + out.size(), out);
    }
    entry.Clear();
    entry.set_number(first + out.size());
    entry.set_at_us(at.now.us);
    switch (kind) {
      case FactKind::kRecord:
        writer.write(effects.records[record++], entry.mutable_record());
        break;
      case FactKind::kQuietApply:
        writer.write(effects.quiet_applies[apply++], entry.mutable_quiet_apply());
        break;
      case FactKind::kDiscard:
        writer.write(effects.discards[discard++], entry.mutable_discard());
        break;
      case FactKind::kTable:
        FactWriter::write(effects.table_facts[table_fact++], entry.mutable_table_fact());
        break;
    }
    entry.SerializeToString(&out.emplace_back());
  }
}

void RunJournal::encode_stream(const TableFact& fact, Moment at, std::uint64_t number,
                               std::vector<std::string>& out) {
  const Stream* stream = replica_.table(fact.table).stream();
  if (stream == nullptr) return;  // there never was one that could end
  ToldStream& told_stream = told(fact.table);
  const auto tell = [&](StreamEventKind kind) {
    encode(StreamEvent{fact.table, kind, at, 0, {}}, number++, out);
  };
  if (told_stream.salt != stream->options().salt) {
    StreamEvent started{fact.table, StreamEventKind::kStarted, at, 0, stream->options()};
    started.options.start_enabled = fact.stream == StreamStatus::kEnabled;
    encode(started, number, out);
    told_stream = {stream->options().salt, fact.stream};
    return;
  }
  const StreamStatus before = std::exchange(told_stream.status, fact.stream);
  if (fact.stream == before) return;
  if (fact.stream == StreamStatus::kEnabled) return tell(StreamEventKind::kEnabled);
  if (before == StreamStatus::kEnabled || before == StreamStatus::kEnabling) {
    tell(StreamEventKind::kStopping);
  }
  if (fact.stream == StreamStatus::kDisabled) tell(StreamEventKind::kStopped);
}

void RunJournal::encode(const StreamEvent& event, std::uint64_t number,
                        std::vector<std::string>& out) const {
  wire::JournalEntry entry;
  entry.set_number(number);
  entry.set_at_us(event.moment.now.us);
  wire::StreamEvent& told = *entry.mutable_stream_event();
  told.set_table(event.table.value());
  told.set_kind(static_cast<wire::StreamEvent::Kind>(event.kind));
  told.set_at_us(event.moment.now.us);
  told.set_clock_us(event.moment.clock.us);
  told.set_partition_hash(event.partition_hash);
  if (event.kind == StreamEventKind::kStarted) {
    told.set_view(to_text(event.options.view));
    told.set_label(event.options.label);
    told.set_salt(event.options.salt);
    told.set_shards(static_cast<std::uint32_t>(event.options.shards));
    told.set_shard_rollover_us(event.options.shard_rollover.count());
    told.set_enabled(event.options.start_enabled);
  }
  entry.SerializeToString(&out.emplace_back());
}

}  // namespace gtsim
