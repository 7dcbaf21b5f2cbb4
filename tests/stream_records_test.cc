// Which writes make a record, and what a reader of the stream sees of it: every row of the
// service's recorded behaviour, through the replica.
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/replica_fixture.h"

namespace gtsim::replica_fixture {
namespace {

struct Row {
  std::string name;
  std::function<std::string(Regions&)> write;  // what the writer is told
  std::string told;
  Lines records;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

Item item_with(std::string_view key, Map attributes) {
  attributes["PK"] = AttributeValue::string(std::string(key));
  return attributes;
}

// There are "there" (v = x, w = 1, and a map), and "bare", which is its key alone.
Map full() {
  return {{"v", AttributeValue::string("x")},
          {"w", AttributeValue::number(Number::from_integer(1))},
          {"m", AttributeValue::of(Map{{"a", AttributeValue::boolean(true)},
                                       {"b", AttributeValue::of(List{AttributeValue{}})}})}};
}

Update set_v(std::string_view v) {
  Update update;
  update.set.emplace("v", AttributeValue::string(std::string(v)));
  return update;
}

Update removing(std::initializer_list<const char*> names) {
  Update update;
  for (const char* name : names) update.remove.emplace(name);
  return update;
}

class StreamRecordFor : public testing::TestWithParam<Row> {};

TEST_P(StreamRecordFor, Write) {
  Regions regions({.regions = 1});
  regions.put_item(kA, "there", item_with("there", full()));
  regions.put_item(kA, "bare", item_with("bare", {}));
  (void)regions.records(kA);
  const std::uint64_t before = regions.table(kA).stream()->next_number();
  EXPECT_EQ(GetParam().write(regions), GetParam().told);
  EXPECT_EQ(regions.records(kA), GetParam().records);
  EXPECT_EQ(regions.table(kA).stream()->next_number() - before, GetParam().records.size());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, StreamRecordFor,
    testing::Values(
        Row{"PutOfANewKey",
            [](Regions& r) { return r.put(kA, "new", "x"); },
            "ok",
            {"INSERT new: - -> x, APPLICATION a"}},
        Row{"UpdateThatCreates",
            [](Regions& r) { return r.update(kA, "new", set_v("x")); },
            "ok",
            {"INSERT new: - -> x, APPLICATION a"}},
        Row{"AddThatCreates",
            [](Regions& r) { return r.update(kA, "new", add_to_v(5)); },
            "ok",
            {"INSERT new: - -> 5, APPLICATION a"}},
        Row{"PutOverAnItemWithOtherContent",
            [](Regions& r) { return r.put(kA, "there", "y"); },
            "ok",
            {"MODIFY there: x -> y, APPLICATION a"}},
        Row{"UpdateWithOtherContent",
            [](Regions& r) { return r.update(kA, "there", set_v("y")); },
            "ok",
            {"MODIFY there: x -> y, APPLICATION a"}},
        Row{"PutOfAnEqualItem",
            [](Regions& r) { return r.put_item(kA, "there", item_with("there", full())); },
            "no change",
            {}},
        Row{"PutOfANumberWrittenDifferently",
            [](Regions& r) {
              Map same = full();
              same["w"] = AttributeValue::number(*Number::parse("01.00"));
              return r.put_item(kA, "there", item_with("there", same));
            },
            "no change",
            {}},
        Row{"UpdateToTheSameValue",
            [](Regions& r) { return r.update(kA, "there", set_v("x")); },
            "no change",
            {}},
        Row{"AddOfZero",
            [](Regions& r) {
              Update zero;
              zero.add.emplace("w", Number{});
              return r.update(kA, "there", zero);
            },
            "no change",
            {}},
        Row{"DeleteOfAnItem",
            [](Regions& r) { return r.remove(kA, "there"); },
            "ok",
            {"REMOVE there: x -> -, APPLICATION a"}},
        Row{"DeleteOfAMissingItem",
            [](Regions& r) { return r.remove(kA, "new"); },
            "no change",
            {}},
        Row{"RemoveOfAMissingAttribute",
            [](Regions& r) { return r.update(kA, "there", removing({"nothing"})); },
            "no change",
            {}},
        Row{"RemoveOnAMissingItem",
            [](Regions& r) {
              const std::string told = r.update(kA, "new", removing({"v"}));
              return r.stored(kA, "new").version.ever_written() ? "an item was created" : told;
            },
            "no change",
            {}},
        Row{"FailedCondition",
            [](Regions& r) { return r.put(kA, "there", "y", v_is("z")); },
            "ConditionalCheckFailedException",
            {}},
        Row{"ConditionThatHolds",
            [](Regions& r) { return r.put(kA, "there", "y", v_is("x")); },
            "ok",
            {"MODIFY there: x -> y, APPLICATION a"}},
        Row{"RemoveOfEveryAttributeButTheKey",
            [](Regions& r) {
              return r.update(kA, "there", removing({"v", "w", "m"}));
            },
            "ok",
            {"MODIFY there: x -> PK, APPLICATION a"}},
        Row{"PutOfTheKeyAlone",
            [](Regions& r) { return r.put_item(kA, "new", item_with("new", {})); },
            "ok",
            {"INSERT new: - -> PK, APPLICATION a"}},
        Row{"DeleteOfTheKeyAlone",
            [](Regions& r) { return r.remove(kA, "bare"); },
            "ok",
            {"REMOVE bare: PK -> -, APPLICATION a"}},
        Row{"Transaction",
            [](Regions& r) {
              return r.transact(kA, {r.put_operation("new", item_of("new", "1")),
                                     r.put_operation("bare", item_with("bare", {})),
                                     r.put_operation("there", item_of("there", "2"))});
            },
            "ok",
            {"INSERT new: - -> 1, APPLICATION a", "MODIFY there: x -> 2, APPLICATION a"}},
        Row{"CancelledTransaction",
            [](Regions& r) {
              static const Condition kNever = not_exists();
              (void)r.transact(kA, {r.put_operation("new", item_of("new", "1")),
                                    r.put_operation("there", item_of("there", "2"), kNever)});
              return r.item(kA, "new");
            },
            "- (never)",
            {}}),
    [](const auto& test) { return test.param.name; });

// ---- What a reader finds in the stream

TEST(StreamOfAReplica, HoldsEachChangeOnceInTheOrderOfTheItem) {
  Regions regions({.regions = 1});
  regions.put(kA, "k", "1");
  regions.put(kA, "k", "2");
  regions.remove(kA, "k");
  regions.put(kA, "k", "3");
  const Stream& stream = *regions.table(kA).stream();
  const std::string shard = stream.shards(regions.now, stream.position()).front().id;
  const auto start =
      stream.get_iterator(shard, IteratorType::kTrimHorizon, {}, regions.now, stream.position());
  const auto result = stream.read(*start, 1000, regions.now, stream.position());
  ASSERT_EQ(result->records.size(), 4u);
  std::string text;
  for (const StreamRecord& record : result->records) {
    text += std::string(to_text(record.event)) + " " + text_of(record.old_image) + ">" +
            text_of(record.new_image) + " " + text_of(record.version) + "; ";
  }
  EXPECT_EQ(text, "INSERT ->1 +0us a; MODIFY 1>2 +1us a; REMOVE 2>- +2us a; INSERT ->3 +3us a; ");
}

TEST(StreamOfAReplica, HoldsReplicatedChangesToo) {
  Regions regions;
  regions.put(kA, "k", "1");
  regions.put(kB, "j", "2");
  regions.deliver_all();
  for (const RegionId region : {kA, kB}) {
    EXPECT_EQ(regions.table(region).stream()->next_number(), 2u);
  }
}

TEST(StreamOfAReplica, RecordGoesToTheShardOfItsKey) {
  Regions regions({.regions = 1});
  regions.table(kA).stream()->split(0, regions.now, kStart);
  for (int i = 0; i < 50; ++i) regions.put(kA, std::to_string(i), "x");
  const Stream& stream = *regions.table(kA).stream();
  std::size_t seen = 0;
  for (const ShardInfo& shard : stream.shards(regions.now, stream.position())) {
    const auto start = stream.get_iterator(shard.id, IteratorType::kTrimHorizon, {}, regions.now,
                                           stream.position());
    const auto page = stream.read(*start, 1000, regions.now, stream.position());
    for (const StreamRecord& record : page->records) {
      EXPECT_TRUE(shard.holds(regions.keys.partition_hash(record.key)));
      ++seen;
    }
    if (shard.open()) {
      EXPECT_GT(page->records.size(), 5u) << "keys are spread";
    }
  }
  EXPECT_EQ(seen, 50u);
}

TEST(StreamOfAReplica, TableWithoutAStreamStillReplicates) {
  Regions regions({.stream = false});
  regions.put(kA, "k", "1");
  EXPECT_FALSE(regions.last_effects.records.at(0).in_stream);
  regions.deliver_all();
  EXPECT_EQ(regions.item(kB, "k"), "1 (+0us a)");
}

TEST(StreamOfAReplica, DisabledStreamTakesNothingMore) {
  Regions regions({.regions = 1});
  regions.put(kA, "k", "1");
  Stream& stream = *regions.table(kA).stream();
  stream.start_disabling(regions.now);
  regions.put(kA, "k", "2");
  EXPECT_FALSE(regions.last_effects.records.at(0).in_stream);
  EXPECT_EQ(stream.next_number(), 1u);
}

// Re-enabling makes a new stream: other numbers, other shards, none of the old records.
TEST(StreamOfAReplica, ReEnabledStreamHasNothingOfTheOldOne) {
  Regions regions({.regions = 1});
  regions.put(kA, "k", "1");
  Stream& old_stream = *regions.table(kA).stream();
  old_stream.start_disabling(regions.now);
  old_stream.finish_disabling();
  const std::string old_shard = old_stream.shards(regions.now, old_stream.position()).front().id;
  regions.start_stream(kA, 99);
  Stream& fresh = *regions.table(kA).stream();
  ASSERT_NE(&fresh, &old_stream);
  EXPECT_EQ(fresh.next_number(), 0u);
  EXPECT_NE(fresh.sequence_number(0), old_stream.sequence_number(0));
  EXPECT_FALSE(
      fresh.get_iterator(old_shard, IteratorType::kTrimHorizon, {}, regions.now, fresh.position())
          .has_value());
  regions.put(kA, "k", "2");
  EXPECT_EQ(fresh.next_number(), 1u);
  EXPECT_EQ(old_stream.next_number(), 1u);
  const StreamPosition all = old_stream.position();
  const auto start =
      old_stream.get_iterator(old_shard, IteratorType::kTrimHorizon, {}, regions.now, all);
  EXPECT_EQ(old_stream.read(*start, 1000, regions.now, all)->records.size(), 1u)
      << "still readable";
}

}  // namespace
}  // namespace gtsim::replica_fixture
