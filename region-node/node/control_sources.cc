#include "region-node/node/control_sources.h"

#include <string>
#include <vector>

#include "region-node/node/control_encode.h"

namespace gtsim {
namespace {

// Looked at in one piece of work, so that a table of tombstones cannot hold up the loop.
constexpr std::uint32_t kKeysPerPage = 2048;

class TableScan final : public PageSource<control::ScanTablePage> {
 public:
  explicit TableScan(TableId table) : table_(table) {}

  PageNext next(NodeLoop& loop, control::ScanTablePage& page, bool& worth_sending) override {
    const Store& store = loop.replica().table(table_).store();
    const KeySpace& keys = loop.keys(table_);
    const std::uint32_t end = store.key_count();
    std::size_t bytes = 0;
    for (std::uint32_t looked_at = 0; next_ < end && looked_at < kKeysPerPage; ++looked_at) {
      if (static_cast<std::size_t>(page.items_size()) >= kPageItems || bytes >= kPageBytes) break;
      const KeyId key(next_++);
      const StoredItem& item = store.get(key);
      if (!item.version.ever_written()) continue;
      bytes += item.image.bytes().size() + keys.bytes(key).size();
      encode(item, keys.bytes(key), loop.config(), page.add_items());
    }
    worth_sending = page.items_size() > 0;
    return next_ < end ? PageNext::kMore : PageNext::kLast;
  }

 private:
  const TableId table_;
  std::uint32_t next_ = 0;
};

class StreamRead final : public PageSource<control::ReadStreamPage> {
 public:
  explicit StreamRead(TableId table) : table_(table) {}

  PageNext next(NodeLoop& loop, control::ReadStreamPage& page, bool& worth_sending) override {
    const Stream* stream = loop.replica().table(table_).stream();
    if (stream == nullptr) return PageNext::kLast;
    const Instant now = loop.moment().now;
    if (!started_) {
      started_ = true;
      label_ = stream->label();
      for (const ShardInfo& shard : stream->shards(now, readable(loop))) {
        shards_.push_back(shard.id);
      }
    }
    if (stream->label() != label_) {
      return fail(grpc::StatusCode::ABORTED, "the stream was replaced by a newer one");
    }
    if (shard_ == shards_.size()) return PageNext::kLast;
    return read(*stream, now, loop, page, worth_sending);
  }

  [[nodiscard]] grpc::Status error() const override { return error_; }

 private:
  PageNext fail(grpc::StatusCode code, const std::string& why) {
    error_ = grpc::Status(code, why);
    return PageNext::kError;
  }
  PageNext next_shard() {
    ++shard_;
    iterator_.reset();
    return shard_ == shards_.size() ? PageNext::kLast : PageNext::kMore;
  }

  PageNext read(const Stream& stream, Instant now, NodeLoop& loop, control::ReadStreamPage& page,
                bool& worth_sending) {
    const std::string& id = shards_[shard_];
    const StreamPosition durable = readable(loop);
    const auto shard = find(stream, id, now, durable);
    if (!shard) return next_shard();  // trimmed meanwhile
    const bool first = !iterator_;
    if (first) {
      auto iterator = stream.get_iterator(id, IteratorType::kTrimHorizon, {}, now, durable);
      if (!iterator) return next_shard();
      iterator_ = std::move(*iterator);
    }
    iterator_->issued_at = now;  // nobody outside holds it: it does not grow old
    auto found = stream.read(*iterator_, kPageItems, now, durable);
    if (!found && found.error().code == Errc::kTrimmedData && !first) {
      return fail(grpc::StatusCode::ABORTED, "the stream was trimmed faster than it is read");
    }
    if (!found) return fail(grpc::StatusCode::INTERNAL, found.error().detail);
    encode(*shard, page.mutable_shard());
    const KeySpace& keys = loop.keys(table_);
    for (const StreamRecord& record : found->records) {
      encode(record, table_, keys.bytes(record.key), loop.config(), page.add_records());
    }
    if (!found->records.empty()) {
      loop.count_returned(table_, found->records.size(), now - found->records.back().appended_at);
    }
    worth_sending = first || page.records_size() > 0;
    if (!found->more || !found->next) return next_shard();
    iterator_ = std::move(*found->next);
    return PageNext::kMore;
  }

  static std::optional<ShardInfo> find(const Stream& stream, const std::string& id, Instant now,
                                       StreamPosition durable) {
    for (ShardInfo& shard : stream.shards(now, durable)) {
      if (shard.id == id) return std::move(shard);
    }
    return std::nullopt;
  }

  StreamPosition readable(const NodeLoop& loop) const {
    return loop.replica().table(table_).readable(loop.durable(table_));
  }

  const TableId table_;
  bool started_ = false;
  std::string label_;
  std::vector<std::string> shards_;
  std::size_t shard_ = 0;
  std::optional<ShardIterator> iterator_;
  grpc::Status error_;
};

}  // namespace

std::unique_ptr<PageSource<control::ScanTablePage>> scan_table(TableId table) {
  return std::make_unique<TableScan>(table);
}

std::unique_ptr<PageSource<control::ReadStreamPage>> read_stream(TableId table) {
  return std::make_unique<StreamRead>(table);
}

}  // namespace gtsim
