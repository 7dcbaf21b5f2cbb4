// What comes over the control listener, field by field: what is good is read as it was meant, and
// everything else is refused with a text that names the field.
#include <gtest/gtest.h>

#include <limits>

#include "region-node/item/canonical.h"
#include "region-node/item/item_size.h"
#include "region-node/node/control_decode.h"

namespace gtsim {
namespace {

NodeConfig config() {
  NodeConfig config;
  config.region = "b";
  config.regions = {"a", "b"};
  NodeTable table;
  table.name = "t";
  table.key.hash = {"PK", AttributeType::kS};
  table.key.range = KeyAttribute{"SK", AttributeType::kN};
  table.regions = {RegionId(0), RegionId(1)};
  config.tables.push_back(table);
  return config;
}

AttributeValue text(const std::string& value) {
  return AttributeValue::string(value);
}
AttributeValue number(std::int64_t value) {
  return AttributeValue::number(Number::from_integer(value));
}
Item key(const std::string& hash = "k") {
  return {{"PK", text(hash)}, {"SK", number(1)}};
}
Item item(Item more = {}) {
  more.merge(key());
  return more;
}

control::Write good(control::WriteKind kind) {
  control::Write write;
  write.set_kind(kind);
  write.set_table("t");
  if (kind == control::PUT) {
    write.set_image(encode_item(item({{"v", text("1")}})));
  } else {
    write.set_key(encode_item(key()));
  }
  if (kind == control::UPDATE) write.set_set(encode_item({{"v", text("1")}}));
  if (kind == control::CHECK) {
    control::ConditionTerm* term = write.add_condition();
    term->set_comparison(control::EXISTS);
    term->set_attribute("PK");
  }
  return write;
}

std::string decoded(const std::vector<control::Write>& writes, bool transaction = false) {
  control::WriteCall call;
  for (const control::Write& write : writes) *call.add_writes() = write;
  call.set_transaction(transaction);
  const auto result = decode_write(call, config());
  return result ? "good" : result.error().detail;
}

TEST(ControlDecode, ReadsAWriteAsItWasMeant) {
  control::Write update = good(control::UPDATE);
  update.set_add(encode_item({{"n", number(2)}}));
  update.add_remove("z");
  control::ConditionTerm* term = update.add_condition();
  term->set_comparison(control::LESS_OR_EQUAL);
  term->set_attribute("n");
  term->set_operand(encode_item({{"v", number(5)}}));
  control::WriteCall call;
  *call.add_writes() = update;
  const auto result = decode_write(call, config());
  ASSERT_TRUE(result) << result.error().detail;
  const DecodedPart& part = result->parts.at(0);
  EXPECT_EQ(part.kind, WriteKind::kUpdate);
  EXPECT_EQ(part.key, encode_item(key()));
  EXPECT_EQ(part.partition_hash, partition_hash_of(config().tables[0].key, key()));
  EXPECT_EQ(part.update->set, (Map{{"v", text("1")}}));
  EXPECT_EQ(part.update->add.at("n"), Number::from_integer(2));
  EXPECT_TRUE(part.update->remove.contains("z"));
  ASSERT_EQ(part.condition->size(), 1u);
  EXPECT_EQ(part.condition->at(0).comparison, Comparison::kLessOrEqual);
  EXPECT_EQ(part.condition->at(0).operand, number(5));
}

TEST(ControlDecode, TakesEveryKindOfWrite) {
  EXPECT_EQ(decoded({good(control::PUT)}), "good");
  EXPECT_EQ(decoded({good(control::UPDATE)}), "good");
  EXPECT_EQ(decoded({good(control::DELETE)}), "good");
  EXPECT_EQ(decoded({good(control::CHECK)}, true), "good");
}

struct BadWrite {
  const char* name;
  control::WriteKind kind;
  void (*spoil)(control::Write&);
  const char* message;
};
void PrintTo(const BadWrite& bad, std::ostream* out) {
  *out << bad.name;
}
class ControlBadWrite : public testing::TestWithParam<BadWrite> {};

TEST_P(ControlBadWrite, IsRefusedByName) {
  control::Write write = good(GetParam().kind);
  GetParam().spoil(write);
  EXPECT_EQ(decoded({write}), GetParam().message);
}

const BadWrite kBadWrites[] = {
    {"NoKind", control::PUT, [](control::Write& w) { w.clear_kind(); },
     "writes[0].kind: 0 is no kind of write; expected PUT, UPDATE, DELETE or CHECK"},
    {"StrangeKind", control::PUT,
     [](control::Write& w) { w.set_kind(static_cast<control::WriteKind>(99)); },
     "writes[0].kind: 99 is no kind of write; expected PUT, UPDATE, DELETE or CHECK"},
    {"NoTable", control::PUT, [](control::Write& w) { w.clear_table(); },
     "writes[0].table: no table is called ``"},
    {"StrangeTable", control::PUT, [](control::Write& w) { w.set_table("\x1b[2J"); },
     "writes[0].table: no table is called `\\x1b[2J`"},
    {"KeyMissing", control::PUT,
     [](control::Write& w) {
       w.set_image(encode_item({{"PK", text("k")}}));
     },
     "writes[0].image: One or more parameter values were invalid: Missing the key SK in the item"},
    {"KeyOfAnotherType", control::PUT,
     [](control::Write& w) {
       w.set_image(encode_item({{"PK", number(1)}, {"SK", number(1)}}));
     },
     "writes[0].image: One or more parameter values were invalid: Type mismatch for key PK "
     "expected: S actual: N"},
    {"KeyThatDiffers", control::PUT,
     [](control::Write& w) { w.set_key(encode_item(key("other"))); },
     "writes[0].key: differs from the key in the image"},
    {"ItemTooLarge", control::PUT,
     [](control::Write& w) {
       w.set_image(encode_item(item({{"v", text(std::string(kMaxItemSizeBytes, 'x'))}})));
     },
     "writes[0].image: Item size has exceeded the maximum allowed size"},
    {"LargerThanAnyItem", control::PUT,
     [](control::Write& w) { w.set_image(std::string(std::size_t{5} * kMaxItemSizeBytes, 'x')); },
     "writes[0].image: larger than any item"},
    {"UpdateOfAKey", control::UPDATE,
     [](control::Write& w) {
       w.set_set(encode_item({{"SK", number(2)}}));
     },
     "writes[0].set: One or more parameter values were invalid: Cannot update attribute SK. This "
     "attribute is part of the key"},
    {"UpdateOfNothing", control::UPDATE, [](control::Write& w) { w.clear_set(); },
     "writes[0]: an UPDATE needs set, add or remove"},
    {"ChangedTwice", control::UPDATE, [](control::Write& w) { w.add_remove("v"); },
     "writes[0].remove: `v` is changed twice by this update"},
    {"AdditionOfText", control::UPDATE,
     [](control::Write& w) {
       w.set_add(encode_item({{"n", text("1")}}));
     },
     "writes[0].add: `n` is no number"},
    {"NamelessRemoval", control::UPDATE, [](control::Write& w) { w.add_remove(""); },
     "writes[0].remove: the name of an attribute has 1 to 65535 bytes"},
    {"TooManyRemovals", control::UPDATE,
     [](control::Write& w) {
       for (int i = 0; i <= kMaxRemovedAttributes; ++i) w.add_remove("r" + std::to_string(i));
     },
     "writes[0].remove: 1001 attributes; at most 1000 are allowed"},
    {"StrangeAttributeInKey", control::DELETE,
     [](control::Write& w) {
       w.set_key(encode_item(item({{"x", text("1")}})));
     },
     "writes[0].key: The provided key element does not match the schema"},
    {"ImageOfADelete", control::DELETE, [](control::Write& w) { w.set_image(encode_item(item())); },
     "writes[0].image: only a PUT has one"},
    {"SetOfADelete", control::DELETE,
     [](control::Write& w) {
       w.set_set(encode_item({{"v", text("1")}}));
     },
     "writes[0]: only an UPDATE has set, add or remove"},
    {"CheckAlone", control::CHECK, [](control::Write&) {},
     "writes[0]: a CHECK needs a transaction and a condition"},
    {"StrangeComparison", control::PUT,
     [](control::Write& w) { w.add_condition()->set_attribute("v"); },
     "writes[0].condition[0].comparison: 0 is no comparison"},
    {"OperandOfNothing", control::PUT,
     [](control::Write& w) {
       control::ConditionTerm* term = w.add_condition();
       term->set_comparison(control::EQUAL);
       term->set_attribute("v");
       term->set_operand(encode_item({{"w", number(1)}}));
     },
     "writes[0].condition[0].operand: expected an item with the one attribute v"},
    {"OperandTooMany", control::PUT,
     [](control::Write& w) {
       control::ConditionTerm* term = w.add_condition();
       term->set_comparison(control::EXISTS);
       term->set_attribute("v");
       term->set_operand(encode_item({{"v", number(1)}}));
     },
     "writes[0].condition[0].operand: nothing is compared here"},
    {"TooManyTerms", control::PUT,
     [](control::Write& w) {
       for (int i = 0; i <= kMaxConditionTerms; ++i) w.add_condition();
     },
     "writes[0].condition: 301 terms; at most 300 are allowed"},
};
INSTANTIATE_TEST_SUITE_P(All, ControlBadWrite, testing::ValuesIn(kBadWrites),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ControlDecode, RefusesBytesThatAreNotCanonical) {
  control::Write write = good(control::PUT);
  for (std::size_t size = 0; size < write.image().size(); ++size) {
    control::Write cut = write;
    cut.set_image(write.image().substr(0, size));
    EXPECT_TRUE(decoded({cut}).starts_with("writes[0].image: ")) << size;
  }
  write.set_image(write.image() + '\0');
  EXPECT_TRUE(decoded({write}).starts_with("writes[0].image: "));
}

TEST(ControlDecode, BoundsACall) {
  EXPECT_EQ(decoded({}), "writes: found 0, expected one outside a transaction");
  EXPECT_EQ(decoded({good(control::PUT), good(control::PUT)}),
            "writes: found 2, expected one outside a transaction");
  EXPECT_EQ(decoded({good(control::PUT), good(control::DELETE)}, true),
            "writes[1]: Transaction request cannot include multiple operations on one item");
  std::vector<control::Write> many;
  for (int i = 0; i <= kMaxTransactionWrites; ++i) {
    many.push_back(good(control::DELETE));
    many.back().set_key(encode_item(key(std::to_string(i))));
  }
  EXPECT_EQ(decoded(many, true), "writes: found 101, expected 1 to 100 in a transaction");
  many.pop_back();
  EXPECT_EQ(decoded(many, true), "good");
}

// --- orders

struct BadOrder {
  const char* name;
  void (*fill)(control::Order&);
  const char* message;
};
void PrintTo(const BadOrder& bad, std::ostream* out) {
  *out << bad.name;
}
class ControlBadOrder : public testing::TestWithParam<BadOrder> {};

TEST_P(ControlBadOrder, IsRefusedByName) {
  control::Order order;
  GetParam().fill(order);
  const auto result = decode_order(order, config());
  EXPECT_EQ(result ? "good" : result.error().detail, GetParam().message);
}

control::SetLink* link(control::Order& order) {
  order.mutable_set_link()->set_to("a");
  return order.mutable_set_link();
}

const BadOrder kBadOrders[] = {
    {"Empty", [](control::Order&) {},
     "the order is empty, or of a kind that this version does not know"},
    {"LinkToNobody", [](control::Order& o) { o.mutable_set_link(); },
     "set_link.to: no region is called ``"},
    {"LinkToItself", [](control::Order& o) { link(o)->set_to("b"); },
     "set_link.to: `b` is this region itself"},
    {"LossAboveOne", [](control::Order& o) { link(o)->set_loss(1.5); },
     "set_link.loss: a probability is a number from 0 to 1"},
    {"LossThatIsNoNumber",
     [](control::Order& o) { link(o)->set_loss(std::numeric_limits<double>::quiet_NaN()); },
     "set_link.loss: a probability is a number from 0 to 1"},
    {"NegativeDuplicates", [](control::Order& o) { link(o)->set_duplicate(-0.1); },
     "set_link.duplicate: a probability is a number from 0 to 1"},
    {"NegativeBandwidth", [](control::Order& o) { link(o)->set_bandwidth_bytes_per_second(-1); },
     "set_link.bandwidth_bytes_per_second: a bandwidth is not negative"},
    {"NegativeDelay", [](control::Order& o) { link(o)->mutable_latency()->set_first_us(-1); },
     "set_link.latency.first_us: found -1, expected 0 to 315360000000000 microseconds"},
    {"StrangeDelay",
     [](control::Order& o) {
       link(o)->mutable_jitter()->set_kind(static_cast<control::Delay::Kind>(17));
     },
     "set_link.jitter.kind: 17 is no kind of delay"},
    {"UniformBackwards",
     [](control::Order& o) {
       link(o)->mutable_latency()->set_kind(control::Delay::UNIFORM);
       link(o)->mutable_latency()->set_first_us(2);
     },
     "set_link.latency: the smallest is larger than the largest"},
    {"ParetoWithoutShape",
     [](control::Order& o) { link(o)->mutable_latency()->set_kind(control::Delay::PARETO); },
     "set_link.latency.shape: alpha is a number from 0.01 to 100"},
    {"EmpiricalWithoutPoints",
     [](control::Order& o) { link(o)->mutable_latency()->set_kind(control::Delay::EMPIRICAL); },
     "set_link.latency.points_us: found 0, expected 2 to 200"},
    {"EmpiricalBackwards",
     [](control::Order& o) {
       control::Delay* delay = link(o)->mutable_latency();
       delay->set_kind(control::Delay::EMPIRICAL);
       delay->add_points_us(2);
       delay->add_points_us(1);
     },
     "set_link.latency.points_us: the durations must ascend"},
    {"PeerWithoutPort",
     [](control::Order& o) {
       o.mutable_set_peer()->set_region("a");
       o.mutable_set_peer()->set_address("host");
     },
     "set_peer.address: the port is missing"},
    {"StepTooFar",
     [](control::Order& o) {
       o.mutable_step_clock()->set_step_us(std::numeric_limits<std::int64_t>::min());
     },
     "step_clock.step_us: found -9223372036854775808, expected -315360000000000 to "
     "315360000000000"},
    {"DriftTooLarge", [](control::Order& o) { o.mutable_step_clock()->set_drift_ppm(1e9); },
     "step_clock.drift_ppm: a drift is a number from -100000 to 100000"},
    {"PauseOfNothing", [](control::Order& o) { o.mutable_set_paused()->set_table("x"); },
     "set_paused.table: no table is called `x`"},
    {"NoCapacity",
     [](control::Order& o) {
       o.mutable_set_capacity()->set_table("t");
       o.mutable_set_capacity()->set_write_units_per_second(0);
     },
     "set_capacity.write_units_per_second: found 0, expected 1 to 1000000000"},
    {"StrangeView",
     [](control::Order& o) {
       o.mutable_change_stream()->set_table("t");
       o.mutable_change_stream()->set_enable("ALL");
     },
     "change_stream.enable: `ALL` is no view type"},
    {"CreatedWithAStrangeStream",
     [](control::Order& o) {
       o.mutable_create_table()->set_table("t");
       o.mutable_create_table()->set_stream("EVERYTHING");
     },
     "create_table.stream: `EVERYTHING` is no view type"},
    {"ReplicaNowhere",
     [](control::Order& o) {
       o.mutable_add_replica()->set_table("t");
       o.mutable_add_replica()->set_region("x");
     },
     "add_replica.region: no region is called `x`"},
    {"RemoveNobody", [](control::Order& o) { o.mutable_remove_replica()->set_table("t"); },
     "remove_replica.region: no region is called ``"},
    {"BackfillOfNoSpeed",
     [](control::Order& o) {
       o.mutable_add_replica()->set_table("t");
       o.mutable_add_replica()->set_region("a");
     },
     "add_replica.items_per_second: found 0, expected 1 to 1000000000"},
    {"DeletedBeforeItBegan",
     [](control::Order& o) {
       o.mutable_delete_table()->set_table("t");
       o.mutable_delete_table()->set_takes_us(-1);
     },
     "delete_table.takes_us: found -1, expected 0 to 315360000000000 microseconds"},
    {"DeleteOfNothing", [](control::Order& o) { o.mutable_delete_table(); },
     "delete_table.table: no table is called ``"},
};
INSTANTIATE_TEST_SUITE_P(All, ControlBadOrder, testing::ValuesIn(kBadOrders),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ControlDecode, ReadsAnOrderAsItWasMeant) {
  control::Order order;
  control::SetLink* set = link(order);
  set->set_cut(false);
  set->set_loss(0.25);
  set->set_restore(true);
  set->set_bandwidth_bytes_per_second(0);
  set->mutable_latency()->set_kind(control::Delay::LOG_NORMAL);
  set->mutable_latency()->set_first_us(80'000);
  set->mutable_latency()->set_shape(0.3);
  const auto result = decode_order(order, config());
  ASSERT_TRUE(result) << result.error().detail;
  const auto& decoded = std::get<LinkOrder>(*result);
  EXPECT_EQ(decoded.to, RegionId(0));
  EXPECT_EQ(decoded.cut, false);
  EXPECT_TRUE(decoded.restore);
  EXPECT_EQ(decoded.settings.loss, 0.25);
  EXPECT_EQ(decoded.settings.duplicate, std::nullopt);
  EXPECT_EQ(decoded.settings.bandwidth_bytes_per_second, INT64_MAX) << "takes no time";
  EXPECT_EQ(decoded.settings.latency->kind, DelayModel::Kind::kLogNormal);
  EXPECT_EQ(decoded.settings.latency->first, Duration{80'000});
}

}  // namespace
}  // namespace gtsim
