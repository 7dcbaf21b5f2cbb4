// What a region's database owes after it was closed and opened again.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <leveldb/db.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "region-node/replica.h"
#include "region-node/storage/byte_codec.h"
#include "region-node/storage/database_format.h"
#include "tests/storage_fixture.h"
#include "tests/temporary_directory.h"

namespace gtsim::storage_fixture {
namespace {

class Directory : public testing::Test {
 protected:
  TemporaryDirectory directory_;
  DatabaseOptions options_ = options_in(directory_.path() + "/region");
};

TEST_F(Directory, KeepsItemsAndTheNumbersOfTheirKeys) {
  {
    auto database = open(options_);
    KeySpace& keys = database->keys(kOrders);
    for (int i = 0; i < 100; ++i) {
      database->store(kOrders).put(intern_order(keys, i),
                                   {order_image(i, "kept"), version_of(i + 1, 1)});
    }
    commit(*database);
  }
  auto database = open(options_);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(intern_order(database->keys(kOrders), i).value(), static_cast<std::uint32_t>(i));
    const KeyId key{static_cast<std::uint32_t>(i)};
    EXPECT_EQ(database->store(kOrders).get(key).image, order_image(i, "kept"));
    EXPECT_EQ(database->store(kOrders).get(key).version, version_of(i + 1, 1));
  }
}

TEST_F(Directory, WhatWasNotWrittenIsNotThere) {
  {
    auto database = open(options_);
    database->store(kOrders).put(intern_order(database->keys(kOrders), 1),
                                 {order_image(1, "lost"), version_of(1)});
  }
  EXPECT_EQ(open(options_)->store(kOrders).key_count(), 0u);
}

TEST_F(Directory, IsRefusedWhileInUse) {
  const auto database = open(options_);
  EXPECT_NE(refusal(options_).find("is in use by another process"), std::string::npos)
      << refusal(options_);
}

TEST_F(Directory, OfAnotherRegionIsRefused) {
  open(options_);
  options_.region = "us-east-1";
  EXPECT_NE(refusal(options_).find("belongs to region eu-west-1, not to us-east-1"),
            std::string::npos)
      << refusal(options_);
}

TEST_F(Directory, OfAnotherClusterIsRefused) {
  open(options_);
  options_.cluster = "production";
  EXPECT_NE(refusal(options_).find("belongs to cluster `test`, not to `production`"),
            std::string::npos)
      << refusal(options_);
}

TEST_F(Directory, OfAnotherFormatIsRefused) {
  const auto mark = [&](char number) {
    auto database = open(options_);
    database->put("F", std::string(1, number) +
                           "\x04test\x09"
                           "eu-west-1");
    commit(*database);
  };
  mark(static_cast<char>(format::kNumber + 1));
  EXPECT_NE(refusal(options_).find(
                fmt::format("has format {}, written by a newer program", format::kNumber + 1)),
            std::string::npos)
      << refusal(options_);
  std::filesystem::remove_all(options_.path);
  mark(1);
  EXPECT_NE(refusal(options_).find("has format 1, written by a program from before"),
            std::string::npos)
      << refusal(options_);
}

TEST_F(Directory, WithAnotherKeyForATableIsRefused) {
  open(options_);
  options_.tables[0].key.range = KeyAttribute{"SK", AttributeType::kN};
  EXPECT_NE(refusal(options_).find("table `orders` with the key PK (S), not PK (S) and SK (N)"),
            std::string::npos)
      << refusal(options_);
}

TEST_F(Directory, WithARegionThatIsNotNamedAnyMoreIsRefused) {
  open(options_);
  options_.regions = {"eu-west-1"};
  EXPECT_NE(refusal(options_).find("us-east-1, which the configuration does not name"),
            std::string::npos)
      << refusal(options_);
}

TEST_F(Directory, ANewRegionRenumbersNothing) {
  {
    auto database = open(options_);
    database->store(kOrders).put(intern_order(database->keys(kOrders), 1),
                                 {order_image(1, "x"), version_of(5, 1)});
    commit(*database);
  }
  options_.regions = {"ap-south-1", "eu-west-1", "us-east-1"};
  const auto database = open(options_);
  EXPECT_EQ(database->store(kOrders).get(KeyId{0}).version, version_of(5, 2));
}

TEST_F(Directory, ThatHoldsSomethingElseIsLeftAlone) {
  std::filesystem::create_directories(options_.path);
  std::filesystem::create_directory(options_.path + "/photographs");
  EXPECT_NE(refusal(options_).find("is not empty and holds no region"), std::string::npos)
      << refusal(options_);
}

TEST_F(Directory, KeepsAJournalUntilItIsConfirmed) {
  {
    auto database = open(options_);
    for (int i = 0; i < 5; ++i) database->append_journal("entry " + std::to_string(i));
    commit(*database);
    database->trim_journal(2);
    commit(*database);
  }
  auto database = open(options_);
  EXPECT_EQ(database->journal_first(), 2u);
  EXPECT_EQ(database->journal_end(), 5u);
  EXPECT_EQ(database->read_journal(2, 10),
            (std::vector<std::string>{"entry 2", "entry 3", "entry 4"}));
}

// ---------------------------------------------------------------- a replica on a directory

// One region's replica over the database, driven by hand.
struct OnDisk {
  explicit OnDisk(const DatabaseOptions& options) : database(open(options)), replica(RegionId{0}) {
    TableOptions table_options;
    table_options.table = kOrders;
    table_options.region = RegionId{0};
    table_options.storage = &database->table(kOrders);
    TableReplica& added = replica.add_table(std::move(table_options), database->keys(kOrders),
                                            database->store(kOrders));
    if (auto saved = database->take_saved(kOrders)) {
      added.restore(std::move(*saved));
    } else {
      added.set_status(ReplicaStatus::kActive);
      added.add_member(RegionId{1}, 0, 0);
      added.start_stream({.label = "2026-01-01T00:00:00.000", .salt = 99}, moment());
    }
  }
  [[nodiscard]] Moment moment() const { return {now, WallTime{now.us}}; }
  TableReplica& table() { return replica.table(kOrders); }
  void put(int number, const std::string& payload) {
    now = now + Duration{1000};
    WriteCall call;
    Operation& operation = call.operations.emplace_back();
    operation.table = kOrders;
    operation.key = intern_order(database->keys(kOrders), number);
    operation.image = order_image(number, payload);
    replica.write(std::move(call), moment(), effects);
    ASSERT_TRUE(effects.replies.back().outcome.has_value());
  }
  void commit_all() {
    database->save_structure(kOrders, table().snapshot());
    database->save_cursors(kOrders, table().cursors());
    commit(*database);
    table().set_written(table().position());
    effects.clear();
  }
  // The other region has everything below `position`.
  void acknowledge(std::uint64_t position) {
    Message message;
    message.kind = MessageKind::kAcknowledgement;
    message.from = RegionId{1};
    message.to = RegionId{0};
    message.next_position = position;
    replica.receive(message, moment(), effects);
    commit_all();
  }
  std::vector<std::string> read_all() {
    std::vector<std::string> lines;
    const Stream& stream = *table().stream();
    for (const ShardInfo& shard : stream.shards(now, stream.position())) {
      auto iterator =
          stream.get_iterator(shard.id, IteratorType::kTrimHorizon, {}, now, stream.position());
      while (iterator) {
        auto page = stream.read(*iterator, 7, now, stream.position());
        if (!page) break;
        for (const StreamRecord& record : page->records) {
          lines.push_back(shard.id + " " + stream.sequence_number(record.number) + " " +
                          std::to_string(record.key.value()) + " " +
                          std::to_string(record.old_image.size_bytes()) + " " +
                          std::to_string(record.new_image.size_bytes()));
        }
        if (!page->next || (page->records.empty() && shard.open())) break;
        iterator = *page->next;
      }
    }
    return lines;
  }

