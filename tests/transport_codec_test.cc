// The codec of replication: what is encoded comes back as it was, and a frame is refused for every
// single thing that the protocol forbids, with a text that names the field.
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "region-node/transport/codec.h"
#include "region-node/transport/frame_queue.h"
#include "region-node/transport/hello.h"
#include "region-node/transport/replication_transport.h"
#include "tests/item_generators.h"
#include "tests/transport_fixture.h"

namespace gtsim::transport_fixture {
namespace {

namespace wire = replication::v1;

// Frankfurt ships, Ireland receives; each with its own keys.
class Codec : public testing::Test {
 protected:
  Codec() {
    const grpc::Status status =
        check_hello(make_hello(config_of("eu-central-1"), kIreland), ireland, {}, origin);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  wire::Frame encode(const std::vector<Message>& messages) {
    FrameQueue queue(sent_keys.all());
    for (const Message& message : messages) queue.add(message);
    wire::Frame all;
    while (!queue.empty()) all.MergeFrom(queue.take().message->frame());
    return all;
  }
  Result<std::vector<Message>> decode(const wire::Frame& frame) {
    std::vector<ChangeFacts> facts;
    const Result<void> checked = check_frame(frame, origin, facts);
    if (!checked) return checked.error();
    return decode_frame(frame, origin, facts, ireland.tables, received_keys.all());
  }
  void expect_round_trip(const std::vector<Message>& messages) {
    const auto decoded = decode(encode(messages));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
    EXPECT_EQ(to_text(*decoded, received_keys.all()), to_text(messages, sent_keys.all()));
  }
  Change put(std::string_view name, std::int64_t number, std::string payload = "x") {
    return order_put(sent_keys.orders, name, number, std::move(payload), kFrankfurt, 1'000'000);
  }
  // A valid batch of two changes to spoil.
  wire::Frame two_changes() {
    Message message = orders_changes(kFrankfurt, kIreland, 10, 13);
    message.changes = {put("a", 1), put("b", 2)};
    message.changes[1].offset = 2;
    return encode({message});
  }

  NodeConfig ireland = config_of("eu-west-1");
  Keys sent_keys;
  Keys received_keys;
  FrameOrigin origin;
};

TEST_F(Codec, ChangesComeBackAsTheyWere) {
  received_keys.orders.intern("something else", 1);  // ids differ by node
  Message message = orders_changes(kFrankfurt, kIreland, 1'000'000'000'007, 1'000'000'000'017);
  message.attempt = 3;
  message.changes = {put("customer-1", 7), put("customer-2", -8, std::string(5000, 'y'))};
  message.changes[1].offset = 9;
  message.changes[1].image = Image{};
  message.changes[1].acknowledged = false;
  expect_round_trip({message});
}

TEST_F(Codec, AcknowledgementComesBackAsItWas) {
  Message message = acknowledgement(kFrankfurt, kIreland, UINT64_MAX);
  message.attempt = UINT32_MAX;
  message.gap = true;
  message.hold_off = Duration{12'345};
  message.table = kBlobs;
  expect_round_trip({message});
}

TEST_F(Codec, BackfillAndItsAcknowledgementComeBackAsTheyWere) {
  Message chunk = orders_changes(kFrankfurt, kIreland, 0, 17);
  chunk.kind = MessageKind::kBackfill;
  chunk.changes = {put("a", 1), put("b", 1)};
  chunk.changes[0].version.origin = kVirginia;
  chunk.changes[1].image = Image{};
  Message last = orders_changes(kFrankfurt, kIreland, 17, UINT64_MAX);
  last.kind = MessageKind::kBackfill;
  Message answer = orders_changes(kFrankfurt, kIreland, 0, UINT64_MAX);
  answer.kind = MessageKind::kBackfillAcknowledgement;
  expect_round_trip({chunk, last, answer});
}

// Coalescing leaves gaps, at the end of a batch too.
TEST_F(Codec, BatchWithoutChangesMayCoverPositions) {
  expect_round_trip({orders_changes(kFrankfurt, kIreland, 5, 60'005)});
}

TEST_F(Codec, LongestHoldOffIsADay) {
  Message message = acknowledgement(kFrankfurt, kIreland, 1);
  message.hold_off = Duration{std::chrono::hours(100)};
  const auto decoded = decode(encode({message}));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
  EXPECT_EQ((*decoded)[0].hold_off, Duration{std::chrono::hours(24)});
}

// A batch of large items becomes several, each a batch of its own for the receiver.
TEST_F(Codec, BatchTooLargeForAFrameIsCutAtChanges) {
  Message message = orders_changes(kFrankfurt, kIreland, 100, 140);
  for (std::uint16_t i = 0; i < 20; ++i) {
    message.changes.push_back(put("large", i, std::string(75'000, 'z')));
    message.changes.back().offset = static_cast<std::uint16_t>(2 * i);
  }
  FrameQueue queue(sent_keys.all());
  queue.add(message);
  std::uint64_t expected = 100;
  std::size_t changes = 0;
  std::size_t frames = 0;
  for (; !queue.empty(); ++frames) {
    const OutgoingFrame frame = queue.take();
    EXPECT_LE(frame.message->ByteSizeLong(), FrameQueue::kFrameBytes + 1000);
    const auto decoded = decode(frame.message->frame());
    ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
    for (const Message& part : *decoded) {
      EXPECT_EQ(part.first_position, expected);
      expected = part.next_position;
      for (const Change& change : part.changes) {
        EXPECT_EQ(part.first_position + change.offset, 100 + 2 * changes);
        ++changes;
      }
    }
  }
  EXPECT_EQ(expected, 140u);
  EXPECT_EQ(changes, 20u);
  EXPECT_EQ(frames, 7u);
  EXPECT_EQ(queue.waiting_bytes(), 0u);
}

TEST_F(Codec, CutBackfillGoesOnFromTheKeyOfItsRest) {
  Message message = orders_changes(kFrankfurt, kIreland, 0, 77);
  message.kind = MessageKind::kBackfill;
  for (int i = 0; i < 5; ++i) message.changes.push_back(put("large", i, std::string(75'000, 'z')));
  const wire::Frame frame = encode({message});
  ASSERT_EQ(frame.batches_size(), 2);
  EXPECT_EQ(frame.batches(0).next_position(), message.changes[3].key.value());
  EXPECT_EQ(frame.batches(1).first_position(), message.changes[3].key.value());
  EXPECT_EQ(frame.batches(1).next_position(), 77u);
}

TEST_F(Codec, FramesHoldNoMoreThanAFrameMay) {
  FrameQueue queue(sent_keys.all());
  for (std::size_t i = 0; i < kMaxBatchesPerFrame + 1; ++i) {
    queue.add(acknowledgement(kFrankfurt, kIreland, i));
  }
  Message deletes = orders_changes(kFrankfurt, kIreland, 0, 40'000);
  Change change = put("k", 1);
  change.image = Image{};
  for (std::uint16_t i = 0; i < 40'000; ++i) {
    change.offset = i;
    deletes.changes.push_back(change);
  }
  queue.add(deletes);
  std::size_t batches = 0;
  std::size_t changes = 0;
  while (!queue.empty()) {
    const OutgoingFrame frame = queue.take();
    const std::string bytes = frame.message->SerializeAsString();
    google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()));
    EXPECT_TRUE(within_frame_limits(in));
    const auto decoded = decode(frame.message->frame());
    ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
    batches += decoded->size();
    for (const Message& message : *decoded) changes += message.changes.size();
  }
  EXPECT_GE(batches, kMaxBatchesPerFrame + 3);
  EXPECT_EQ(changes, 40'000u);
}

TEST_F(Codec, QueueIsFullAtItsLimitAndNotAfterItIsTaken) {
  FrameQueue queue(sent_keys.all());
  Message message = orders_changes(kFrankfurt, kIreland, 0, 1);
  message.changes = {put("k", 1, std::string(400'000, 'z'))};
  int added = 0;
  for (; !queue.full(); ++added) queue.add(message);
  EXPECT_EQ(added, 21);  // of 400 KB each
  for (; !queue.empty(); queue.recycle(queue.take())) {
  }
  EXPECT_FALSE(queue.full());
  EXPECT_EQ(queue.waiting_bytes(), 0u);
}

// A reused frame must show nothing of what it held before.
TEST_F(Codec, ReusedFrameTellsOnlyTheNewMessage) {
  FrameQueue queue(sent_keys.all());
  Message rich = orders_changes(kFrankfurt, kIreland, 10, 12);
  rich.attempt = 9;
  rich.changes = {put("a", 1, "long payload"), put("b", 2)};
  rich.changes[0].acknowledged = false;
  rich.changes[1].offset = 1;
  queue.add(rich);
  queue.recycle(queue.take());
  Message plain = orders_changes(kFrankfurt, kIreland, 0, 1);
  plain.changes = {put("c", 3)};
  plain.changes[0].image = Image{};
  queue.add(plain);
  const auto decoded = decode(queue.take().message->frame());
  ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
  EXPECT_EQ(to_text(*decoded, received_keys.all()),
            to_text(std::vector<Message>{plain}, sent_keys.all()));
}

RC_GTEST_PROP(CodecProperty, EverythingEncodedIsDecodedAsItWas, ()) {
  Keys sent_keys;
  Keys received_keys;
  const NodeConfig ireland = config_of("eu-west-1");
  FrameOrigin origin;
  RC_ASSERT(check_hello(make_hello(config_of("eu-central-1"), kIreland), ireland, {}, origin).ok());
  const auto draw = [](std::uint64_t bound) { return *rc::gen::inRange<std::uint64_t>(0, bound); };
  std::vector<Message> messages(1 + draw(4));
  for (Message& message : messages) {
    message.kind = static_cast<MessageKind>(draw(4));
    message.from = kFrankfurt;
    message.to = kIreland;
    message.attempt = static_cast<std::uint32_t>(draw(UINT32_MAX));
    const bool by_position = message.kind == MessageKind::kChanges;
    if (message.kind == MessageKind::kAcknowledgement) {
      message.gap = draw(2) == 1;
      message.hold_off = Duration{static_cast<std::int64_t>(draw(1'000'000))};
      message.next_position = draw(UINT64_MAX);
      continue;
    }
    message.next_position = draw(UINT32_MAX);
    if (message.kind == MessageKind::kBackfillAcknowledgement) continue;
    const auto count = draw(8);
    std::uint64_t offset = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      Item item = *rc::gen::arbitrary<Item>();
      const Item key = order_key(std::string(1 + draw(200), 'k'), static_cast<int>(draw(99)));
      for (const auto& [name, value] : key) item.insert_or_assign(name, value);
      Change change;
      change.key = intern_order(sent_keys.orders, key);
      if (draw(4) != 0) change.image = Image::make(encode_item(item));
      change.version = {WallTime{static_cast<std::int64_t>(draw(1'000'000)) + 10}, kFrankfurt};
      if (!by_position) change.version.origin = RegionId{static_cast<std::uint16_t>(draw(3))};
      change.committed_at = Instant{static_cast<std::int64_t>(draw(1'000'000)) - 500'000};
      change.acknowledged = draw(2) == 0;
      if (by_position) {
        offset += draw(3);
        change.offset = static_cast<std::uint16_t>(offset++);
      }
      message.changes.push_back(std::move(change));
    }
    if (by_position) {
      message.first_position = draw(UINT32_MAX);
      message.next_position = message.first_position + offset + draw(100);
    }
  }
  FrameQueue queue(sent_keys.all());
  for (const Message& message : messages) queue.add(message);
  // Through bytes, into an object that held something else before.
  const std::string bytes = queue.take().message->SerializeAsString();
  wire::FromOrigin parsed;
  parsed.mutable_frame()->add_batches()->add_changes()->set_key("old");
  RC_ASSERT(parsed.ParseFromString(bytes));
  std::vector<ChangeFacts> facts(3);
  const Result<void> checked = check_frame(parsed.frame(), origin, facts);
  if (!checked) RC_FAIL(checked.error().detail);
  const auto decoded =
      decode_frame(parsed.frame(), origin, facts, ireland.tables, received_keys.all());
  RC_ASSERT(to_text(decoded, received_keys.all()) == to_text(messages, sent_keys.all()));
}

// --- Refusals

struct Spoiled {
  const char* name;
  std::function<void(wire::Frame&)> spoil;
  const char* told;
};

wire::Change& change(wire::Frame& frame, int index) {
  return *frame.mutable_batches(0)->mutable_changes(index);
}
wire::Batch& batch(wire::Frame& frame) {
  return *frame.mutable_batches(0);
}

Item order(std::string_view name, std::int64_t number, std::string payload) {
  Item item = order_key(name, number);
  item.emplace("payload", AttributeValue::string(std::move(payload)));
  return item;
}

void set_kind(wire::Frame& frame, wire::BatchKind kind) {
  batch(frame).set_kind(kind);
  for (wire::Change& each : *batch(frame).mutable_changes()) {
    each.set_offset(0);
  }
}
void make_acknowledgement(wire::Frame& frame) {
  batch(frame).Clear();
  batch(frame).set_kind(wire::ACKNOWLEDGEMENT);
}
void use_key(wire::Frame& frame, const Item& key) {
  change(frame, 0).set_key(encode_item(key));
}

const std::vector<Spoiled>& spoiled_frames() {
  static const std::vector<Spoiled> kCases = {
      {"NoKind", [](auto& f) { batch(f).clear_kind(); }, "batches[0].kind: 0 is unknown"},
      {"UnknownKind", [](auto& f) { batch(f).set_kind(static_cast<wire::BatchKind>(7)); },
       "batches[0].kind: 7 is unknown"},
      {"UnknownTable", [](auto& f) { batch(f).set_table(2); },
       "batches[0].table: 2, but there are 2"},
      {"OtherTable", [](auto& f) { batch(f).set_table(1); },
       "batches[0].changes[0].key: 2 attributes, the table's key has 1"},
      {"EndsBeforeItBegins", [](auto& f) { batch(f).set_next_position(9); },
       "batches[0].next_position: 9 is before first_position 10"},
      {"TooManyPositions", [](auto& f) { batch(f).set_next_position(60'011); },
       "batches[0].next_position: 60001 positions in one batch, at most 60000 are allowed"},
      {"GapInChanges", [](auto& f) { batch(f).set_gap(true); },
       "batches[0].gap: only an acknowledgement of changes has it"},
      {"HoldOffInChanges", [](auto& f) { batch(f).set_hold_off_us(1); },
       "batches[0].hold_off_us: only an acknowledgement of changes has it"},
      {"OffsetPastTheEnd", [](auto& f) { change(f, 1).set_offset(3); },
       "batches[0].changes[1].offset: 3 is not between 1 and the batch's end 3"},
      {"OffsetTwice", [](auto& f) { change(f, 1).set_offset(0); },
       "batches[0].changes[1].offset: 0 is not between 1 and the batch's end 3"},
      {"OriginIsAnother", [](auto& f) { change(f, 1).set_origin(2); },
       "batches[0].changes[1].origin: 2 is not the region that sends"},
      {"OriginIsUnknown", [](auto& f) { change(f, 0).set_origin(UINT32_MAX); },
       "batches[0].changes[0].origin: 4294967295 is not the region that sends"},
      {"VersionNeverWritten", [](auto& f) { change(f, 0).set_timestamp_us(INT64_MIN); },
       "batches[0].changes[0].timestamp_us: -9223372036854775808 is no time"},
      {"VersionPastTime", [](auto& f) { change(f, 0).set_timestamp_us(INT64_MAX); },
       "batches[0].changes[0].timestamp_us: 9223372036854775807 is no time"},
      {"CommittedPastTime", [](auto& f) { change(f, 0).set_committed_at_us(INT64_MAX); },
       "batches[0].changes[0].committed_at_us: 9223372036854775807 is no time"},
      {"NoKey", [](auto& f) { change(f, 0).clear_key(); }, "batches[0].changes[0].key: cut short"},
      {"KeyNotCanonical", [](auto& f) { change(f, 0).mutable_key()->append(1, '\0'); },
       "batches[0].changes[0].key: bytes after the end"},
      {"KeyLacksItsRange",
       [](auto& f) {
         use_key(f, {{"PK", AttributeValue::string("a")}});
       },
       "batches[0].changes[0].key: 1 attributes, the table's key has 2"},
      {"KeyWithAnotherName",
       [](auto& f) {
         use_key(f, {{"PK", AttributeValue::string("a")}, {"X", AttributeValue::string("a")}});
       },
       "batches[0].changes[0].key: an attribute that is not of the table's key"},
      {"KeyOfAnotherType",
       [](auto& f) {
         use_key(f, {{"PK", AttributeValue::string("a")}, {"SK", AttributeValue::string("a")}});
       },
       "batches[0].changes[0].key: SK is not of type N"},
      {"KeyEmpty", [](auto& f) { use_key(f, order_key("", 1)); },
       "batches[0].changes[0].key: PK is empty"},
      {"KeyTooLong", [](auto& f) { use_key(f, order_key(std::string(2049, 'k'), 1)); },
       "batches[0].changes[0].key: PK has 2049 bytes, at most 2048 are allowed"},
      {"ImageNotCanonical", [](auto& f) { change(f, 0).mutable_image()->pop_back(); },
       "batches[0].changes[0].image: length past the end"},
      {"ImageOfAnotherKey",
       [](auto& f) { change(f, 0).set_image(encode_item(order("other", 1, "x"))); },
       "batches[0].changes[0].image: its key attributes are not those of the change's key"},
      {"ImageWithoutItsKey",
       [](auto& f) {
         change(f, 0).set_image(encode_item(Item{{"PK", AttributeValue::string("a")}}));
       },
       "batches[0].changes[0].image: its key attributes are not those of the change's key"},
      {"ImageTooLarge",
       [](auto& f) {
         change(f, 0).set_image(encode_item(order("a", 1, std::string(409'590, 'x'))));
       },
       "batches[0].changes[0].image: an item of 409604 bytes, at most 409600 are allowed"},
      {"BackfillWithOffset",
       [](auto& f) {
         set_kind(f, wire::BACKFILL);
         change(f, 1).set_offset(2);
       },
       "batches[0].changes[1].offset: back-fill has no positions"},
      {"BackfillOfUnknownOrigin",
       [](auto& f) {
         set_kind(f, wire::BACKFILL);
         change(f, 1).set_origin(3);
       },
       "batches[0].changes[1].origin: 3, but Hello lists 3"},
      {"AcknowledgementWithChanges", [](auto& f) { batch(f).set_kind(wire::ACKNOWLEDGEMENT); },
       "batches[0].first_position: an acknowledgement has none"},
      {"AcknowledgementOfNothing",
       [](auto& f) {
         batch(f).set_kind(wire::ACKNOWLEDGEMENT);
         batch(f).clear_first_position();
       },
       "batches[0].changes: an acknowledgement has none"},
      {"HoldOffNegative",
       [](auto& f) {
         make_acknowledgement(f);
         batch(f).set_hold_off_us(-1);
       },
       "batches[0].hold_off_us: -1 is not between 0 and a day"},
      {"HoldOffForEver",
       [](auto& f) {
         make_acknowledgement(f);
         batch(f).set_hold_off_us(INT64_MAX);
       },
       "batches[0].hold_off_us: 9223372036854775807 is not between 0 and a day"},
      {"BackfillMarkNotOurs",
       [](auto& f) {
         make_acknowledgement(f);
         batch(f).set_kind(wire::BACKFILL_ACKNOWLEDGEMENT);
         batch(f).set_next_position(1ULL << 32);
       },
       "batches[0].next_position: 4294967296 is no mark of ours"},
      {"TooManyBatches",
       [](auto& f) {
         for (std::size_t i = 0; i < kMaxBatchesPerFrame; ++i) f.add_batches();
       },
       "frame.batches: 1025, at most 1024 are allowed"},
      {"SecondBatch", [](auto& f) { f.add_batches(); }, "batches[1].kind: 0 is unknown"},
  };
  return kCases;
}

class CodecRefusal : public Codec, public testing::WithParamInterface<Spoiled> {};

TEST_P(CodecRefusal, NamesTheFieldAndInternsNothing) {
  wire::Frame frame = two_changes();
  ASSERT_TRUE(decode(frame).has_value());
  const std::size_t keys = received_keys.orders.size();
  GetParam().spoil(frame);
  const auto decoded = decode(frame);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().detail, GetParam().told);
  EXPECT_EQ(received_keys.orders.size(), keys);
}

INSTANTIATE_TEST_SUITE_P(Frames, CodecRefusal, testing::ValuesIn(spoiled_frames()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(Codec, KeysAtTheirLimitsPass) {
  for (const std::size_t length : {1, 126, 127, 128, 129, 2047, 2048}) {
    Message message = orders_changes(kFrankfurt, kIreland, 0, 1);
    message.changes = {put(std::string(length, 'k'), 1)};
    expect_round_trip({message});
  }
}

// A few bytes on the wire, a hundred in memory: such a frame is not even parsed.
TEST_F(Codec, FrameOfEmptyChangesIsOverTheLimit) {
  wire::FromOrigin message;
  wire::Batch& batch = *message.mutable_frame()->add_batches();
  for (std::size_t i = 0; i < kMaxChangesPerFrame; ++i) batch.add_changes();
  const auto within = [&] {
    const std::string bytes = message.SerializeAsString();
    google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()));
    return within_frame_limits(in);
  };
  EXPECT_TRUE(within());
  message.mutable_frame()->add_batches()->add_changes();
  EXPECT_FALSE(within());
  message.mutable_frame()->mutable_batches()->Clear();
  for (std::size_t i = 0; i < kMaxBatchesPerFrame; ++i) message.mutable_frame()->add_batches();
  EXPECT_TRUE(within());
  message.mutable_frame()->add_batches();
  EXPECT_FALSE(within());
}

}  // namespace
}  // namespace gtsim::transport_fixture
