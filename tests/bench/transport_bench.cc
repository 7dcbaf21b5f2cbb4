// What replication costs on the wire, for images of about 200 bytes: the codec alone, and our
// transport beside a bare gRPC stream of the same messages, both ends in this process.
#include <benchmark/benchmark.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "proto/replication/v1/replication.grpc.pb.h"
#include "region-node/transport/frame_queue.h"
#include "region-node/transport/hello.h"
#include "region-node/transport/replication_transport.h"
#include "tests/transport_fixture.h"

namespace gtsim::transport_fixture {
namespace {

namespace wire = replication::v1;

constexpr int kKeys = 10'000;

Message batch_of(KeySpace& keys, std::int64_t changes) {
  Message message = orders_changes(kFrankfurt, kIreland, 0, static_cast<std::uint64_t>(changes));
  for (std::int64_t i = 0; i < changes; ++i) {
    Change& change = message.changes.emplace_back(
        order_put(keys, "customer", i % kKeys, std::string(160, 'x'), kFrankfurt, 1'000'000 + i));
    change.offset = static_cast<std::uint16_t>(i);
  }
  return message;
}

FrameOrigin origin_of(const NodeConfig& ireland) {
  FrameOrigin origin;
  (void)check_hello(make_hello(config_of("eu-central-1"), kIreland), ireland, {}, origin);
  return origin;
}

void BM_EncodeFrame(benchmark::State& state) {
  Keys keys;
  const Message message = batch_of(keys.orders, state.range(0));
  FrameQueue queue(keys.all());
  std::string bytes;
  for (auto _ : state) {
    queue.add(message);
    OutgoingFrame frame = queue.take();
    frame.message->SerializeToString(&bytes);
    benchmark::DoNotOptimize(bytes.data());
    queue.recycle(std::move(frame));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_EncodeFrame)->Arg(1)->Arg(64)->Arg(512);

void BM_DecodeFrame(benchmark::State& state) {
  Keys sent_keys;
  Keys keys;
  FrameQueue queue(sent_keys.all());
  queue.add(batch_of(sent_keys.orders, state.range(0)));
  const std::string bytes = queue.take().message->SerializeAsString();
  const NodeConfig ireland = config_of("eu-west-1");
  const FrameOrigin origin = origin_of(ireland);
  wire::FromOrigin message;
  std::vector<ChangeFacts> facts;
  for (auto _ : state) {
    message.ParseFromString(bytes);
    if (!check_frame(message.frame(), origin, facts)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(
        decode_frame(message.frame(), origin, facts, ireland.tables, keys.all()));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_DecodeFrame)->Arg(1)->Arg(64)->Arg(512);

// The part of it that the loop's thread does.
void BM_DecodeCheckedFrame(benchmark::State& state) {
  Keys sent_keys;
  Keys keys;
  FrameQueue queue(sent_keys.all());
  queue.add(batch_of(sent_keys.orders, state.range(0)));
  const OutgoingFrame frame = queue.take();
  const NodeConfig ireland = config_of("eu-west-1");
  const FrameOrigin origin = origin_of(ireland);
  std::vector<ChangeFacts> facts;
  (void)check_frame(frame.message->frame(), origin, facts);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        decode_frame(frame.message->frame(), origin, facts, ireland.tables, keys.all()));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_DecodeCheckedFrame)->Arg(64)->Arg(512);

// --- A bare stream

class CountingService final : public wire::Replication::CallbackService {
 public:
  grpc::ServerBidiReactor<wire::FromOrigin, wire::FromReceiver>* Replicate(
      grpc::CallbackServerContext*) override {
    class Reader final : public grpc::ServerBidiReactor<wire::FromOrigin, wire::FromReceiver> {
     public:
      explicit Reader(std::atomic<std::int64_t>& changes) : changes_(changes) {
        StartRead(&message_);
      }
      void OnReadDone(bool ok) override {
        if (!ok) {
          Finish(grpc::Status::OK);
          return;
        }
        changes_ += message_.frame().batches(0).changes_size();
        StartRead(&message_);
      }
      void OnDone() override { delete this; }

     private:
      std::atomic<std::int64_t>& changes_;
      wire::FromOrigin message_;
    };
    return new Reader(changes);
  }
  std::atomic<std::int64_t> changes{0};
};

class BareWriter final : public grpc::ClientBidiReactor<wire::FromOrigin, wire::FromReceiver> {
 public:
  BareWriter(wire::Replication::Stub& stub, const wire::FromOrigin& message, std::int64_t writes)
      : message_(message), left_(writes) {
    stub.async()->Replicate(&context_, this);
    StartWrite(&message_);
    StartRead(&answer_);
    StartCall();
  }
  void OnWriteDone(bool ok) override {
    if (ok && --left_ > 0) {
      StartWrite(&message_);
    } else {
      StartWritesDone();
    }
  }
  void OnDone(const grpc::Status&) override {
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_; });
  }

 private:
  grpc::ClientContext context_;
  const wire::FromOrigin& message_;
  wire::FromReceiver answer_;
  std::int64_t left_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

constexpr std::int64_t kChangesPerRound = 200'000;

void BM_BareStream(benchmark::State& state) {
  Keys keys;
  FrameQueue queue(keys.all());
  queue.add(batch_of(keys.orders, state.range(0)));
  const OutgoingFrame frame = queue.take();
  CountingService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto stub = wire::Replication::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  const std::int64_t writes = std::max<std::int64_t>(1, kChangesPerRound / state.range(0));
  for (auto _ : state) BareWriter(*stub, *frame.message, writes).wait();
  state.SetItemsProcessed(state.iterations() * writes * state.range(0));
  if (service.changes != state.iterations() * writes * state.range(0)) {
    state.SkipWithError("changes were lost");
  }
  server->Shutdown();
}
BENCHMARK(BM_BareStream)->Arg(1)->Arg(64)->Arg(512)->UseRealTime()->Unit(benchmark::kMillisecond);

// --- Our transport: one thread is the sender's loop, another the receiver's

class Listener final : public TransportListener {
 public:
  void on_frame(RegionId, std::unique_ptr<IncomingFrame> frame) override {
    const std::lock_guard lock(mutex_);
    frames_.push_back(std::move(frame));
    changed_.notify_all();
  }
  void on_hello(RegionId, std::function<void(std::vector<LogPosition>)> answer) override {
    answer({{}, {}});
  }
  void on_connected(RegionId, std::vector<LogPosition>) override {
    const std::lock_guard lock(mutex_);
    connected_ = true;
    changed_.notify_all();
  }
  void on_room(RegionId) override {
    const std::lock_guard lock(mutex_);
    room_ = true;
    changed_.notify_all();
  }
  void on_notice(RegionId, std::string) override {}

  void wait_connected() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return connected_; });
  }
  void wait_room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return room_; });
    room_ = false;
  }
  std::unique_ptr<IncomingFrame> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !frames_.empty(); });
    auto frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<IncomingFrame>> frames_;
  bool connected_ = false;
  bool room_ = false;
};