  std::unique_ptr<RegionDatabase> database;
  Replica replica;
  Effects effects;
  Instant now{1'000'000};
};

TEST_F(Directory, AStreamGoesOnWhereItStopped) {
  std::vector<std::string> before;
  std::string next_sequence_number;
  ShardIterator iterator;
  {
    OnDisk region{options_};
    for (int i = 0; i < 20; ++i) region.put(i % 5, std::to_string(i));
    region.table().stream()->split(0, region.now, region.moment().clock);
    for (int i = 0; i < 20; ++i) region.put(i % 5, "again " + std::to_string(i));
    region.commit_all();
    before = region.read_all();
    next_sequence_number = region.table().stream()->sequence_number(40);
    const Stream& stream = *region.table().stream();
    const StreamPosition all = stream.position();
    iterator = *stream.get_iterator(stream.shards(region.now, all).front().id,
                                    IteratorType::kTrimHorizon, {}, region.now, all);
    EXPECT_EQ(before.size(), 40u);
  }
  OnDisk region{options_};
  region.now = Instant{2'000'000};
  EXPECT_EQ(region.read_all(), before);
  EXPECT_EQ(region.table().stream()->next_number(), 40u);
  const auto page = region.table().stream()->read(iterator, 1000, region.now,
                                                  region.table().stream()->position());
  ASSERT_TRUE(page) << "an iterator given out before the restart";
  EXPECT_EQ(page->records.size(), 20u);
  region.put(1, "after");
  region.commit_all();
  EXPECT_EQ(region.read_all().size(), 41u);
  EXPECT_EQ(region.table().stream()->sequence_number(40), next_sequence_number);
}

TEST_F(Directory, TheBacklogOfAMemberGoesOnFromItsCursor) {
  {
    OnDisk region{options_};
    for (int i = 0; i < 250; ++i) region.put(i, "x");
    region.acknowledge(100);
  }
  OnDisk region{options_};
  EXPECT_EQ(region.table().sender().log_first(), 100u);
  EXPECT_EQ(region.table().sender().log_end(), 250u);
  EXPECT_EQ(region.table().sender().acknowledged_by(RegionId{1}), 100u);
  region.table().on_reconnected(RegionId{1}, 120, region.moment(), region.effects);
  ASSERT_FALSE(region.effects.messages.empty());
  const Message& first = region.effects.messages.front();
  EXPECT_EQ(first.first_position, 120u);
  ASSERT_FALSE(first.changes.empty());
  EXPECT_EQ(first.changes.front().image, order_image(120, "x"));
  EXPECT_EQ(region.effects.messages.back().next_position, 250u);
}

// The log is written in chunks: one that is acknowledged in part stays, whole ones go, those of an
// earlier life too.
TEST_F(Directory, ALogThatIsAcknowledgedLeavesNothingBehind) {
  const auto chunks = [](OnDisk& region) {
    std::vector<std::uint64_t> starts;
    const std::unique_ptr<leveldb::Iterator> iterator{region.database->database().NewIterator({})};
    for (iterator->Seek("l"); iterator->Valid() && iterator->key().starts_with("l");
         iterator->Next()) {
      starts.push_back(format::last_64({iterator->key().data(), iterator->key().size()}));
    }
    return starts;
  };
  const auto sent_from = [](OnDisk& region, std::uint64_t position) {
    region.effects.clear();
    region.table().on_reconnected(RegionId{1}, position, region.moment(), region.effects);
    std::vector<Image> images;
    for (const Message& message : region.effects.messages) {
      for (const Change& change : message.changes) images.push_back(change.image);
    }
    return images;
  };
  std::vector<Image> written;
  const auto put = [&](OnDisk& region, std::size_t count) {
    for (const std::size_t end = written.size() + count; written.size() < end;) {
      const std::string payload = std::to_string(written.size());
      region.put(1, payload);
      written.push_back(order_image(1, payload));
    }
    region.commit_all();
  };
  using Starts = std::vector<std::uint64_t>;
  {
    OnDisk region{options_};
    for (int group = 0; group < 3; ++group) put(region, 10);
    EXPECT_EQ(chunks(region), (Starts{0, 10, 20}));
    region.acknowledge(9);
    EXPECT_EQ(chunks(region), (Starts{0, 10, 20}));
    region.acknowledge(15);
    EXPECT_EQ(chunks(region), (Starts{10, 20}));
  }
  {
    OnDisk region{options_};
    EXPECT_EQ(sent_from(region, 15), (std::vector<Image>{written.begin() + 15, written.end()}));
    put(region, 5);
    EXPECT_EQ(chunks(region), (Starts{10, 20, 30}));
    region.acknowledge(19);
    EXPECT_EQ(chunks(region), (Starts{10, 20, 30}));
    region.acknowledge(20);
    EXPECT_EQ(chunks(region), (Starts{20, 30}));
    EXPECT_EQ(sent_from(region, 27), (std::vector<Image>{written.begin() + 27, written.end()}));
  }
  OnDisk region{options_};
  region.acknowledge(32);
  EXPECT_EQ(chunks(region), (Starts{30}));
  put(region, 1);
  region.acknowledge(35);
  EXPECT_EQ(chunks(region), (Starts{35}));
  region.acknowledge(36);
  EXPECT_EQ(chunks(region), Starts{});
}

// A shard keeps its number in the database when older ones have left the stream.
TEST_F(Directory, ShardsLeaveAfterTheirDayAndTheRestIsReadAsBefore) {
  std::vector<std::string> before;
  std::size_t encoded_bytes = 0;
  {
    OnDisk region{options_};
    for (int hours = 0; hours < 24 * 40; ++hours) {
      region.put(1, std::to_string(hours));
      region.commit_all();
      region.now = region.now + Duration{3600LL * 1'000'000};
      region.replica.tick(region.moment(), region.effects);
    }
    region.commit_all();
    EXPECT_GE(region.table().stream()->shards_opened(), 200u);
    EXPECT_LE(region.table().stream()->shards_held(), 9u);
    encoded_bytes = region.database->get(format::table_prefix('s', kOrders))->size();
    before = region.read_all();
    EXPECT_GE(before.size(), 23u);
    EXPECT_LE(before.size(), 26u);
  }
  EXPECT_LE(encoded_bytes, 4'000u);
  OnDisk region{options_};
  region.now = Instant{1'000'000} + Duration{24 * 40 * 3'600'001'000LL};
  EXPECT_EQ(region.read_all(), before);
  region.put(1, "after");
  region.commit_all();
  EXPECT_EQ(region.read_all().size(), before.size() + 1);
}

// What format 2 said of a table: a shard had no ordinal, its place in the list was it.
std::string structure_of_format_2(const TableSnapshot& table) {
  std::string out;
  ByteWriter writer{out};
  writer.byte(static_cast<std::uint8_t>(table.status));
  writer.varint(1);
  writer.byte(1);  // us-east-1 in the list of names
  writer.varint(0);
  writer.varint(table.streams.size());
  for (const StreamSnapshot& stream : table.streams) {
    writer.byte(static_cast<std::uint8_t>(stream.options.view));
    writer.text(stream.options.label);
    writer.word(stream.options.salt);
    writer.varint(static_cast<std::uint64_t>(stream.options.shards));
    writer.word(stream.options.shard_rollover.count());
    writer.byte(static_cast<std::uint8_t>(stream.status));
    writer.varint(stream.shards_opened);
    writer.varint(stream.next_number);
    writer.varint(stream.shards.size());
    for (const ShardInfo& shard : stream.shards) {
      writer.text(shard.id);
      writer.byte(shard.parent_id ? 1 : 0);
      if (shard.parent_id) writer.text(*shard.parent_id);
      writer.word(shard.hash_first);
      writer.word(shard.hash_last);
      writer.varint(shard.first_number);
      writer.byte(shard.end_number ? 1 : 0);
      if (shard.end_number) writer.varint(*shard.end_number);
      writer.varint(shard.trimmed_end);
      writer.word(shard.opened_at.us);
      writer.word(shard.closed_at.us);
    }
  }
  return out;
}

TEST_F(Directory, OfFormat2IsTakenOver) {
  std::vector<std::string> before;
  Instant end;
  {
    OnDisk region{options_};
    for (int i = 0; i < 20; ++i) region.put(i % 5, std::to_string(i));
    region.table().stream()->split(0, region.now, region.moment().clock);
    for (int i = 0; i < 20; ++i) region.put(i % 5, "again " + std::to_string(i));
    region.commit_all();
    before = region.read_all();
    end = region.now;
    region.database->put("F",
                         "\x02\x04test\x09"
                         "eu-west-1");
    region.database->put(format::table_prefix('s', kOrders),
                         structure_of_format_2(region.table().snapshot()));
    format::Positions positions;
    std::vector<std::string> cursors;
    ASSERT_TRUE(format::parse_positions(*region.database->get("P"), positions, cursors));
    for (std::string& each : cursors) each.pop_back();  // how many logs have lanes apart: none
    std::string old_positions;
    format::append_positions(old_positions, positions, cursors);
    region.database->put("P", old_positions);
    // One table of this name, with the key PK (S) alone.
    region.database->put("T", std::string{"\x01\x06orders\x02PK\x00\x00", 13});
    commit(*region.database);
  }
  for (int opened = 0; opened < 2; ++opened) {
    OnDisk region{options_};
    region.now = end;
    EXPECT_EQ(region.read_all(), before);
    EXPECT_EQ(region.database->get("F")->front(), format::kNumber) << "older programs refuse it";
  }
}

TEST_F(Directory, RetentionGivesSpaceBack) {
  OnDisk region{options_};
  for (int i = 0; i < 1000; ++i) region.put(i % 10, std::to_string(i));
  region.commit_all();
  region.now = region.now + kStreamRetention + Duration{3600LL * 1'000'000};
  region.put(1, "young");
  region.commit_all();
  region.replica.tick(region.moment(), region.effects);
  region.commit_all();
  EXPECT_EQ(region.read_all().size(), 1u);
  std::vector<StreamRecord> left;
  region.database->table(kOrders).records(0).read_records(0, 0, 10, SIZE_MAX, left);
  EXPECT_LE(left.size(), 1u) << "old records are still on the disk";
}

}  // namespace
}  // namespace gtsim::storage_fixture
