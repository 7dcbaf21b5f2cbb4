#include "tests/storage_driver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "region-node/base/hash.h"
#include "region-node/storage/table_saver.h"
#include "tests/order_item.h"
#include "tests/storage_fixture.h"

namespace gtsim {
namespace {

constexpr RegionId kSelf{0};
constexpr RegionId kPeer{1};
constexpr int kKeys = 60;
constexpr const char* kPath = "/data/region";

const std::string& key_bytes_of(int number) {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> made;
    for (std::uint64_t each = 0; each < kKeys; ++each) made.push_back(order_key_bytes(each));
    return made;
  }();
  return keys[static_cast<std::size_t>(number)];
}

int number_of(const KeySpace& keys, KeyId key) {
  for (int number = 0; number < kKeys; ++number) {
    if (keys.bytes(key) == key_bytes_of(number)) return number;
  }
  return -1;
}

}  // namespace

struct StorageDriver::Node {
  explicit Node(std::unique_ptr<RegionDatabase> opened)
      : database(std::move(opened)), replica(kSelf) {
    TableOptions options;
    options.table = kOrders;
    options.region = kSelf;
    options.storage = &database->table(kOrders);
    replica.add_table(std::move(options), database->keys(kOrders), database->store(kOrders));
  }
  TableReplica& table() { return replica.table(kOrders); }
  KeySpace& keys() { return database->keys(kOrders); }

  std::unique_ptr<RegionDatabase> database;
  Replica replica;
  Effects effects;
  TableSaver saver{1};
};

StorageDriver::StorageDriver(std::uint64_t seed)
    : random_(Random{seed}.fork("driver")),
      environment_(std::make_unique<FaultEnvironment>(Random{seed}.fork("disk"))) {
  static_cast<void>(environment_->disk().make_directory("/data"));
  current_.items.resize(kKeys);
  commits_.push_back(current_);
}

StorageDriver::~StorageDriver() = default;

std::string StorageDriver::open() {
  DatabaseOptions options = storage_fixture::options_in(kPath);
  options.write_buffer_bytes = 64u << 10;  // the least that LevelDB takes: it compacts often
  options.cache_bytes = 8u << 10;          // items are read back, too
  options.environment = environment_.get();
  options.run_background = [this] { environment_->run_background(); };
  auto opened = RegionDatabase::open(std::move(options));
  if (!opened) return opened.error().detail;
  node_ = std::make_unique<Node>(std::move(*opened));
  Node& node = *node_;
  try {
    const Instant latest = node.database->latest_instant();
    const auto found = std::find_if(commits_.begin(), commits_.end(),
                                    [&](const Commit& commit) { return commit.at == latest; });
    if (found == commits_.end()) {
      ADD_FAILURE() << "the directory is at " << latest.us << ", acknowledged was "
                    << commits_.front().at.us;
      return "wrong commit";
    }
    recovered_more_ += static_cast<std::uint64_t>(found - commits_.begin());
    const Commit expected = *found;
    if (auto saved = node.database->take_saved(kOrders)) {
      node.table().restore(std::move(*saved));
    } else {
      EXPECT_EQ(expected.at, Instant{0}) << "the table is gone";
      node.table().set_status(ReplicaStatus::kActive);
      node.table().add_member(kPeer, 0, 0);
      node.table().start_stream({.label = "2026-01-01T00:00:00.000", .salt = 99}, moment());
    }
    compare(node, expected);
    current_ = expected;
    records_.resize(expected.records_end);
    log_.resize(expected.log_end);
    commits_.clear();
    commits_.push_back(expected);
    node.table().on_reconnected(kPeer, expected.log_first, moment(), node.effects);
    node.effects.clear();
  } catch (const StorageDamage& damage) {
    node_.reset();
    return damage.what();
  }
  return {};
}

std::string StorageDriver::read_all() {
  try {
    compare(*node_, current_);
  } catch (const StorageDamage& damage) {
    return damage.what();
  }
  return {};
}

