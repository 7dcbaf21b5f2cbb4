#include "region-node/node/run_journal.h"

#include "proto/coordinator/v1/coordinator.pb.h"

namespace gtsim {
namespace {

namespace wire = coordinator::v1;

class FactWriter {
 public:
  FactWriter(const std::vector<std::string>& regions, const std::vector<KeySpace*>& keys)
      : regions_(regions), keys_(keys) {}

  void write(const EmittedRecord& emitted, wire::Record& out) const {
    const StreamRecord& record = emitted.record;
    out.set_table(emitted.table.value());
    out.set_in_stream(emitted.in_stream);
    out.set_number(record.number);
    write_key(emitted.table, record.key, *out.mutable_key());
    write_image(record.new_image, *out.mutable_new_image());
    write_image(record.old_image, *out.mutable_old_image());
    if (record.version.ever_written()) write(record.version, *out.mutable_version());
    if (record.old_version.ever_written()) write(record.old_version, *out.mutable_old_version());
    out.set_created_at_us(record.created_at.us);
    out.set_appended_at_us(record.appended_at.us);
    out.set_committed_at_us(emitted.committed_at.us);
    out.set_event(static_cast<wire::EventName>(record.event));
    out.set_replication(record.origin == OriginKind::kReplication);
    out.set_ttl_identity(record.ttl_identity);
    out.set_by_update(record.by_update);
  }
  void write(const QuietApply& apply, wire::QuietApply& out) const {
    out.set_table(apply.table.value());
    out.set_backfill(apply.backfill);
    write_key(apply.table, apply.key, *out.mutable_key());
    write(apply.version, *out.mutable_version());
    write_image(apply.image, *out.mutable_image());
    out.set_committed_at_us(apply.committed_at.us);
  }
  void write(const Conflict& conflict, wire::Conflict& out) const {
    out.set_table(conflict.table.value());
    out.set_overwritten(conflict.kind == ConflictKind::kOverwritten);
    out.set_loser_acknowledged(conflict.loser_acknowledged);
    write_key(conflict.table, conflict.key, *out.mutable_key());
    write(conflict.winner, *out.mutable_winner());
    write(conflict.loser, *out.mutable_loser());
  }

 private:
  void write(const Version& version, wire::Version& out) const {
    out.set_timestamp_us(version.timestamp.us);
    out.set_origin(regions_[version.origin.index()]);
  }
  void write_key(TableId table, KeyId key, std::string& out) const {
    out = keys_[table.index()]->bytes(key);
  }
  static void write_image(const Image& image, std::string& out) { out = image.bytes(); }

  const std::vector<std::string>& regions_;
  const std::vector<KeySpace*>& keys_;
};

}  // namespace

void RunJournal::encode(const Effects& effects, Instant at, std::uint64_t number,
                        std::vector<std::string>& out) const {
  const FactWriter writer{regions_, keys_};
  std::size_t record = 0;
  std::size_t apply = 0;
  std::size_t conflict = 0;
  wire::JournalEntry entry;
  for (const FactKind fact : effects.facts) {
    entry.Clear();
    entry.set_number(number++);
    entry.set_at_us(at.us);
    switch (fact) {
      case FactKind::kRecord:
        writer.write(effects.records[record++], *entry.mutable_record());
        break;
      case FactKind::kQuietApply:
        writer.write(effects.quiet_applies[apply++], *entry.mutable_quiet_apply());
        break;
      case FactKind::kConflict:
        writer.write(effects.conflicts[conflict++], *entry.mutable_conflict());
        break;
    }
    entry.SerializeToString(&out.emplace_back());
  }
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
  }
  entry.SerializeToString(&out.emplace_back());
}

}  // namespace gtsim
