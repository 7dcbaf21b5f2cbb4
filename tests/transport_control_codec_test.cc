// What control planes say to one another comes over the wire as it was, in frames that a receiver
// takes.
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "region-node/base/quantity_text.h"
#include "region-node/item/utf8.h"
#include "region-node/transport/control_codec.h"
#include "region-node/transport/replication_transport.h"
#include "tests/transport_control_fixture.h"

namespace gtsim::transport_fixture {
namespace {

namespace wire = replication::v1;
using Kind = ControlMessage::Kind;
using Phase = OperationPhase;

TEST_F(ControlCodec, RequestsAndAnswersComeBackAsTheyWere) {
  Message changes = orders_changes(kFrankfurt, kIreland, 5, 6);
  changes.changes = {order_put(keys.orders, "a", 1, "x", kFrankfurt, 1'000'000)};
  ControlMessage done =
      from_frankfurt(Kind::kDone, OperationKind::kAddReplica, Phase::kMark, kVirginia);
  done.position = UINT64_MAX;
  done.tries = UINT32_MAX;
  done.table = kBlobs;
  expect_round_trip({carry(join()), changes, carry(busy()), carry(refused()), carry(done)});
}

// As a control plane sends it: nothing but the number and who it is from.
TEST_F(ControlCodec, ReleaseComesBackAsItWas) {
  ControlMessage release;
  release.from = kFrankfurt;
  release.to = kIreland;
  release.operation = {Instant{0}, kFrankfurt, 3};
  release.phase = Phase::kRelease;
  expect_round_trip({carry(release)});
}

// The sender has no such table, and perhaps none at all.
TEST_F(ControlCodec, AnswersAboutATableThatIsNotThereGoByItsName) {
  ControlMessage released =
      from_frankfurt(Kind::kDone, OperationKind::kAddReplica, Phase::kRelease, kIreland);
  const auto decoded_by_name = [&](ControlMessage control, const std::string& name) {
    auto definition = std::make_shared<TableDefinition>();
    definition->name = name;
    control.table = kUnknownTable;
    control.definition = definition;
    const std::vector<Message> messages{carry(control)};
    const wire::Frame frame = encode(messages);
    EXPECT_LE(frame.batches(0).control().ByteSizeLong(), wire_bytes(control));
    origin.tables.clear();
    return decode(frame);
  };
  const auto known = decoded_by_name(released, "blobs");
  ASSERT_TRUE(known.has_value()) << known.error().detail;
  released.table = kBlobs;
  EXPECT_EQ(to_text(*known, keys.all()), to_text({carry(released)}, keys.all()));

  const auto nobodys = decoded_by_name(refused(), "of nobody");
  ASSERT_TRUE(nobodys.has_value()) << nobodys.error().detail;
  EXPECT_TRUE(nobodys->empty());
}

// Regions and tables go by their places in the sender's lists, which may have another order.
TEST_F(ControlCodec, NumbersAreThoseOfTheStream) {
  const wire::Frame frame = encode({carry(join())});
  // The sender's 0 is Virginia, its 1 Frankfurt, its 2 Ireland.
  origin.regions = {kVirginia, kFrankfurt, kIreland};
  std::swap(origin.tables[0], origin.tables[1]);
  origin.from = kVirginia;
  origin.to = kFrankfurt;
  const auto decoded = decode(frame);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
  ControlMessage expected = join();
  expected.table = kBlobs;
  expected.from = kVirginia;
  expected.to = kFrankfurt;
  expected.operation.initiator = kVirginia;
  expected.subject = kFrankfurt;
  expected.places = {{kVirginia, 12}, {kIreland, UINT64_MAX}};
  expected.copies = {{kVirginia, kIreland, Instant{-1}}, {kIreland, kFrankfurt, Instant{9}}};
  EXPECT_EQ(to_text(*(*decoded)[0].control), to_text(expected));

  const wire::Frame answer = encode({carry(busy())});
  origin.regions = {kIreland, kFrankfurt, kVirginia};
  origin.from = kIreland;
  const auto answered = decode(answer);
  ASSERT_TRUE(answered.has_value()) << answered.error().detail;
  EXPECT_EQ((*answered)[0].control->holder.initiator, kVirginia);
  EXPECT_EQ((*answered)[0].control->operation.initiator, kFrankfurt);
}

// A reused frame must show nothing of what it held before, in either direction.
TEST_F(ControlCodec, ReusedFrameTellsOnlyTheNewMessage) {
  ControlMessage plain =
      from_frankfurt(Kind::kRequest, OperationKind::kRemoveReplica, Phase::kDrop, kIreland);
  const std::vector<Message> messages = {carry(join()), acknowledgement(kFrankfurt, kIreland, 4),
                                         carry(busy()), carry(refused()), carry(plain)};
  FrameQueue queue(keys.all());
  for (const Message& message : messages) {
    queue.add(message);
    OutgoingFrame frame = queue.take();
    const auto decoded = decode(frame.message->frame());
    ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
    EXPECT_EQ(to_text(*decoded, keys.all()), to_text(std::vector<Message>{message}, keys.all()));
    queue.recycle(std::move(frame));
  }
  // Also without the queue, which clears its frames.
  wire::Batch batch;
  for (const Message& message : messages) {
    encode_batch(message, 0, 0, keys.orders, batch);
    wire::Frame frame;
    *frame.add_batches() = batch;
    const auto decoded = decode(frame);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
    EXPECT_EQ(to_text(*decoded, keys.all()), to_text(std::vector<Message>{message}, keys.all()));
  }
}

TEST_F(ControlCodec, LongRefusalIsCutAtACharacter) {
  for (const std::size_t before : {0u, 1u, 2u}) {
    std::string text(before, 'x');
    while (text.size() <= kMaxRefusalBytes) text += "‘";  // three bytes each
    const auto decoded = decode(encode({carry(refused(text))}));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
    const std::string& told = (*decoded)[0].control->refusal.detail;
    EXPECT_TRUE(is_valid_utf8(told));
    EXPECT_GT(told.size(), kMaxRefusalBytes - 3);
    EXPECT_LE(told.size(), kMaxRefusalBytes);
    EXPECT_TRUE(text.starts_with(told));
  }
  expect_round_trip({carry(refused(std::string(kMaxRefusalBytes, 'x')))});
}

// The region that is asked, in every phase, with whatever can be said in it.
ControlMessage draw_control() {
  const auto draw = [](std::uint64_t bound) { return *rc::gen::inRange<std::uint64_t>(0, bound); };
  const auto draw_region = [&] { return RegionId{static_cast<std::uint16_t>(draw(3))}; };
  const auto draw_instant = [&] {
    return Instant{static_cast<std::int64_t>(draw(1ULL << 55)) - (1LL << 54)};
  };
  constexpr std::array kOfAdd = {Phase::kReserve, Phase::kAdmit,  Phase::kJoin,    Phase::kMark,
                                 Phase::kCatchUp, Phase::kFinish, Phase::kRelease, Phase::kTell};
  constexpr std::array kOfRemove = {Phase::kReserve, Phase::kLeave,  Phase::kPart,
                                    Phase::kDrop,    Phase::kFinish, Phase::kRelease};
  constexpr std::array kOfUpdate = {Phase::kReserve, Phase::kFinish};
  const auto what = static_cast<OperationKind>(draw(3));
  const bool adds = what == OperationKind::kAddReplica;
  const Phase phase = adds                                    ? kOfAdd[draw(kOfAdd.size())]
                      : what == OperationKind::kRemoveReplica ? kOfRemove[draw(kOfRemove.size())]
                                                              : kOfUpdate[draw(kOfUpdate.size())];
  const Kind kind = phase == Phase::kReserve ? static_cast<Kind>(draw(4))
                    : draw(2) == 0           ? Kind::kRequest
                                             : Kind::kDone;
  ControlMessage control = from_frankfurt(kind, what, phase, kVirginia);
  const RegionId asked = kind == Kind::kRequest ? kIreland : kFrankfurt;
  const bool of_subject =
      phase == Phase::kJoin || phase == Phase::kCatchUp || phase == Phase::kDrop;
  const bool of_anybody = phase == Phase::kReserve || phase == Phase::kLeave ||
                          phase == Phase::kRelease || phase == Phase::kTell;
  if (of_subject) control.subject = asked;
  if (of_anybody) control.subject = draw_region();
  control.table = TableId{static_cast<std::uint16_t>(draw(2))};
  control.tries = static_cast<std::uint32_t>(draw(UINT32_MAX));
  control.operation.ordered_at = draw_instant();
  control.operation.number = 1 + draw(UINT64_MAX - 1);
  const bool tells_position =
      kind == Kind::kRequest
          ? phase == Phase::kAdmit
          : kind == Kind::kDone &&
                (phase == Phase::kReserve || phase == Phase::kAdmit || phase == Phase::kMark);
  if (tells_position) control.position = draw(UINT64_MAX);
  if (kind == Kind::kRequest && (phase == Phase::kJoin || phase == Phase::kCatchUp)) {
    if (draw(2) == 0) control.places.push_back({kVirginia, draw(UINT64_MAX)});
    if (draw(2) == 0) control.places.push_back({kFrankfurt, draw(UINT64_MAX)});
  }
  if (kind == Kind::kRequest && phase == Phase::kJoin) {
    control.view = static_cast<StreamViewType>(draw(4));
    const std::uint64_t count = draw(4);
    const std::uint64_t first = draw(3);
    for (std::uint64_t i = 0; i < count; ++i) {
      const RegionId replica{static_cast<std::uint16_t>((first + i) % 3)};
      control.copies.push_back({draw_region(), replica, draw_instant()});
    }
  }
  if (kind == Kind::kRequest && phase == Phase::kReserve) {
    for (Duration& wait : control.waits) {
      wait = Duration{static_cast<std::int64_t>(
          draw(static_cast<std::uint64_t>(kLongestDuration.count()) + 1))};
    }
  }
  const bool may_tell = kind == Kind::kRequest && phase == Phase::kJoin && draw(2) == 0;
  if (phase == Phase::kTell || may_tell) {
    GroupSettings& settings = control.settings.emplace();
    settings.version = {draw_instant(), draw_region(), 1 + draw(UINT64_MAX - 1)};
    if (draw(2) == 0) settings.ttl_attribute = std::string(1 + draw(kMaxTtlAttributeBytes), 'a');
  }
  if (kind == Kind::kBusy) {
    control.holder = {draw_instant(), draw_region(), 1 + draw(UINT64_MAX - 1)};
  }
  if (kind == Kind::kRefused) {
    constexpr std::array kCodes = {Errc::kValidation, Errc::kResourceInUse, Errc::kResourceNotFound,
                                   Errc::kUnavailable};
    control.refusal = {kCodes[draw(kCodes.size())], std::string(draw(300), 'r')};
  }
  return control;
}

RC_GTEST_FIXTURE_PROP(ControlCodec, WhatControlPlanesSayIsDecodedAsItWas, ()) {
  std::vector<Message> messages;
  const auto count = *rc::gen::inRange(1, 5);
  for (int i = 0; i < count; ++i) messages.push_back(carry(draw_control()));
  FrameQueue queue(keys.all());
  std::size_t estimate = 0;
  for (const Message& message : messages) {
    queue.add(message);
    estimate = queue.waiting_bytes();
  }
  // Through bytes, into an object that held something else before.
  const std::string bytes = queue.take().message->SerializeAsString();
  RC_ASSERT(bytes.size() <= estimate + 8);
  wire::FromOrigin parsed;
  parsed.mutable_frame()->add_batches()->mutable_control()->add_places()->set_region(2);
  RC_ASSERT(parsed.ParseFromString(bytes));
  const auto decoded = decode(parsed.frame());
  if (!decoded) RC_FAIL(decoded.error().detail);
  RC_ASSERT(to_text(*decoded, keys.all()) == to_text(messages, keys.all()));
}

// --- Limits

bool is_within_limits(const wire::FromOrigin& message) {
  const std::string bytes = message.SerializeAsString();
  google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()));
  return within_frame_limits(in);
}