void StorageDriver::compare(Node& node, const Commit& expected) {
  ++verified_;
  TableReplica& table = node.table();
  EXPECT_EQ(table.status(), ReplicaStatus::kActive);
  EXPECT_EQ(table.received_from(kPeer), expected.received);
  EXPECT_EQ(table.sender().log_first(), expected.log_first);
  EXPECT_EQ(table.sender().log_end(), expected.log_end);
  EXPECT_EQ(table.sender().acknowledged_by(kPeer), expected.log_first);
  for (int number = 0; number < kKeys; ++number) {
    KeyId key;
    const StoredItem held =
        node.keys().find(key_bytes_of(number), key) ? table.store().get(key) : StoredItem{};
    const StoredItem& wanted = expected.items[static_cast<std::size_t>(number)];
    EXPECT_EQ(held.image, wanted.image) << "key " << number;
    EXPECT_EQ(held.version, wanted.version) << "key " << number;
    node.database->store(kOrders).shrink();
  }
  std::vector<Change> changes;
  node.database->table(kOrders).read_log(expected.log_first, SIZE_MAX, changes);
  ASSERT_EQ(changes.size(), expected.log_end - expected.log_first);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const LogEntry& wanted = log_[expected.log_first + i];
    EXPECT_EQ(number_of(node.keys(), changes[i].key), wanted.number);
    EXPECT_EQ(changes[i].image, wanted.image);
    EXPECT_EQ(changes[i].version, wanted.version);
  }
  compare_streams(node, expected);
}

void StorageDriver::compare_streams(Node& node, const Commit& expected) {
  const Stream& stream = *node.table().stream();
  EXPECT_EQ(stream.next_number(), expected.records_end);
  if (expected.shards_opened > 0) {
    EXPECT_EQ(stream.shards_opened(), expected.shards_opened);
  }
  std::vector<StreamRecord> found;
  for (std::size_t shard = 0; shard < stream.shards_opened(); ++shard) {
    node.database->table(kOrders).records(0).read_records(shard, 0, SIZE_MAX, SIZE_MAX, found);
  }
  std::sort(found.begin(), found.end(),
            [](const StreamRecord& a, const StreamRecord& b) { return a.number < b.number; });
  ASSERT_EQ(found.size(), expected.records_end);
  std::vector<Image> rebuilt(kKeys);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Record& wanted = records_[i];
    ASSERT_EQ(found[i].number, i);
    const int number = number_of(node.keys(), found[i].key);
    ASSERT_EQ(number, wanted.number) << "record " << i;
    EXPECT_EQ(found[i].new_image, wanted.new_image) << "record " << i;
    EXPECT_EQ(found[i].old_image, wanted.old_image) << "record " << i;
    EXPECT_EQ(found[i].version, wanted.version) << "record " << i;
    EXPECT_EQ(found[i].origin, wanted.origin) << "record " << i;
    EXPECT_EQ(stream.sequence_number(i), wanted.sequence_number);
    rebuilt[static_cast<std::size_t>(number)] = found[i].new_image;
  }
  for (std::size_t number = 0; number < rebuilt.size(); ++number) {
    EXPECT_EQ(rebuilt[number], expected.items[number].image) << "rebuilt from the stream";
  }
}

void StorageDriver::write(Node& node) {
  const int number = static_cast<int>(random_.below(kKeys));
  WriteCall call;
  Operation& operation = call.operations.emplace_back();
  operation.table = kOrders;
  operation.key = intern_order(node.keys(), number);
  if (random_.chance(0.2)) {
    operation.kind = WriteKind::kDelete;
  } else {
    std::string payload(1 + random_.below(random_.chance(0.1) ? 20'000 : 1'000), 'x');
    for (std::size_t i = 0; i < payload.size(); i += 7) {
      payload[i] = static_cast<char>('a' + random_.below(26));
    }
    operation.image = order_image(number, payload);
  }
  node.replica.write(std::move(call), moment(), node.effects);
  ASSERT_TRUE(node.effects.replies.back().outcome.has_value());
}

