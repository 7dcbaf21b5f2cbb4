#include "region-node/control_plane/control_message.h"

#include <cstdint>
#include <utility>

#include "region-node/base/hash.h"
#include "region-node/replication/message.h"

namespace gtsim {

const char* to_text(OperationPhase phase) {
  switch (phase) {
    case OperationPhase::kReserve:
      return "reserve";
    case OperationPhase::kAdmit:
      return "admit";
    case OperationPhase::kJoin:
      return "join";
    case OperationPhase::kFill:
      return "fill";
    case OperationPhase::kMark:
      return "mark";
    case OperationPhase::kCatchUp:
      return "catch-up";
    case OperationPhase::kLeave:
      return "leave";
    case OperationPhase::kPart:
      return "part";
    case OperationPhase::kDrop:
      return "drop";
    case OperationPhase::kFinish:
      return "finish";
    case OperationPhase::kRelease:
      return "release";
    case OperationPhase::kTell:
      return "tell";
  }
  return "";
}

ControlMessage answer_to(const ControlMessage& request, ControlMessage::Kind kind) {
  ControlMessage answer;
  answer.kind = kind;
  answer.table = request.table;
  answer.from = request.to;
  answer.to = request.from;
  answer.operation = request.operation;
  answer.what = request.what;
  answer.subject = request.subject;
  answer.phase = request.phase;
  answer.tries = request.tries;
  return answer;
}

Message message_of(ControlMessage control) {
  Message carried;
  carried.kind = MessageKind::kControl;
  carried.table = control.table;
  carried.from = control.from;
  carried.to = control.to;
  carried.tries = control.tries;
  std::uint64_t about = control.operation.number;
  for (const std::uint64_t part :
       {std::uint64_t{control.operation.initiator.value()},
        static_cast<std::uint64_t>(control.phase), static_cast<std::uint64_t>(control.kind)}) {
    about = mix(about ^ part);
  }
  carried.next_position = about;
  carried.control = std::make_shared<const ControlMessage>(std::move(control));
  return carried;
}

}  // namespace gtsim