void BM_Transport(benchmark::State& state) {
  Keys sent_keys;
  Keys received_keys;
  Listener sender;
  Listener receiver;
  auto frankfurt =
      start_replication_transport(config_of("eu-central-1"), sent_keys.all(), sender).value();
  auto ireland =
      start_replication_transport(config_of("eu-west-1"), received_keys.all(), receiver).value();
  frankfurt->set_peer(kIreland, ireland->listening_on());
  sender.wait_connected();
  const Message message = batch_of(sent_keys.orders, state.range(0));
  const std::int64_t sends = std::max<std::int64_t>(1, kChangesPerRound / state.range(0));
  for (auto _ : state) {
    std::thread receiving([&] {
      for (std::int64_t left = sends * state.range(0); left > 0;) {
        const auto frame = receiver.take();
        const auto messages = frame->decode();
        for (const Message& each : *messages)
          left -= static_cast<std::int64_t>(each.changes.size());
      }
    });
    for (std::int64_t i = 0; i < sends; ++i) {
      while (!frankfurt->send(kIreland, {message})) sender.wait_room();
    }
    receiving.join();
  }
  state.SetItemsProcessed(state.iterations() * sends * state.range(0));
}
BENCHMARK(BM_Transport)->Arg(1)->Arg(64)->Arg(512)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gtsim::transport_fixture
