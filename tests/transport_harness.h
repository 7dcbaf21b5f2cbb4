// Nodes of a small cluster that have nothing but their transport, and a peer that says whatever a
// test wants. The test's own thread is the loop of all nodes.
#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "region-node/transport/hello.h"
#include "region-node/transport/replication_transport.h"
#include "tests/transport_fixture.h"

namespace gtsim::transport_fixture {

inline constexpr std::chrono::seconds kPatience{30};

// Keeps what the transport tells and lets a test wait for it.
class Ear final : public TransportListener {
 public:
  void on_frame(RegionId from, std::unique_ptr<IncomingFrame> frame) override {
    change([&] { frames_.emplace_back(from, std::move(frame)); });
  }
  void on_hello(RegionId from, std::function<void(std::vector<LogPosition>)> answer) override {
    change([&] { hellos.push_back(from); });
    std::vector<LogPosition> positions;
    for (const std::uint64_t each : received) positions.push_back({each, each});
    answer(std::move(positions));
  }
  void on_connected(RegionId to, std::vector<LogPosition> positions) override {
    std::vector<std::uint64_t> told;
    for (const LogPosition& each : positions) told.push_back(each.received);
    change([&] { connected.emplace_back(to, std::move(told)); });
  }
  void on_room(RegionId) override {
    change([&] { ++rooms; });
  }
  void on_notice(RegionId, std::string text) override {
    change([&] { notices.push_back(std::move(text)); });
  }

  // False when it did not come true in time.
  bool wait(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }
  // For what is not told: looks again every millisecond.
  bool poll(const std::function<bool()>& condition, std::chrono::seconds patience = kPatience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(1));
    }
    return true;
  }
  std::unique_ptr<IncomingFrame> take_frame() {
    if (!wait([&] { return !frames_.empty(); })) return nullptr;
    const std::lock_guard lock(mutex_);
    std::unique_ptr<IncomingFrame> frame = std::move(frames_.front().second);
    frames_.pop_front();
    return frame;
  }
  std::size_t frame_count() {
    const std::lock_guard lock(mutex_);
    return frames_.size();
  }
  std::size_t notice_count() {
    const std::lock_guard lock(mutex_);
    return notices.size();
  }
  bool has_notice(const std::string& part) {
    return wait([&] {
      for (const std::string& notice : notices) {
        if (notice.find(part) != std::string::npos) return true;
      }
      return false;
    });
  }
  std::string all_notices() {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const std::string& notice : notices) out += notice + "\n";
    return out;
  }

  // --- Inside wait()
  [[nodiscard]] std::size_t waiting_frames() const { return frames_.size(); }
  // Set before the transport starts, or read inside wait().
  std::vector<std::uint64_t> received{0, 0};
  std::vector<RegionId> hellos;
  std::vector<std::pair<RegionId, std::vector<std::uint64_t>>> connected;
  std::vector<std::string> notices;
  int rooms = 0;

 private:
  template <class Change>
  void change(Change&& change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<RegionId, std::unique_ptr<IncomingFrame>>> frames_;
};

struct TestNode {
  explicit TestNode(NodeConfig node_config) : config(std::move(node_config)) {}
  explicit TestNode(const std::string& region) : TestNode(config_of(region)) {}
  ~TestNode() {
    if (transport != nullptr) transport->stop();
  }
  TestNode(const TestNode&) = delete;
  TestNode& operator=(const TestNode&) = delete;

  void start() {
    auto started = start_replication_transport(config, keys.all(), ear);
    ASSERT_TRUE(started.has_value()) << started.error().detail;
    transport = std::move(*started);
  }
  void connect(RegionId to, const TestNode& other) {
    const std::size_t before = ear.connected.size();
    transport->set_peer(to, other.transport->listening_on());
    ASSERT_TRUE(ear.wait([&] { return ear.connected.size() > before; })) << ear.all_notices();
  }
  // The messages of the next frame, as text.
  std::string hear() {
    const auto frame = ear.take_frame();
    if (frame == nullptr) return "no frame";
    const auto messages = frame->decode();
    return messages ? to_text(*messages, keys.all()) : messages.error().detail;
  }

  NodeConfig config;
  Keys keys;
  Ear ear;
  std::unique_ptr<ReplicationTransport> transport;
};

// Speaks to a node without any manners.
class RawPeer final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit RawPeer(const std::string& address,
                   const std::shared_ptr<grpc::ChannelCredentials>& credentials =
                       grpc::InsecureChannelCredentials(),
                   const std::string& target = "eu-west-1")
      : stub_(channel(address, credentials, target)) {
    stub_.PrepareBidiStreamingCall(&context_, "/gtsim.replication.v1.Replication/Replicate", {},
                                   this);
    AddHold();
    StartRead(&incoming_);
    StartCall();
  }
  ~RawPeer() override { (void)end(/*cancel=*/true); }

  // Waits until the bytes have left; false when the call is over.
  bool say_bytes(const std::string& bytes) {
    std::unique_lock lock(mutex_);
    if (released_) return false;
    const grpc::Slice slice(bytes);
    outgoing_ = grpc::ByteBuffer(&slice, 1);
    written_.reset();
    StartWrite(&outgoing_);
    return changed_.wait_for(lock, kPatience, [&] { return written_.has_value(); }) && *written_;
  }
  bool say(const replication::v1::FromOrigin& message) {
    return say_bytes(message.SerializeAsString());
  }
  bool say_hello(const replication::v1::Hello& hello) {
    replication::v1::FromOrigin message;
    *message.mutable_hello() = hello;
    return say(message);
  }
  // The next answer, or nothing when the call is over.
  std::optional<replication::v1::FromReceiver> hear() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return !heard_.empty() || done_; });
    if (heard_.empty()) return std::nullopt;
    auto answer = heard_.front();
    heard_.pop_front();
    return answer;
  }
  void say_no_more() { StartWritesDone(); }
  void cancel() { context_.TryCancel(); }
  // How the call ended; waits for it.
  grpc::Status end(bool cancel = false) {
    if (cancel) context_.TryCancel();
    std::unique_lock lock(mutex_);
    if (!std::exchange(released_, true)) RemoveHold();
    if (!changed_.wait_for(lock, kPatience, [&] { return done_; }))
      return {grpc::StatusCode::OK, "no end"};
    return status_;
  }

 private:
  static std::shared_ptr<grpc::Channel> channel(
      const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials,
      const std::string& target) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetSslTargetNameOverride(target);
    return grpc::CreateCustomChannel(address, credentials, arguments);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    replication::v1::FromReceiver answer;
    grpc::ProtoBufferReader reader(&incoming_);
    EXPECT_TRUE(answer.ParseFromZeroCopyStream(&reader));
    {
      const std::lock_guard lock(mutex_);
      heard_.push_back(std::move(answer));
      changed_.notify_all();
    }
    incoming_.Clear();
    StartRead(&incoming_);
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    written_ = ok;
    changed_.notify_all();
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    status_ = status;
    done_ = true;
    changed_.notify_all();
  }

  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<replication::v1::FromReceiver> heard_;
  std::optional<bool> written_;
  grpc::Status status_;
  bool done_ = false;
  bool released_ = false;
};

}  // namespace gtsim::transport_fixture
