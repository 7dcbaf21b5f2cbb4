// Tables that no configuration names: they are created on a node, come to others when those are
// given a replica, and are there after a restart.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include "region-node/item/canonical.h"
#include "tests/node_fixture.h"

namespace gtsim {
namespace {

constexpr Duration kBriefly{1'000};

TableDefinition defined(const std::string& name, std::optional<KeyAttribute> range = {}) {
  TableDefinition out;
  out.name = name;
  out.key = {{"PK", AttributeType::kS}, std::move(range)};
  return out;
}

// Nodes without a table.
class NodeTablesTest : public testing::Test {
 protected:
  static void without_tables(NodeConfig& config) {
    config.tables = NodeTables{};
    config.source_lock = Duration{0};
  }

  // "ok" or the text of the refusal; waits for it.
  static std::string told(TestNode& node, const std::function<void(NodeLoop&, OrderDone)>& ask) {
    struct Answer {
      std::mutex mutex;
      std::condition_variable given;
      std::optional<std::string> text;
    };
    auto answer = std::make_shared<Answer>();
    node.loop().post([answer, ask](NodeLoop& loop) {
      ask(loop, [answer](const std::optional<Error>& refusal) {
        const std::lock_guard lock{answer->mutex};
        answer->text = refusal ? refusal->detail : "ok";
        answer->given.notify_one();
      });
    });
    std::unique_lock lock{answer->mutex};
    const bool in_time = answer->given.wait_for(lock, std::chrono::seconds{30},
                                                [&] { return answer->text.has_value(); });
    return in_time ? *answer->text : "no answer";
  }
  static std::string create(TestNode& node, const TableDefinition& definition,
                            std::optional<StreamViewType> stream = {}) {
    return told(node, [definition, stream](NodeLoop& loop, OrderDone done) {
      loop.create_table(definition, {stream, kBriefly}, std::move(done));
    });
  }
  static std::string order(TestNode& node, const std::string& table,
                           const decltype(ControlOrder::action)& action) {
    return told(node, [table, action](NodeLoop& loop, OrderDone done) {
      const auto id = loop.find_table(table);
      if (!id) return done(Error{Errc::kResourceNotFound, "unknown here"});
      loop.order({*id, action}, std::move(done));
    });
  }
  // "ACTIVE with b ACTIVE", or "-".
  static std::string shown(TestNode& node, const std::string& table) {
    return node.ask<std::string>([table](NodeLoop& loop) -> std::string {
      const auto id = loop.find_table(table);
      const auto seen = id ? loop.control().describe(*id, loop.moment().now) : std::nullopt;
      if (!seen) return "-";
      std::string text = to_text(seen->status);
      for (const auto& replica : seen->replicas) {
        text += " with " + loop.config().regions[replica.region.index()] + " " +
                to_text(replica.status);
      }
      return text;
    });
  }
  static bool comes_to_show(TestNode& node, const std::string& table, const std::string& text) {
    return eventually([&] { return shown(node, table) == text; });
  }

  static Item key_of(TestNode& node, const std::string& table, const std::string& name) {
    Item key{{"PK", AttributeValue::string(name)}};
    const bool ranged = node.ask<bool>([table](NodeLoop& loop) {
      return loop.config().tables[loop.find_table(table)->index()].key.range.has_value();
    });
    if (ranged) key.emplace("SK", AttributeValue::number(Number::from_integer(1)));
    return key;
  }
  static std::string put(TestNode& node, const std::string& table, const std::string& name) {
    const std::string item = encode_item(key_of(node, table, name));
    return told(node, [table, item](NodeLoop& loop, const OrderDone& done) {
      const TableId id = *loop.find_table(table);
      loop.write(put_of(loop, id, item, Image::make(item)),
                 [done](const Result<OperationResults>& outcome, Instant) {
                   done(outcome ? std::nullopt : std::optional{outcome.error()});
                 });
    });
  }
  static bool has(TestNode& node, const std::string& table, const std::string& name) {
    const std::string item = encode_item(key_of(node, table, name));
    return node.ask<bool>([table, item](NodeLoop& loop) {
      const TableId id = *loop.find_table(table);
      KeyId key;
      return loop.keys(id).find(item, key) &&
             static_cast<bool>(loop.replica().table(id).store().get(key).image);
    });
  }
};

TEST_F(NodeTablesTest, ATableIsCreatedComesToAnotherRegionAndSurvivesRestarts) {
  TestCluster cluster({"a", "b"}, without_tables);
  TestNode& a = cluster[0];
  TestNode& b = cluster[1];
  // So that the table has another number in each.
  EXPECT_EQ(create(b, defined("elsewhere")), "ok");
  EXPECT_EQ(create(a, defined("orders", KeyAttribute{"SK", AttributeType::kN})), "ok");
  EXPECT_TRUE(comes_to_show(a, "orders", "ACTIVE"));
  EXPECT_EQ(put(a, "orders", "early"), "ok");
  EXPECT_EQ(order(a, "orders", AddReplicaOrder{TestCluster::id(1), kBriefly}), "ok");
  EXPECT_TRUE(comes_to_show(b, "orders", "ACTIVE with a ACTIVE"));
  EXPECT_TRUE(eventually([&] { return has(b, "orders", "early"); }));
  EXPECT_EQ(put(b, "orders", "late"), "ok");
  EXPECT_TRUE(eventually([&] { return has(a, "orders", "late"); }));
  EXPECT_EQ(shown(a, "elsewhere"), "-");

  for (std::size_t i = 0; i < 2; ++i) {
    cluster[i].stop();
    cluster[i].start();
    cluster.introduce(i);
  }
  EXPECT_EQ(shown(a, "orders"), "ACTIVE with b ACTIVE");
  EXPECT_EQ(shown(b, "elsewhere"), "ACTIVE");
  EXPECT_TRUE(has(b, "orders", "early"));
  EXPECT_EQ(put(a, "orders", "after"), "ok");
  EXPECT_TRUE(eventually([&] { return has(b, "orders", "after"); }));
}

// The first tables of a directory share an entry for where they are; the others have their own.
TEST_F(NodeTablesTest, EachOfManyGoesOnWhereItWas) {
  TestCluster cluster({"a"}, without_tables);
  TestNode& a = cluster[0];
  constexpr int kCount = 20;
  const auto stream_ends = [&] {
    return a.ask<std::string>([](NodeLoop& loop) {
      std::string ends;
      for (int i = 0; i < kCount; ++i) {
        const TableId id = *loop.find_table(fmt::format("t{}", i));
        ends += fmt::format("{} ", loop.replica().table(id).position().stream_end);
      }
      return ends;
    });
  };
  for (int i = 0; i < kCount; ++i) {
    const std::string table = fmt::format("t{}", i);
    EXPECT_EQ(create(a, defined(table), StreamViewType::kNewImage), "ok");
    EXPECT_TRUE(comes_to_show(a, table, "ACTIVE"));
    for (int key = 0; key <= i; ++key) EXPECT_EQ(put(a, table, fmt::format("{}", key)), "ok");
  }
  const std::string before = stream_ends();
  EXPECT_NE(before.find(" 20 "), std::string::npos) << before;
  for (int restarts = 0; restarts < 2; ++restarts) {
    a.stop();
    a.start();
    EXPECT_EQ(stream_ends(), before);
    EXPECT_TRUE(has(a, "t19", "19"));
  }
}

// Of a name that two regions use alike but for the key, each has its own table.
TEST_F(NodeTablesTest, ATableOfTheSameNameIsAnother) {
  TestCluster cluster({"a", "b"}, without_tables);
  TestNode& a = cluster[0];
  TestNode& b = cluster[1];
  EXPECT_EQ(create(a, defined("orders")), "ok");
  EXPECT_EQ(create(b, defined("orders", KeyAttribute{"SK", AttributeType::kN})), "ok");
  EXPECT_TRUE(comes_to_show(a, "orders", "ACTIVE"));
  EXPECT_TRUE(comes_to_show(b, "orders", "ACTIVE"));
  EXPECT_EQ(create(b, defined("orders")), "Table already exists: orders");
  EXPECT_EQ(order(a, "orders", AddReplicaOrder{TestCluster::id(1), kBriefly}),
            "Failed to create a the new replica of table with name: ‘orders’ because one or more "
            "replicas already existed as tables.");

  // When it is gone, the other one may come in its place, with its own key.
  EXPECT_EQ(put(b, "orders", "of b"), "ok");
  EXPECT_EQ(order(b, "orders", DeleteTableOrder{kBriefly}), "ok");
  EXPECT_TRUE(comes_to_show(b, "orders", "-"));
  EXPECT_EQ(put(a, "orders", "of a"), "ok");
  EXPECT_EQ(order(a, "orders", AddReplicaOrder{TestCluster::id(1), kBriefly}), "ok");
  EXPECT_TRUE(comes_to_show(b, "orders", "ACTIVE with a ACTIVE"));
  EXPECT_TRUE(eventually([&] { return has(b, "orders", "of a"); }));
  EXPECT_EQ(b.ask<std::uint64_t>(
                [](NodeLoop& loop) { return loop.digest(*loop.find_table("orders")).items; }),
            1u)
      << "of the table that was there before nothing is left";
  EXPECT_EQ(put(b, "orders", "back"), "ok");
  EXPECT_TRUE(eventually([&] { return has(a, "orders", "back"); }));
  b.stop();
  b.start();
  cluster.introduce(1);
  EXPECT_TRUE(has(b, "orders", "of a"));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
std::size_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::size_t all_pages = 0;
  std::size_t resident_pages = 0;
  file >> all_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Of the processor's time, which a loaded machine does not stretch.
double busy_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

TEST_F(NodeTablesTest, AThousandOfThemStartWithinASecondAndRestInLittleMemory) {
  const TemporaryDirectory directory;
  NodeConfig config = node_config(0, directory.path() + "/a", {"a"});
  for (int i = 0; i < 999; ++i) {
    NodeTable table = config.tables[0];
    table.name = fmt::format("table-{}", i);
    config.tables.push_back(std::move(table));
  }
  const std::size_t bytes_before = resident_bytes();
  for (const char* const which : {"first start", "start with what is there"}) {
    const double began = busy_seconds();
    TestNode node(config);
    EXPECT_EQ(node.put(1, "x"), "");
    EXPECT_LT(busy_seconds() - began, 1.0) << which;
    EXPECT_LT(resident_bytes(), bytes_before + (std::size_t{200} << 20)) << which;
    node.stop();
  }
}
#endif

TEST_F(NodeTablesTest, ThereIsALimit) {
  TestCluster cluster({"a"}, without_tables);
  TestNode& a = cluster[0];
  const std::string refused = a.ask<std::string>([](NodeLoop& loop) {
    const auto text = std::make_shared<std::string>();
    for (std::size_t i = 0; i <= kMaxTables; ++i) {
      loop.create_table(defined(fmt::format("t{}", i)), {{}, kBriefly},
                        [text](const std::optional<Error>& refusal) {
                          if (refusal) *text = refusal->detail;
                        });
    }
    return *text;
  });
  EXPECT_EQ(refused, "region a has known 2500 tables, which is as many as it can");
}

// Whoever asks for a replica there is told why it cannot be, and all is as before.
TEST_F(NodeTablesTest, ARegionWithoutRoomSaysSo) {
  TestCluster cluster({"a", "b"}, without_tables);
  TestNode& a = cluster[0];
  TestNode& b = cluster[1];
  EXPECT_EQ(create(a, defined("orders")), "ok");
  EXPECT_TRUE(comes_to_show(a, "orders", "ACTIVE"));
  b.ask<bool>([](NodeLoop& loop) {
    for (std::size_t i = 0; i < kMaxTables; ++i) {
      loop.create_table(defined(fmt::format("t{}", i)), {{}, kBriefly},
                        [](const std::optional<Error>&) {});
    }
    return true;
  });
  EXPECT_EQ(order(a, "orders", AddReplicaOrder{TestCluster::id(1), kBriefly}),
            "region b has known 2500 tables, which is as many as it can");
  EXPECT_TRUE(eventually([&] {
    return a.ask<bool>([](NodeLoop& loop) {
      const TableControlState& state = loop.control().state(*loop.find_table("orders"));
      return !state.release && !state.hold && !state.operation;
    });
  })) << "b has answered that it does not keep still";
  EXPECT_TRUE(comes_to_show(a, "orders", "ACTIVE"));
}

// What it was asked went with the crash, the name with it.
TEST_F(NodeTablesTest, ARegionThatHasForgottenTheTableAnswersToo) {
  TestCluster cluster({"a", "b"}, [](NodeConfig& config) {
    without_tables(config);
    config.time.rate = 5;  // the reservation ends in 3 seconds
  });
  TestNode& a = cluster[0];
  TestNode& b = cluster[1];
  EXPECT_EQ(create(a, defined("orders")), "ok");
  EXPECT_TRUE(comes_to_show(a, "orders", "ACTIVE"));
  b.stop();
  EXPECT_EQ(order(a, "orders", AddReplicaOrder{TestCluster::id(1), kBriefly}),
            "region b of the group does not answer");
  const auto waits_for_b = [&] {
    return a.ask<bool>([](NodeLoop& loop) {
      return loop.control().state(*loop.find_table("orders")).release.has_value();
    });
  };
  EXPECT_TRUE(waits_for_b());
  b.start();
  cluster.introduce(1);
  EXPECT_TRUE(eventually([&] { return !waits_for_b(); }));
  EXPECT_FALSE(b.ask<bool>([](NodeLoop& loop) { return loop.find_table("orders").has_value(); }));
}

}  // namespace
}  // namespace gtsim
