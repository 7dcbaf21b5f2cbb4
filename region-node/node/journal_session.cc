#include "region-node/node/journal_session.h"

#include <google/protobuf/wire_format_lite.h>

#include <deque>
#include <optional>
#include <utility>

#include "proto/coordinator/v1/coordinator.grpc.pb.h"
#include "region-node/item/canonical.h"
#include "region-node/node/control_decode.h"
#include "region-node/node/control_encode.h"
#include "region-node/node/control_orders.h"

namespace gtsim {
namespace {

constexpr std::size_t kPauseBytes = 4u << 20;     // waiting to be sent: no further call is read
constexpr std::size_t kMostBytes = 64u << 20;     // … the session takes nothing more
constexpr std::size_t kReportBytes = 512u << 10;  // entries in one report
constexpr std::size_t kMostUnderWay = 4096;       // commands whose answer has not come

using google::protobuf::internal::WireFormatLite;
constexpr std::uint32_t kEntriesTag = WireFormatLite::MakeTag(
    control::RunReport::kEntriesFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr std::uint32_t kEntryTag = WireFormatLite::MakeTag(
    control::RunReport::Entries::kEntriesFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

grpc::ByteBuffer to_buffer(std::string bytes) {
  auto* const owned = new std::string(std::move(bytes));
  grpc::Slice slice(
      owned->data(), owned->size(), [](void* string) { delete static_cast<std::string*>(string); },
      owned);
  return {&slice, 1};
}

// A report that waits to be sent. Entries are already encoded: a report of them is made by hand, as
// RunReport{entries: Entries{entries: [...]}} would be.
struct Outgoing {
  std::string bytes;
  bool entries = false;

  [[nodiscard]] grpc::ByteBuffer buffer() && {
    if (!entries) return to_buffer(std::move(bytes));
    std::string report;
    report.reserve(bytes.size() + 8);
    append_varint(report, kEntriesTag);
    append_varint(report, bytes.size());
    report += bytes;
    return to_buffer(std::move(report));
  }
};

}  // namespace

class JournalSession : public JournalListener, public std::enable_shared_from_this<JournalSession> {
 public:
  // The gRPC side. It forwards and is deleted by gRPC; the session may outlive it.
  class Reactor : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
   public:
    explicit Reactor(std::shared_ptr<JournalSession> session) : session_(std::move(session)) {}
    void OnReadDone(bool ok) override { session_->on_read(ok); }
    void OnWriteDone(bool ok) override { session_->on_written(ok); }
    void OnCancel() override { session_->on_cancelled(); }
    void OnDone() override {
      session_->on_done();
      delete this;
    }

   private:
    std::shared_ptr<JournalSession> session_;
  };

  JournalSession(NodeLoop& loop, JournalSessions& sessions) : loop_(loop), sessions_(sessions) {}

  Reactor* start() {
    const std::lock_guard lock{mutex_};
    reactor_ = new Reactor(shared_from_this());
    read_more();
    return reactor_;
  }

  // --- The loop tells.
  void on_entries(std::vector<std::string> entries) override {
    const std::lock_guard lock{mutex_};
    for (const std::string& entry : entries) add_entry(entry);
    pump();
  }

  void on_superseded() override {
    attached_here_ = false;
    const std::lock_guard lock{mutex_};
    end(grpc::Status(grpc::StatusCode::ABORTED, "a newer session took over"));
  }

 private:
  friend class JournalSessions;

  // --- gRPC tells.
  void on_read(bool ok) {
    const std::lock_guard lock{mutex_};
    reading_ = false;
    if (!ok) {
      half_closed_ = true;
      return end_if_idle();
    }
    control::RunCommand command;
    if (!grpc::SerializationTraits<control::RunCommand>::Deserialize(&read_, &command).ok()) {
      return refuse("the message is no RunCommand");
    }
    handle(command);
    read_more();
  }

  void on_written(bool ok) {
    const std::lock_guard lock{mutex_};
    writing_ = false;
    if (!ok) return abandon(grpc::Status(grpc::StatusCode::CANCELLED, "the stream broke"));
    pump();
    read_more();
  }

  void on_cancelled() {
    const std::lock_guard lock{mutex_};
    abandon(grpc::Status(grpc::StatusCode::CANCELLED, "the session was cancelled"));
  }

  void on_done() {
    {
      const std::lock_guard lock{mutex_};
      reactor_ = nullptr;
    }
    sessions_.close(shared_from_this());
  }

  // --- Commands. Under the lock.
  void handle(const control::RunCommand& command) {
    const bool first = !attach_said_;
    if (first != command.has_attach()) {
      return refuse(first ? "a session begins with attach" : "a session attaches once");
    }
    switch (command.kind_case()) {
      case control::RunCommand::kAttach:
        attach_said_ = true;
        return on_loop(
            [this, next = command.attach().next_entry()](NodeLoop& loop) { attach(loop, next); });
      case control::RunCommand::kCall:
        return call(command.call());
      case control::RunCommand::kConfirm:
        return on_loop([this, next = command.confirm()](NodeLoop& loop) { confirm(loop, next); });
      case control::RunCommand::kStatus:
        return tell_status(command.status().id());
      case control::RunCommand::kOrder:
        return order(command.order());
      case control::RunCommand::KIND_NOT_SET:
        break;
    }
    refuse("the command is empty, or of a kind that this version does not know");
  }

  // A call that cannot be understood is answered; the session goes on.
  void call(const control::RunCommand::Call& call) {
    auto decoded = decode_write(call.write(), loop_.config());
    if (!decoded) {
      return on_loop([this, id = call.id(), error = decoded.error()](NodeLoop& loop) {
        answer_call(id, error, loop.moment().now);
      });
    }
    ++under_way_;
    const bool posted =
        loop_.post([self = shared_from_this(), id = call.id(),
                    write = std::make_shared<DecodedWrite>(std::move(*decoded))](NodeLoop& loop) {
          carry_out(std::move(*write), loop,
                    [self, id](const Result<OperationResults>& outcome, Instant at) {
                      self->answer_call(id, outcome, at);
                      self->one_done();
                    });
        });
    if (!posted) stopping();
  }

  // As a call; the answer may come much later than those of orders that were given after it.
  void order(const control::RunCommand::OrderCall& call) {
    auto decoded = decode_order(call.order(), loop_.config());
    if (!decoded) {
      return on_loop(
          [this, id = call.id(), error = decoded.error()](NodeLoop&) { answer_order(id, error); });
    }
    ++under_way_;
    const bool posted = loop_.post(
        [self = shared_from_this(), id = call.id(), order = std::move(*decoded)](NodeLoop& loop) {
          carry_out(order, loop, [self, id](const std::optional<Error>& refusal) {
            self->answer_order(id, refusal);
            self->one_done();
          });
        });
    if (!posted) stopping();
  }

  void tell_status(std::uint64_t id) {
    ++under_way_;
    const bool posted = loop_.post([self = shared_from_this(), id](NodeLoop& loop) {
      loop.when_durable([self, id](NodeLoop& later) {
        control::RunReport report;
        report.mutable_status()->set_id(id);
        *report.mutable_status()->mutable_status() = encode_status(later, false);
        self->add_report(report);
        self->one_done();
      });
    });
    if (!posted) stopping();
  }

  // Runs on the loop's thread, without the lock.
  template <class Work>
  void on_loop(Work work) {
    ++under_way_;
    const bool posted = loop_.post([self = shared_from_this(), work](NodeLoop& loop) {
      work(loop);
      self->one_done();
    });
    if (!posted) stopping();
  }

  // --- On the loop's thread, without the lock.
  void attach(NodeLoop& loop, std::uint64_t next_entry) {
    {
      const std::lock_guard lock{mutex_};
      if (ended()) return;
    }
    Result<void> attached =
        Error{Errc::kResourceInUse, "this node keeps no journal (journal: true)"};
    if (loop.config().journal) attached = loop.attach(next_entry, this);
    attached_here_ = attached.has_value();
    const std::lock_guard lock{mutex_};
    if (!attached) {
      const auto code = attached.error().code == Errc::kResourceInUse
                            ? grpc::StatusCode::FAILED_PRECONDITION
                            : grpc::StatusCode::OUT_OF_RANGE;
      attached_ = true;
      return end(grpc::Status(code, "attach: " + attached.error().detail));
    }
    // Entries may have come already; nothing was sent before this.
    control::RunReport report;
    report.mutable_attached()->set_next_entry(next_entry);
    queue_.push_front({report.SerializeAsString(), false});
    waiting_bytes_ += queue_.front().bytes.size();
    attached_ = true;
    pump();
  }

  void confirm(NodeLoop& loop, std::uint64_t next_entry) {
    if (!attached_here_) return;  // superseded, or not attached
    if (next_entry > loop.journal_end()) {
      const std::lock_guard lock{mutex_};
      return refuse("confirm: entries that have not been told");
    }
    loop.confirm(next_entry);
  }

  void answer_call(std::uint64_t id, const Result<OperationResults>& outcome, Instant at) {
    control::RunReport report;
    control::RunReport::CallResult* result = report.mutable_result();
    result->set_id(id);
    *result->mutable_result() = encode_result(outcome, loop_.config());
    result->set_at_us(at.us);
    add_report(report);
  }

  void answer_order(std::uint64_t id, const std::optional<Error>& refusal) {
    control::RunReport report;
    control::RunReport::OrderAnswer* answer = report.mutable_order();
    answer->set_id(id);
    answer->set_outcome(refusal ? encode(order_outcome_of(*refusal)) : control::ORDER_TAKEN);
    if (refusal) answer->set_detail(refusal->detail);
    add_report(report);
  }

  void add_report(const control::RunReport& report) {
    const std::lock_guard lock{mutex_};
    add({report.SerializeAsString(), false});
    pump();
  }

  void one_done() {
    const std::lock_guard lock{mutex_};
    --under_way_;
    end_if_idle();
    read_more();
  }

  void detach(NodeLoop& loop) {
    if (std::exchange(attached_here_, false)) loop.detach(this);
  }

  // --- Under the lock.
  [[nodiscard]] bool ended() const { return reactor_ == nullptr || status_.has_value(); }

  void add_entry(const std::string& entry) {
    if (ended()) return;
    if (queue_.empty() || !queue_.back().entries || queue_.back().bytes.size() > kReportBytes) {
      add({"", true});
      if (ended()) return;
    }
    std::string& bytes = queue_.back().bytes;
    const std::size_t before = bytes.size();
    append_varint(bytes, kEntryTag);
    append_varint(bytes, entry.size());
    bytes += entry;
    waiting_bytes_ += bytes.size() - before;
  }

  void add(Outgoing report) {
    if (ended()) return;
    if (waiting_bytes_ > kMostBytes) {
      return end(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                              "reports are read too slowly; attach again"));
    }
    waiting_bytes_ += report.bytes.size();
    queue_.push_back(std::move(report));
  }

