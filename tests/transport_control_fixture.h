// What the tests of control messages on the wire share: messages of each kind, and a stream from
// Frankfurt to Ireland.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "region-node/control_plane/control_message.h"
#include "region-node/transport/codec.h"
#include "region-node/transport/frame_queue.h"
#include "region-node/transport/hello.h"
#include "tests/transport_fixture.h"

namespace gtsim::transport_fixture {

inline Message carry(ControlMessage control) {
  Message message = message_of(std::move(control));
  message.next_position = 0xFEDC'BA98'7654'3210;
  return message;
}

// Frankfurt asks Ireland, or answers it.
inline ControlMessage from_frankfurt(ControlMessage::Kind kind, OperationKind what,
                                     OperationPhase phase, RegionId subject) {
  ControlMessage control;
  control.kind = kind;
  control.table = kOrders;
  control.from = kFrankfurt;
  control.to = kIreland;
  control.operation = {Instant{5'000'000},
                       kind == ControlMessage::Kind::kRequest ? kFrankfurt : kIreland, 7};
  control.what = what;
  control.subject = subject;
  control.phase = phase;
  return control;
}
inline ControlMessage join() {
  ControlMessage control = from_frankfurt(
      ControlMessage::Kind::kRequest, OperationKind::kAddReplica, OperationPhase::kJoin, kIreland);
  control.places = {{kFrankfurt, 12}, {kVirginia, UINT64_MAX}};
  control.view = StreamViewType::kNewAndOldImages;
  control.copies = {{kFrankfurt, kVirginia, Instant{-1}}, {kVirginia, kIreland, Instant{9}}};
  return control;
}
inline ControlMessage busy() {
  ControlMessage control =
      from_frankfurt(ControlMessage::Kind::kBusy, OperationKind::kRemoveReplica,
                     OperationPhase::kReserve, kVirginia);
  control.holder = {Instant{4'000'000}, kVirginia, UINT64_MAX};
  return control;
}
inline ControlMessage refused(std::string text = "table with name: ‘orders’ is in use") {
  ControlMessage control =
      from_frankfurt(ControlMessage::Kind::kRefused, OperationKind::kAddReplica,
                     OperationPhase::kReserve, kFrankfurt);
  control.refusal = {Errc::kResourceInUse, std::move(text)};
  return control;
}

inline FrameOrigin origin_of(const std::string& from, const NodeConfig& ireland) {
  FrameOrigin origin;
  const grpc::Status status =
      check_hello(make_hello(config_of(from), kIreland), ireland, {}, origin);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return origin;
}

class ControlCodec : public testing::Test {
 protected:
  replication::v1::Frame encode(const std::vector<Message>& messages) {
    FrameQueue queue(keys.all());
    for (const Message& message : messages) queue.add(message);
    replication::v1::Frame all;
    while (!queue.empty()) all.MergeFrom(queue.take().message->frame());
    return all;
  }
  Result<std::vector<Message>> decode(const replication::v1::Frame& frame) {
    std::vector<ChangeFacts> facts;
    const Result<void> checked = check_frame(frame, origin, facts);
    if (!checked) return checked.error();
    return decode_frame(frame, origin, facts, ireland.tables, keys.all());
  }
  void expect_round_trip(const std::vector<Message>& messages) {
    const auto decoded = decode(encode(messages));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
    EXPECT_EQ(to_text(*decoded, keys.all()), to_text(messages, keys.all()));
  }

  NodeConfig ireland = config_of("eu-west-1");
  Keys keys;
  FrameOrigin origin = origin_of("eu-central-1", ireland);
};

}  // namespace gtsim::transport_fixture
