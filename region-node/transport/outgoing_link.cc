#include "region-node/transport/outgoing_link.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>

#include <algorithm>

#include "proto/replication/v1/replication.grpc.pb.h"
#include "region-node/transport/hello.h"

namespace gtsim {
namespace {

namespace wire = replication::v1;
using std::chrono::milliseconds;

constexpr milliseconds kFirstBackOff{50};
constexpr milliseconds kLongestBackOff{5'000};
constexpr milliseconds kWelcomePatience{10'000};
// A stream that lasted this long was a good one: the next attempt need not be careful.
constexpr milliseconds kGoodStream{1'000};
constexpr int kMaxReplyBytes = 1 << 20;  // Welcome has a number for each table

std::shared_ptr<grpc::Channel> dial_channel(
    const std::string& address, const std::string& region,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  // Back-off is ours, so every attempt has a connection of its own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // it would keep what was sent
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetMaxReceiveMessageSize(kMaxReplyBytes);
  // The certificate must name the region, wherever it is reached.
  arguments.SetSslTargetNameOverride(region);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

}  // namespace

// One call, from dialling to its end. Has itself deleted when gRPC is done with it. All
// Start calls happen in reactions or under the link's lock before close(), which a hold covers.
class OutgoingLink::Stream final
    : public grpc::ClientBidiReactor<wire::FromOrigin, wire::FromReceiver> {
 public:
  Stream(std::shared_ptr<OutgoingLink> link, const std::string& to_address)
      : address(to_address),
        link_(std::move(link)),
        stub_(wire::Replication::NewStub(dial_channel(
            to_address, link_->shared_->config.regions[link_->to_.index()], link_->credentials_))) {
    link_->shared_->outgoing_streams.add();
    // First, so that a table that is defined anew meanwhile is told of again.
    const NodeTables& tables = link_->shared_->config.tables;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      revisions.push_back(tables.revision(TableId{static_cast<std::uint16_t>(i)}));
    }
    *hello_.mutable_hello() = make_hello(link_->shared_->config, link_->to_);
    // And one that came meanwhile.
    hello_.mutable_hello()->mutable_tables()->DeleteSubrange(
        static_cast<int>(revisions.size()),
        hello_.hello().tables_size() - static_cast<int>(revisions.size()));
    stub_->async()->Replicate(&context_, this);
    AddHold();
    StartWrite(&hello_);
    StartRead(&received_);
    StartCall();
  }

  // Under the link's lock, once. A call that has ended by itself keeps its status.
  void close(bool cancel) {
    if (cancel) context_.TryCancel();
    RemoveHold();
  }
  // The frame stays here until it is written.
  void write(OutgoingFrame frame) {
    frame_ = std::move(frame);
    StartWrite(frame_.message.get());
  }
  [[nodiscard]] OutgoingFrame take_back() { return std::move(frame_); }

  const std::string address;
  bool welcomed = false;                 // guarded by the link's lock
  std::vector<std::uint64_t> revisions;  // of the tables in Hello; constant after construction

 private:
  void OnWriteDone(bool ok) override {
    if (ok) {
      link_->on_written(*this);
    } else {
      link_->on_broken(*this);
    }
  }
  void OnReadDone(bool ok) override {
    if (!ok) {
      link_->on_broken(*this);
      return;
    }
    link_->on_message(*this, received_);
    StartRead(&received_);
  }
  void OnDone(const grpc::Status& status) override {
    link_->on_done(*this, status.ok() ? "the peer ended the stream" : printable_status(status));
    // Not here: the last channel of the process to go waits for gRPC's threads, and this is one.
    // After the timer has stopped, gRPC was slower than anybody waited for it, and the stream
    // stays.
    (void)link_->shared_->timer.after(milliseconds(0), [this] {
      const std::shared_ptr<TransportShared> shared = link_->shared_;
      delete this;
      shared->outgoing_streams.remove();
    });
  }
  static std::string printable_status(const grpc::Status& status) {
    constexpr std::size_t kMaxLength = 300;
    std::string text = status.error_message().substr(0, kMaxLength);
    std::replace_if(
        text.begin(), text.end(), [](char byte) { return byte < 0x20 || byte > 0x7E; }, '?');
    return text;
  }

  const std::shared_ptr<OutgoingLink> link_;
  const std::unique_ptr<wire::Replication::Stub> stub_;
  grpc::ClientContext context_;
  wire::FromOrigin hello_;
  wire::FromReceiver received_;
  OutgoingFrame frame_;  // being written; none while that is Hello
};

OutgoingLink::OutgoingLink(std::shared_ptr<TransportShared> shared, RegionId to,
                           std::shared_ptr<grpc::ChannelCredentials> credentials)
    : shared_(std::move(shared)),
      to_(to),
      credentials_(std::move(credentials)),
      queue_(shared_->keys, &shared_->config.tables),
      back_off_(kFirstBackOff),
      random_(Random(shared_->config.seed)
                  .fork(shared_->config.region + " to " + shared_->config.regions[to.index()])) {}

void OutgoingLink::set_address(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  // Told the same again while it waits to dial: whoever says so knows that the peer is back.
  const bool waits_to_dial = stream_ == nullptr && !address.empty();
  if (address == state_.address && !waits_to_dial) return;
  drop(/*cancel=*/true);
  state_.address = address;
  state_.detail.clear();
  told_.clear();
  back_off_ = kFirstBackOff;
  if (!address.empty()) dial();
}

void OutgoingLink::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  drop(/*cancel=*/true);
}

bool OutgoingLink::send(const std::vector<Message>& messages) {
  const std::lock_guard lock(mutex_);
  if (!state_.connected) return false;
  if (queue_.full()) {
    refused_ = true;
    return false;
  }
  for (const Message& message : messages) queue_.add(message);
  if (take_next()) stream_->write(queue_.take());
  return true;
}

void OutgoingLink::add_table(KeySpace& keys) {
  const std::lock_guard lock(mutex_);
  queue_.add_table(keys);
}

LinkState OutgoingLink::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

bool OutgoingLink::take_next() {
  if (writing_ || queue_.empty()) return false;
  if (frames_taken_ - frames_credited_ >= kMaxFramesInFlight) return false;
  writing_ = true;
  ++frames_taken_;
  return true;
}

void OutgoingLink::dial() {
  ++dial_count_;
  writing_ = true;  // Hello
  stream_ = new Stream(shared_from_this(), state_.address);
  queue_.begin(stream_->revisions);
  shared_->timer.after(kWelcomePatience, [weak = weak_from_this(), dialled = dial_count_] {
    const auto link = weak.lock();
    if (link == nullptr) return;
    const std::lock_guard lock(link->mutex_);
    if (link->dial_count_ != dialled || link->stream_ == nullptr || link->stream_->welcomed) return;
    link->lose("no answer", /*cancel=*/true);
    link->dial_later();
  });
}

// Between half of the back-off and all of it: regions that lost a peer together do not come back
// together.
void OutgoingLink::dial_later() {
  const auto wait =
      back_off_ / 2 +
      milliseconds(random_.below(static_cast<std::uint64_t>(back_off_.count() / 2) + 1));
  back_off_ = std::min(back_off_ * 2, kLongestBackOff);
  ++dial_count_;
  shared_->timer.after(wait, [weak = weak_from_this(), scheduled = dial_count_] {
    const auto link = weak.lock();
    if (link == nullptr) return;
    const std::lock_guard lock(link->mutex_);
    if (link->dial_count_ == scheduled && !link->stopped_) link->dial();
  });
}

void OutgoingLink::drop(bool cancel) {
  ++dial_count_;
  if (stream_ != nullptr) stream_->close(cancel);
  stream_ = nullptr;
  state_.connected = false;
  writing_ = false;
  queue_.clear();
  frames_taken_ = 0;
  frames_credited_ = 0;
}

void OutgoingLink::lose(const std::string& why, bool cancel) {
  if (state_.connected && std::chrono::steady_clock::now() - connected_at_ >= kGoodStream) {
    back_off_ = kFirstBackOff;
  }
  drop(cancel);
  state_.detail = why;
}

std::string OutgoingLink::check_welcome(const wire::Welcome& welcome) const {
  if (welcome.version() != kProtocolVersion) {
    return fmt::format("the peer chose protocol version {}, we speak {}", welcome.version(),
                       kProtocolVersion);
  }
  const std::size_t tables = stream_->revisions.size();
  if (static_cast<std::size_t>(welcome.received_size()) != tables) {
    return fmt::format("Welcome has {} positions for {} tables", welcome.received_size(), tables);
  }
  // A peer that knows no lanes has no more than that.
  const auto furthest = static_cast<std::size_t>(welcome.furthest_size());
  if (furthest != 0 && furthest != tables) {
    return fmt::format("Welcome has {} furthest positions for {} tables", furthest, tables);
  }
  return {};
}

void OutgoingLink::on_message(Stream& stream, const wire::FromReceiver& message) {
  bool writes = false;
  bool connected = false;
  OutgoingFrame frame;
  {
    const std::lock_guard lock(mutex_);
    if (stream_ != &stream) return;
    std::string fault;
    if (message.has_welcome() && !stream.welcomed) {
      fault = check_welcome(message.welcome());
      if (fault.empty()) {
        stream.welcomed = true;
        connected = true;
        state_.connected = true;
        state_.detail.clear();
        ++state_.connects;
        connected_at_ = std::chrono::steady_clock::now();
        told_.clear();
      }
    } else if (message.has_credit() && stream.welcomed &&
               message.credit().frames() >= frames_credited_ &&
               message.credit().frames() <= frames_taken_) {
      frames_credited_ = message.credit().frames();
      writes = take_next();
      if (writes) frame = queue_.take();
    } else {
      fault = "the peer broke the protocol: an answer that was not due";
    }
    if (!fault.empty()) {
      lose(fault, /*cancel=*/true);
      dial_later();
    }
  }
  // In a reaction, so the call is still there whatever happened to the link meanwhile.
  if (writes) stream.write(std::move(frame));
  if (connected) {
    const wire::Welcome& welcome = message.welcome();
    std::vector<LogPosition> positions;
    for (int i = 0; i < welcome.received_size(); ++i) {
      const std::uint64_t received = welcome.received(i);
      positions.push_back({received, welcome.furthest_size() > i
                                         ? std::max(received, welcome.furthest(i))
                                         : received});
    }
    shared_->gate.pass(
        [&](TransportListener& listener) { listener.on_connected(to_, std::move(positions)); });
  }
}

void OutgoingLink::on_written(Stream& stream) {
  OutgoingFrame next;
  bool room = false;
  {
    const std::lock_guard lock(mutex_);
    if (stream_ != &stream) return;
    OutgoingFrame written = stream.take_back();
    writing_ = false;
    if (written.message != nullptr) {
      ++state_.frames_sent;
      queue_.recycle(std::move(written));
    }
    if (take_next()) next = queue_.take();
    room = refused_ && queue_.waiting_bytes() < FrameQueue::kMaxWaitingBytes / 2;
    if (room) refused_ = false;
  }
  if (next.message != nullptr) stream.write(std::move(next));
  if (room) {
    shared_->gate.pass([&](TransportListener& listener) { listener.on_room(to_); });
  }
}

// Whatever was not acknowledged is the state machine's to send again. Why it broke, on_done()
// knows.
void OutgoingLink::on_broken(Stream& stream) {
  const std::lock_guard lock(mutex_);
  if (stream_ != &stream) return;
  lose("the stream broke", /*cancel=*/false);
  dial_later();
}

void OutgoingLink::on_done(Stream& stream, const std::string& why) {
  std::string notice;
  {
    const std::lock_guard lock(mutex_);
    if (stream_ == &stream) {
      lose(why, /*cancel=*/false);
      dial_later();
    }
    if (stopped_ || state_.connected || state_.address != stream.address) return;
    state_.detail = why;
    if (told_ != why) {
      told_ = why;
      notice = fmt::format("link to {} at {}: {}", shared_->config.regions[to_.index()],
                           state_.address, why);
    }
  }
  if (!notice.empty()) shared_->about_links.tell(to_, std::move(notice));
}

}  // namespace gtsim
