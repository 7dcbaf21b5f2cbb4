// Arbitrary bytes as a message of a replicating peer: what a stream does with each, from the count
// of its changes to the state machine's messages. What is accepted must be what the codec would
// have sent: encoded and decoded again it is the same.
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "region-node/base/check.h"
#include "region-node/transport/frame_queue.h"
#include "region-node/transport/hello.h"
#include "tests/transport_fixture.h"

namespace gtsim::transport_fixture {
namespace {

namespace wire = replication::v1;

struct Receiver {
  NodeConfig config = config_of("eu-west-1");
  FrameOrigin origin;
  std::vector<ChangeFacts> facts;

  Receiver() {
    CHECK(check_hello(make_hello(config_of("eu-central-1"), kIreland), config, {}, origin).ok());
  }
};

void check_message(Receiver& receiver, const std::uint8_t* data, int size) {
  google::protobuf::io::ArrayInputStream in(data, size);
  wire::FromOrigin message;
  if (!within_frame_limits(in) || !message.ParseFromArray(data, size)) return;
  FrameOrigin ignored;
  (void)check_hello(message.hello(), receiver.config, {}, ignored);
  for (const wire::NewTable& told : message.frame().tables()) (void)definition_of(told.table());
  if (!check_frame(message.frame(), receiver.origin, receiver.facts)) return;

  Keys keys;
  const std::vector<Message> decoded = decode_frame(
      message.frame(), receiver.origin, receiver.facts, receiver.config.tables, keys.all());
  FrameQueue queue(keys.all());
  for (const Message& each : decoded) queue.add(each);
  std::vector<Message> again;
  while (!queue.empty()) {
    const OutgoingFrame frame = queue.take();
    CHECK(check_frame(frame.message->frame(), receiver.origin, receiver.facts).has_value());
    auto part = decode_frame(frame.message->frame(), receiver.origin, receiver.facts,
                             receiver.config.tables, keys.all());
    for (Message& each : part) again.push_back(std::move(each));
  }
  // A batch that is cut says the same in more batches.
  if (again.size() == decoded.size()) {
    CHECK(to_text(again, keys.all()) == to_text(decoded, keys.all()));
  }
}

}  // namespace
}  // namespace gtsim::transport_fixture

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static gtsim::transport_fixture::Receiver receiver;
  gtsim::transport_fixture::check_message(receiver, data, static_cast<int>(size));
  return 0;
}