void StorageDriver::receive(Node& node) {
  Message message;
  message.from = kPeer;
  message.to = kSelf;
  if (random_.chance(0.4)) {
    // The peer can have what was durable when it was sent.
    const std::uint64_t sent = commits_.front().log_end;
    message.kind = MessageKind::kAcknowledgement;
    message.next_position =
        current_.log_first + random_.below(sent - std::min(sent, current_.log_first) + 1);
    if (message.next_position > sent) return;
    current_.log_first = std::max(current_.log_first, message.next_position);
  } else {
    message.first_position = current_.received;
    const std::uint64_t count = 1 + random_.below(5);
    for (std::uint64_t i = 0; i < count; ++i) {
      const int number = static_cast<int>(random_.below(kKeys));
      Change& change = message.changes.emplace_back();
      change.key = intern_order(node.keys(), number);
      if (random_.chance(0.8)) {
        change.image = order_image(number, "from the peer " + std::to_string(random_.next()));
      }
      change.offset = static_cast<std::uint16_t>(i);
      // Some are older than what is here and lose.
      change.version = {WallTime{now_.us - static_cast<std::int64_t>(random_.below(20'000)) +
                                 static_cast<std::int64_t>(i)},
                        kPeer};
      change.committed_at = now_;
    }
    message.next_position = message.first_position + count;
    current_.received = message.next_position;
  }
  node.replica.receive(message, moment(), node.effects);
}

// What the latest call did, into the account.
void StorageDriver::account(Node& node) {
  std::size_t record = 0;
  std::size_t apply = 0;
  for (const FactKind fact : node.effects.facts) {
    if (fact == FactKind::kRecord) {
      const StreamRecord& told = node.effects.records[record++].record;
      const int number = number_of(node.keys(), told.key);
      records_.push_back({number, told.new_image, told.old_image, told.version, told.origin,
                          node.table().stream()->sequence_number(told.number)});
      current_.items[static_cast<std::size_t>(number)] = {told.new_image, told.version, true};
      if (told.origin == OriginKind::kApplication) {
        log_.push_back({number, told.new_image, told.version});
      }
    } else if (fact == FactKind::kQuietApply) {
      const QuietApply& told = node.effects.quiet_applies[apply++];
      const int number = number_of(node.keys(), told.key);
      current_.items[static_cast<std::size_t>(number)] = {told.image, told.version, true};
    }
  }
  node.effects.clear();
}

void StorageDriver::act(Node& node) {
  now_ = now_ + Duration{static_cast<std::int64_t>(1 + random_.below(2'000))};
  if (random_.chance(0.01)) {
    Stream& stream = *node.table().stream();
    stream.split(stream.widest_hash(), now_, moment().clock);
  } else if (random_.chance(0.3)) {
    receive(node);
  } else {
    write(node);
  }
  account(node);
}

bool StorageDriver::serve_group(bool sync) {
  return serve_group(sync, 1 + random_.below(10));
}

bool StorageDriver::serve_group(bool sync, std::uint64_t calls) {
  Node& node = *node_;
  try {
    for (std::uint64_t i = 0; i < calls; ++i) act(node);
  } catch (const StorageDamage& damage) {
    // Half of a call may have been done: as in the daemon, nothing of it is ever written.
    failure_ = damage.what();
    return false;
  }
  RegionDatabase& database = *node.database;
  node.saver.save(node.replica, nullptr, database);
  database.save_instant(now_);
  current_.at = now_;
  current_.records_end = records_.size();
  current_.log_end = log_.size();
  current_.shards_opened = node.table().stream()->shards_opened();
  commits_.push_back(current_);
  environment_->set_now(std::max(environment_->now(), now_));
  CommitBatch batch = database.take_batch();
  const std::uint64_t number = batch.number;
  if (auto written = database.write(batch, sync); !written) {
    failure_ = written.error().detail;
    // The region stops here; but whatever it tried, the disk takes nothing more.
    database.save_instant(now_ + Duration{1});
    CommitBatch more = database.take_batch();
    EXPECT_FALSE(database.write(more, sync)) << "a write after " << failure_;
    return false;
  }
  database.set_written(number);
  node.table().set_written(node.table().position());
  database.store(kOrders).shrink();
  if (sync) {
    commits_.erase(commits_.begin(), commits_.end() - 1);
    ++acknowledged_commits_;
  }
  return true;
}

void StorageDriver::end(const PowerCut& cut) {
  environment_->cut_power(cut);
  node_.reset();
  environment_->restart();
}

void StorageDriver::close() {
  node_.reset();
}

std::uint64_t StorageDriver::digest() {
  std::uint64_t digest = environment_->disk().digest();
  for (const std::uint64_t word :
       {environment_->counts().changes, environment_->counts().background_runs,
        acknowledged_commits_, recovered_more_, verified_, random_.next()}) {
    digest = mix(digest ^ word);
  }
  return digest;
}

}  // namespace gtsim
