#include "region-node/transport/incoming_stream.h"

#include <fmt/format.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

#include <algorithm>
#include <utility>

#include "region-node/base/check.h"

namespace gtsim {
namespace {

namespace wire = replication::v1;
using std::chrono::milliseconds;

constexpr milliseconds kHelloPatience{5'000};
// How long the node may take to answer a Hello, and gRPC to end a call whose peer does not read.
constexpr milliseconds kAnswerPatience{10'000};
constexpr milliseconds kFinishPatience{2'000};
constexpr std::size_t kMaxHelloBytes = kMaxFrameBytes;  // of as many tables as there may be
constexpr std::uint64_t kFramesPerCredit = 4;
// A received message that is used again keeps the memory of the largest change that each of its
// places has held, so it must not live for ever.
constexpr std::size_t kBytesPerLife = 16u << 20;

static_assert(kMaxFramesHeld + kFramesPerCredit <= kMaxFramesInFlight,
              "the peer must not run out of credit while we wait for more to give back");

grpc::Status too_large(std::size_t bytes, std::size_t limit) {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED,
          fmt::format("a message of {} bytes, at most {} are allowed", bytes, limit)};
}
grpc::Status invalid(const std::string& text) {
  return {grpc::StatusCode::INVALID_ARGUMENT, text};
}

}  // namespace

struct IncomingStream::Received {
  wire::FromOrigin message;
  std::vector<ChangeFacts> facts;
  std::shared_ptr<const FrameOrigin> origin;
  std::size_t bytes_since_new = 0;
};

class IncomingStream::Frame final : public IncomingFrame {
 public:
  Frame(std::shared_ptr<IncomingStream> stream, std::unique_ptr<Received> received)
      : stream_(std::move(stream)), received_(std::move(received)) {}
  ~Frame() override { stream_->release(std::move(received_)); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  Result<std::vector<Message>> decode() override {
    const TransportShared& shared = *stream_->shared_;
    return decode_frame(received_->message.frame(), *received_->origin, received_->facts,
                        shared.config.tables, shared.keys);
  }

 private:
  const std::shared_ptr<IncomingStream> stream_;
  std::unique_ptr<Received> received_;
};

std::shared_ptr<IncomingStream> IncomingStream::start(std::shared_ptr<TransportShared> shared,
                                                      StreamRegistry& registry,
                                                      grpc::CallbackServerContext& context,
                                                      bool tls) {
  auto stream = std::make_shared<IncomingStream>(std::move(shared), registry, context, tls);
  const std::lock_guard lock(stream->mutex_);
  stream->self_ = stream;
  stream->read_more();
  stream->shared_->timer.after(kHelloPatience, [weak = std::weak_ptr(stream)] {
    const auto waiting = weak.lock();
    if (waiting == nullptr) return;
    {
      const std::lock_guard waiting_lock(waiting->mutex_);
      if (waiting->introduced_ || waiting->finished_) return;
    }
    waiting->refuse({grpc::StatusCode::DEADLINE_EXCEEDED, "no Hello within 5 seconds"});
  });
  return stream;
}

IncomingStream::IncomingStream(std::shared_ptr<TransportShared> shared, StreamRegistry& registry,
                               grpc::CallbackServerContext& context, bool tls)
    : shared_(std::move(shared)),
      registry_(registry),
      certificate_(certificate_of(context, tls)),
      address_(printable(context.peer())),
      context_(&context) {}

IncomingStream::~IncomingStream() = default;

void IncomingStream::finish(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  finished_ = true;
  Finish(status);
  // A peer that reads nothing would keep the call.
  shared_->timer.after(kFinishPatience, [weak = weak_from_this()] {
    const auto stream = weak.lock();
    if (stream == nullptr) return;
    const std::lock_guard stream_lock(stream->mutex_);
    if (stream->context_ != nullptr) stream->context_->TryCancel();
  });
}

void IncomingStream::refuse(const grpc::Status& status) {
  RegionId peer = shared_->self;
  std::string who;
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (introduced_) {
      peer = from_;
      who = shared_->config.regions[peer.index()] + " at ";
    }
  }
  finish(status);
  shared_->about_strangers.tell(
      peer, fmt::format("refused {}{}: {}", who, address_, status.error_message()));
}

// --- Reading

void IncomingStream::read_more() {
  if (reading_ || finished_ || frames_held_ >= kMaxFramesHeld) return;
  if (introduced_ && !welcomed_) return;
  reading_ = true;
  StartRead(&incoming_);
}

void IncomingStream::OnReadDone(bool ok) {
  if (!ok) {
    finish(grpc::Status::OK);  // the peer has said all, or is gone
    return;
  }
  // Only reads change it, and this one has ended.
  const grpc::Status status = introduced_ ? on_frame() : on_hello();
  incoming_.Clear();
  if (!status.ok()) {
    refuse(status);
    return;
  }
  const std::lock_guard lock(mutex_);
  reading_ = false;
  read_more();
}

grpc::Status IncomingStream::on_hello() {
  if (incoming_.Length() > kMaxHelloBytes) return too_large(incoming_.Length(), kMaxHelloBytes);
  wire::FromOrigin message;
  {
    grpc::ProtoBufferReader reader(&incoming_);
    if (!message.ParseFromZeroCopyStream(&reader)) return invalid("bytes that are no message");
  }
  if (!message.has_hello()) return invalid("the first message must be Hello");
  FrameOrigin origin;
  grpc::Status accepted = check_hello(message.hello(), shared_->config, certificate_, origin);
  if (!accepted.ok()) return accepted;
  from_ = origin.from;
  for (const auto& told : origin.tables) tell_if_strange(*told);
  const std::vector<std::shared_ptr<const TableDefinition>> in_hello = origin.tables;
  origin_ = std::make_shared<const FrameOrigin>(std::move(origin));
  {
    const std::lock_guard lock(mutex_);
    introduced_ = true;
  }
  registry_.on_introduced(shared_from_this(), from_);
  shared_->timer.after(kAnswerPatience, [weak = weak_from_this()] {
    const auto stream = weak.lock();
    if (stream == nullptr) return;
    {
      const std::lock_guard lock(stream->mutex_);
      if (stream->welcomed_ || stream->finished_) return;
    }
    stream->refuse({grpc::StatusCode::UNAVAILABLE, "the node does not answer"});
  });
  shared_->gate.pass([&](TransportListener& listener) {
    listener.on_hello(
        from_, [stream = weak_from_this(), in_hello](const std::vector<LogPosition>& positions) {
          if (const auto alive = stream.lock()) alive->welcome(in_hello, positions);
        });
  });
  return {};
}

grpc::Status IncomingStream::on_frame() {
  const std::size_t bytes = incoming_.Length();
  if (bytes > kMaxFrameBytes) return too_large(bytes, kMaxFrameBytes);
  {
    grpc::ProtoBufferReader reader(&incoming_);
    if (!within_frame_limits(reader)) {
      return invalid(fmt::format("a frame of more than {} batches, {} changes or {} tables",
                                 kMaxBatchesPerFrame, kMaxChangesPerFrame, kMaxTablesPerFrame));
    }
  }
  std::unique_ptr<Received> received;
  {
    const std::lock_guard lock(mutex_);
    received = take_spare();
  }
  received->bytes_since_new += bytes;
  {
    grpc::ProtoBufferReader reader(&incoming_);
    if (!received->message.ParseFromZeroCopyStream(&reader)) {
      return invalid("bytes that are no message");
    }
  }
  if (!received->message.has_frame()) return invalid("a message that is no frame");
  const wire::Frame& frame_told = received->message.frame();
  if (frame_told.tables_size() > 0) {
    grpc::Status learnt = learn_tables(frame_told);
    if (!learnt.ok()) return learnt;
  }
  received->origin = origin_;
  const Result<void> checked = check_frame(frame_told, *origin_, received->facts);
  if (!checked) return invalid(checked.error().detail);
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return {};
    ++frames_held_;
  }
  auto frame = std::make_unique<Frame>(shared_from_this(), std::move(received));
  shared_->gate.pass(
      [&](TransportListener& listener) { listener.on_frame(from_, std::move(frame)); });
  return {};
}

grpc::Status IncomingStream::learn_tables(const wire::Frame& frame) {
  FrameOrigin origin = *origin_;
  for (int i = 0; i < frame.tables_size(); ++i) {
    const std::uint32_t number = frame.tables(i).number();
    if (number >= kMaxTables) {
      return invalid(
          fmt::format("tables[{}].number: {}, at most {} are allowed", i, number, kMaxTables - 1));
    }
    if (number > origin.tables.size()) {
      return invalid(
          fmt::format("tables[{}].number: {}, but there are {}", i, number, origin.tables.size()));
    }
    auto defined = definition_of(frame.tables(i).table());
    if (!defined) return invalid(fmt::format("tables[{}].table.{}", i, defined.error().detail));
    for (std::size_t other = 0; other < origin.tables.size(); ++other) {
      if (other == number || origin.tables[other]->name != defined->name) continue;
      return invalid(fmt::format("tables[{}].table.name: {} has another number", i, defined->name));
    }
    if (number == origin.tables.size()) origin.tables.emplace_back();
    origin.tables[number] = std::make_shared<const TableDefinition>(std::move(*defined));
    tell_if_strange(*origin.tables[number]);
  }
  origin_ = std::make_shared<const FrameOrigin>(std::move(origin));
  return {};
}

// A configuration that differs is a mistake, mostly.
void IncomingStream::tell_if_strange(const TableDefinition& told) {
  const auto here = shared_->config.tables.find(told.name);
  if (!here) return;
  const auto own = shared_->config.tables.get(*here);
  if (own->key == told.key) return;
  shared_->about_strangers.tell(
      from_, fmt::format("{} has a table {} with the key ({}), here it is ({}): they have only the "
                         "name in common",
                         shared_->config.regions[from_.index()], told.name, to_text(told.key),
                         to_text(own->key)));
}

std::unique_ptr<IncomingStream::Received> IncomingStream::take_spare() {
  if (spare_.empty()) return std::make_unique<Received>();
  std::unique_ptr<Received> spare = std::move(spare_.back());
  spare_.pop_back();
  return spare;
}

void IncomingStream::release(std::unique_ptr<Received> received) {
  const std::lock_guard lock(mutex_);
  CHECK(frames_held_ > 0);
  --frames_held_;
  ++frames_released_;
  if (finished_) return;
  if (received->bytes_since_new < kBytesPerLife) spare_.push_back(std::move(received));
  read_more();
  write_credit();
}

// --- Writing

void IncomingStream::write(const wire::FromReceiver& message) {
  writing_ = true;
  grpc::Slice bytes(message.SerializeAsString());
  outgoing_ = grpc::ByteBuffer(&bytes, 1);
  StartWrite(&outgoing_);
}

void IncomingStream::welcome(const std::vector<std::shared_ptr<const TableDefinition>>& in_hello,
                             const std::vector<LogPosition>& positions) {
  const std::lock_guard lock(mutex_);
  if (finished_ || welcomed_) return;
  welcomed_ = true;
  wire::FromReceiver message;
  message.mutable_welcome()->set_version(kProtocolVersion);
  for (const auto& told : in_hello) {
    const auto here = shared_->config.tables.find(told->name);
    const bool known = here && here->index() < positions.size() &&
                       shared_->config.tables.get(*here)->key == told->key;
    const LogPosition position = known ? positions[here->index()] : LogPosition{};
    message.mutable_welcome()->add_received(position.received);
    message.mutable_welcome()->add_furthest(position.furthest);
  }
  write(message);
  read_more();
}

void IncomingStream::write_credit() {
  if (writing_ || finished_ || frames_released_ - frames_credited_ < kFramesPerCredit) return;
  frames_credited_ = frames_released_;
  wire::FromReceiver message;
  message.mutable_credit()->set_frames(frames_credited_);
  write(message);
}

void IncomingStream::OnWriteDone(bool ok) {
  if (!ok) {
    finish({grpc::StatusCode::UNAVAILABLE, "the stream broke"});
    return;
  }
  const std::lock_guard lock(mutex_);
  writing_ = false;
  write_credit();
}

// --- The end

void IncomingStream::OnCancel() {
  finish({grpc::StatusCode::CANCELLED, "cancelled"});
}

void IncomingStream::OnDone() {
  std::shared_ptr<IncomingStream> self;
  {
    const std::lock_guard lock(mutex_);
    context_ = nullptr;
    finished_ = true;
    spare_.clear();
    self = std::move(self_);
  }
  registry_.on_done(*this);
}

}  // namespace gtsim