  // What waits is sent first.
  void end(grpc::Status status) {
    if (ended()) return;
    status_ = std::move(status);
    pump();
  }
  void refuse(const std::string& why) {
    end(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, why));
  }
  // The coordinator has nothing more to say, and every answer has been given.
  void end_if_idle() {
    if (half_closed_ && under_way_ == 0) end(grpc::Status::OK);
  }
  void stopping() { end(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the node is stopping")); }
  // Nobody reads any more.
  void abandon(grpc::Status status) {
    queue_.clear();
    waiting_bytes_ = 0;
    if (!status_) status_ = std::move(status);
    attached_ = true;
    pump();
  }

  void pump() {
    if (reactor_ == nullptr || writing_ || finished_) return;
    const bool may_send = attached_ || status_.has_value();
    if (may_send && !queue_.empty()) {
      waiting_bytes_ -= queue_.front().bytes.size();
      written_ = std::move(queue_.front()).buffer();
      queue_.pop_front();
      writing_ = true;
      reactor_->StartWrite(&written_);
    } else if (status_ && queue_.empty()) {
      finished_ = true;
      reactor_->Finish(*status_);
    }
  }

  void read_more() {
    if (reading_ || half_closed_ || ended()) return;
    if (waiting_bytes_ > kPauseBytes || under_way_ >= kMostUnderWay) return;
    reading_ = true;
    read_.Clear();
    reactor_->StartRead(&read_);
  }

  NodeLoop& loop_;
  JournalSessions& sessions_;
  bool attached_here_ = false;  // the loop's: it knows this session

  std::mutex mutex_;
  Reactor* reactor_ = nullptr;  // nothing once gRPC is done
  grpc::ByteBuffer read_;
  grpc::ByteBuffer written_;
  std::deque<Outgoing> queue_;
  std::size_t waiting_bytes_ = 0;
  std::size_t under_way_ = 0;
  std::optional<grpc::Status> status_;  // how the session ends, once what waits has been sent
  bool attach_said_ = false;
  bool attached_ = false;  // before that nothing is sent
  bool half_closed_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool finished_ = false;
};

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* JournalSessions::open() {
  auto session = std::make_shared<JournalSession>(loop_, *this);
  {
    const std::lock_guard lock{mutex_};
    sessions_.insert(session);
  }
  return session->start();
}

void JournalSessions::close(const std::shared_ptr<JournalSession>& session) {
  loop_.post([this, session](NodeLoop& loop) {
    session->detach(loop);
    const std::lock_guard lock{mutex_};
    sessions_.erase(session);
  });
}

}  // namespace gtsim
