#include "coordinator/live/run_session.h"

#include <condition_variable>
#include <deque>
#include <mutex>

#include "coordinator/live/control_channel.h"

namespace gtsim {

// One hold keeps the call alive for reads and writes that start outside reactions; it goes with the
// first sign that the stream is over.
class RunSession::Reactor final
    : public grpc::ClientBidiReactor<wire::RunCommand, wire::RunReport> {
 public:
  Reactor(ControlClient& client, Inbox& inbox, RegionId region, std::uint64_t number)
      : inbox_(inbox), region_(region), number_(number) {
    client.channel().stub->async()->Run(&context_, this);
    AddHold();
    const std::lock_guard lock{mutex_};
    read();
    StartCall();
  }

  void send(wire::RunCommand command) {
    const std::lock_guard lock{mutex_};
    if (over_) return;
    commands_.push_back(std::move(command));
    if (commands_.size() == 1) StartWrite(&commands_.front());
  }

  void taken() {
    const std::lock_guard lock{mutex_};
    --waiting_;
    if (paused_ && !over_) {
      paused_ = false;
      read();
    }
  }

  void end() {
    {
      const std::lock_guard lock{mutex_};
      silent_ = true;
      let_go();
    }
    context_.TryCancel();
    std::unique_lock lock{done_mutex_};
    done_.wait(lock, [this] { return is_done_; });
  }

  void OnReadDone(bool ok) override {
    const std::lock_guard lock{mutex_};
    if (!ok) {
      let_go();
      return;
    }
    if (!silent_) inbox_.push({region_, number_, std::move(incoming_), {}, false});
    ++waiting_;
    if (over_) return;
    if (waiting_ >= kMostWaiting) {
      paused_ = true;
    } else {
      read();
    }
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock{mutex_};
    commands_.pop_front();
    if (!ok) {
      // The stream is broken. What has been received is still read; a pause would wait for ever.
      commands_.clear();
      return;
    }
    if (!over_ && !commands_.empty()) StartWrite(&commands_.front());
  }

  void OnDone(const grpc::Status& status) override {
    {
      const std::lock_guard lock{mutex_};
      over_ = true;
      if (!silent_) {
        inbox_.push({region_, number_, nullptr, status.error_message(),
                     status.error_code() == grpc::StatusCode::ABORTED});
      }
    }
    const std::lock_guard lock{done_mutex_};
    is_done_ = true;
    done_.notify_all();
  }

 private:
  void read() {
    incoming_ = std::make_unique<wire::RunReport>();
    StartRead(incoming_.get());
  }
  void let_go() {
    if (over_) return;
    over_ = true;
    RemoveHold();
  }

  Inbox& inbox_;
  const RegionId region_;
  const std::uint64_t number_;
  grpc::ClientContext context_;

  std::recursive_mutex mutex_;  // recursive: a reaction may run within the call that starts it
  std::deque<wire::RunCommand> commands_;  // the first is being written
  std::unique_ptr<wire::RunReport> incoming_;
  std::size_t waiting_ = 0;
  bool paused_ = false;
  bool over_ = false;
  bool silent_ = false;

  std::mutex done_mutex_;
  std::condition_variable done_;
  bool is_done_ = false;
};

RunSession::RunSession(ControlClient& client, Inbox& inbox, RegionId region, std::uint64_t number,
                       std::uint64_t next_entry)
    : reactor_(std::make_unique<Reactor>(client, inbox, region, number)) {
  wire::RunCommand command;
  command.mutable_attach()->set_next_entry(next_entry);
  reactor_->send(std::move(command));
}

RunSession::~RunSession() {
  reactor_->end();
}

void RunSession::send(wire::RunCommand command) {
  reactor_->send(std::move(command));
}

void RunSession::taken() {
  reactor_->taken();
}

}  // namespace gtsim
