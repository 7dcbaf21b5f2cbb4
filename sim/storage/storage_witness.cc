#include "sim/storage/storage_witness.h"

#include <fmt/format.h>

#include <algorithm>

namespace gtsim {
namespace {

bool same(const StoredItem& a, const StoredItem& b) {
  return a.version == b.version && a.acknowledged == b.acknowledged && a.image == b.image;
}

// All but `offset`, which belongs to a message.
bool same(const Change& a, const Change& b) {
  return a.version == b.version && a.key == b.key && a.acknowledged == b.acknowledged &&
         a.committed_at == b.committed_at && a.image == b.image;
}

bool same(const StreamRecord& a, const StreamRecord& b) {
  return a.number == b.number && a.version == b.version && a.old_version == b.old_version &&
         a.created_at == b.created_at && a.appended_at == b.appended_at && a.key == b.key &&
         a.event == b.event && a.origin == b.origin && a.ttl_identity == b.ttl_identity &&
         a.by_update == b.by_update && a.new_image == b.new_image && a.old_image == b.old_image;
}

bool same(const ShardInfo& a, const ShardInfo& b) {
  return a.id == b.id && a.parent_id == b.parent_id && a.hash_first == b.hash_first &&
         a.hash_last == b.hash_last && a.first_number == b.first_number &&
         a.end_number == b.end_number && a.trimmed_end == b.trimmed_end &&
         a.opened_at == b.opened_at && a.closed_at == b.closed_at && a.ordinal == b.ordinal;
}

bool same(const StreamSnapshot& a, const StreamSnapshot& b) {
  return a.options.label == b.options.label && a.options.view == b.options.view &&
         a.status == b.status && a.shards_opened == b.shards_opened &&
         std::equal(a.shards.begin(), a.shards.end(), b.shards.begin(), b.shards.end(),
                    [](const ShardInfo& x, const ShardInfo& y) { return same(x, y); });
}

// A region that nothing was received from need not be named.
bool same_received(std::vector<ReceivedLog> a, std::vector<ReceivedLog> b) {
  a.resize(std::max(a.size(), b.size()));
  b.resize(a.size());
  return a == b;
}

// The first thing in which they differ; empty: nothing.
std::string difference(const TableSnapshot& put, const TableSnapshot& found) {
  if (put.status != found.status) {
    return fmt::format("{} instead of {}", to_text(found.status), to_text(put.status));
  }
  const auto number = [](const char* what, std::uint64_t is, std::uint64_t was) {
    return is == was ? std::string{} : fmt::format("{} {} instead of {}", what, is, was);
  };
  for (std::string text : {number("log from", found.log_first, put.log_first),
                           number("log to", found.log_end, put.log_end),
                           number("stream to", found.stream_end, put.stream_end),
                           number("members", found.members.size(), put.members.size()),
                           number("back-fills", found.backfills.size(), put.backfills.size()),
                           number("streams", found.streams.size(), put.streams.size())}) {
    if (!text.empty()) return text;
  }
  if (!same_received(put.received, found.received)) return "other positions received";
  for (std::size_t i = 0; i < put.members.size(); ++i) {
    if (put.members[i].region != found.members[i].region ||
        put.members[i].membership != found.members[i].membership) {
      return "other members";
    }
    std::string text =
        number("acknowledged", found.members[i].acknowledged, put.members[i].acknowledged);
    if (!text.empty()) return text;
  }
  for (std::size_t i = 0; i < put.backfills.size(); ++i) {
    if (put.backfills[i].to != found.backfills[i].to ||
        put.backfills[i].next != found.backfills[i].next) {
      return "another back-fill";
    }
  }
  for (std::size_t i = 0; i < put.streams.size(); ++i) {
    if (!same(put.streams[i], found.streams[i])) return "a stream with other shards or options";
  }
  return {};
}

}  // namespace

void StorageWitness::attach(Store& store, TableStorage& storage) {
  store_ = &store;
  storage_ = &storage;
}

// ---------------------------------------------------------------- groups

void StorageWitness::on_collected(TableSnapshot snapshot, TableControlState control) {
  collected_ = filling_++;
  collected_at_ = std::move(snapshot);
  collected_control_ = std::move(control);
  collected_puts_ = items_.pending();
}

void StorageWitness::on_written() {
  if (durable_ == collected_) return;
  durable_ = collected_;
  durable_at_ = collected_at_;
  durable_control_ = collected_control_;
  items_.make_durable(collected_puts_);
  collected_puts_ = 0;
}

void StorageWitness::on_crash(bool survived) {
  if (survived) on_written();
  collected_ = durable_;
  collected_puts_ = 0;
  items_.roll_back();
  while (!log_.empty() && log_.back().group > durable_) log_.pop_back();
  for (auto& [shard, records] : shards_) {
    while (!records.empty() && records.back().group > durable_) records.pop_back();
  }
}

void StorageWitness::compare_restored(const TableSnapshot& found) const {
  if (durable_ == 0) return;
  const std::string text = difference(durable_at_, found);
  if (!text.empty()) report_(KeyId{}, fmt::format("the table came back with {}", text));
}

void StorageWitness::compare_restored(const TableControlState& found) const {
  if (durable_ == 0 || found == durable_control_) return;
  report_(KeyId{}, "the control plane came back with another state of the table");
}

// ---------------------------------------------------------------- items

const StoredItem& StorageWitness::get(KeyId key) const {
  const StoredItem& found = store_->get(key);
  const StoredItem& put = items_.get(key);
  if (!same(put, found)) {
    report_(key, put.version != found.version
                     ? "an item came back with another version than it was put with"
                 : put.image == found.image
                     ? "an item came back, but not whether its writer was told"
                     : "an item came back with another content than it was put with");
  }
  return found;
}

void StorageWitness::put(KeyId key, StoredItem item) {
  items_.put(key, item);
  store_->put(key, std::move(item));
}

void StorageWitness::clear() {
  items_.clear();
  store_->clear();
}

// ---------------------------------------------------------------- the log

void StorageWitness::append_log(std::uint64_t position, const Change& change) {
  if (position != log_first_ + log_.size()) {
    log_.clear();
    log_first_ = position;
  }
  log_.push_back({change, filling_});
  storage_->append_log(position, change);
}

void StorageWitness::trim_log(std::uint64_t end) {
  for (; log_first_ < end && !log_.empty(); ++log_first_) log_.pop_front();
  storage_->trim_log(end);
}

void StorageWitness::read_log(std::uint64_t position, std::size_t limit,
                              std::vector<Change>& out) const {
  const std::size_t before = out.size();
  storage_->read_log(position, limit, out);
  // What was trimmed and is back after a crash is not known here any more.
  for (std::size_t i = 0; i < limit; ++i) {
    const std::uint64_t at = position + i;
    if (at < log_first_) continue;
    if (at >= log_first_ + log_.size() || log_[at - log_first_].group > durable_) return;
    const Change& put = log_[at - log_first_].change;
    if (before + i >= out.size()) {
      return report_(put.key, fmt::format("entry {} of the log did not come back", at));
    }
    if (!same(put, out[before + i])) {
      return report_(put.key, fmt::format("entry {} of the log came back as another", at));
    }
  }
}

RecordStorage& StorageWitness::records(std::size_t stream) {
  while (records_.size() <= stream) {
    records_.push_back(std::make_unique<Records>(*this, records_.size()));
  }
  return *records_[stream];
}

// ---------------------------------------------------------------- records

void StorageWitness::Records::append_record(std::size_t shard, const StreamRecord& record) {
  witness_.shards_[{stream_, shard}].push_back({record, witness_.filling_});
  disk().append_record(shard, record);
}

void StorageWitness::Records::read_records(std::size_t shard, std::uint64_t number,
                                           std::size_t limit, std::size_t bytes,
                                           std::vector<StreamRecord>& out) const {
  const std::size_t before = out.size();
  disk().read_records(shard, number, limit, bytes, out);
  const auto kept = witness_.shards_.find({stream_, shard});
  if (kept == witness_.shards_.end() || kept->second.empty()) return;
  const RingQueue<KeptRecord>& records = kept->second;
  std::size_t next = before;
  const std::uint64_t known_from = records.front().record.number;
  while (next < out.size() && out[next].number < known_from) ++next;  // back after a crash
  std::size_t read_bytes = 0;
  for (std::size_t i = before; i < next; ++i) {
    read_bytes += out[i].new_image.size_bytes() + out[i].old_image.size_bytes();
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    const StreamRecord& put = records[i].record;
    if (put.number < number) continue;
    const bool full = next - before >= limit || (next > before && read_bytes > bytes);
    if (full || records[i].group > witness_.durable_) return;
    if (next >= out.size() || out[next].number != put.number) {
      return witness_.report_(
          put.key, fmt::format("record {} of a stream did not come back", put.number + 1));
    }
    if (!same(put, out[next])) {
      return witness_.report_(
          put.key, fmt::format("record {} of a stream came back as another", put.number + 1));
    }
    read_bytes += put.new_image.size_bytes() + put.old_image.size_bytes();
    ++next;
  }
}

RecordStorage::Trimmed StorageWitness::Records::trim_records(std::size_t shard,
                                                             std::uint64_t from_number,
                                                             Instant horizon, std::size_t limit) {
  const Trimmed trimmed = disk().trim_records(shard, from_number, horizon, limit);
  const auto kept = witness_.shards_.find({stream_, shard});
  if (kept == witness_.shards_.end()) return trimmed;
  RingQueue<KeptRecord>& records = kept->second;
  while (!records.empty() && records.front().record.number < trimmed.end) records.pop_front();
  if (records.empty()) witness_.shards_.erase(kept);
  return trimmed;
}

}  // namespace gtsim