// A few bytes on the wire, some dozens in memory: such a frame is not even parsed.
TEST_F(ControlCodec, PlacesAndCopiesCountAsChanges) {
  wire::FromOrigin message;
  wire::Frame& frame = *message.mutable_frame();
  wire::Control& control = *frame.add_batches()->mutable_control();
  frame.add_batches()->add_changes();
  for (std::size_t i = 0; i < kMaxChangesPerFrame / 2; ++i) control.add_places();
  for (std::size_t i = 0; i < kMaxChangesPerFrame / 2 - 1; ++i) control.add_copies();
  EXPECT_TRUE(is_within_limits(message));
  control.add_places();
  EXPECT_FALSE(is_within_limits(message));
  control.mutable_places()->RemoveLast();
  control.add_copies();
  EXPECT_FALSE(is_within_limits(message));
  control.mutable_copies()->RemoveLast();
  frame.add_batches()->add_changes();
  EXPECT_FALSE(is_within_limits(message));
}

// Of the largest group, with the largest numbers.
TEST_F(ControlCodec, FramesHoldNoMoreThanAFrameMay) {
  ControlMessage largest = join();
  largest.places.clear();
  largest.copies.clear();
  for (std::uint16_t i = 0; i < kMaxRegions; ++i) {
    largest.places.push_back({RegionId{i}, UINT64_MAX});
    largest.copies.push_back({RegionId{0}, RegionId{i}, Instant{253'402'300'799'999'999}});
  }
  FrameQueue queue(keys.all());
  for (int i = 0; i < 2000; ++i) queue.add(carry(largest));
  std::size_t batches = 0;
  while (!queue.empty()) {
    const OutgoingFrame frame = queue.take();
    EXPECT_TRUE(is_within_limits(*frame.message));
    EXPECT_LE(frame.message->ByteSizeLong(), FrameQueue::kFrameBytes);
    batches += static_cast<std::size_t>(frame.message->frame().batches_size());
  }
  EXPECT_EQ(batches, 2000u);
  EXPECT_EQ(queue.waiting_bytes(), 0u);
}

}  // namespace
}  // namespace gtsim::transport_fixture
