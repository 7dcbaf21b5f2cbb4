// The daemon: one region. docs/operating.md is its manual.
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include "region-node/base/program_version.h"
#include "region-node/config/command_line.h"
#include "region-node/file/poll_timeout.h"
#include "region-node/node/control_service.h"
#include "region-node/node/http_listener.h"
#include "region-node/node/http_pages.h"
#include "region-node/node/log.h"
#include "region-node/node/node_loop.h"
#include "region-node/node/service_manager.h"
#include "region-node/storage/database_format.h"
#include "region-node/transport/credentials.h"
#include "region-node/transport/hello.h"

namespace gtsim {
namespace {

// Beyond the drain; then what still waits is left behind.
constexpr std::chrono::seconds kListenersEndWithin{10};

// Signals and what other threads have to say, for the one thread that waits. Made before any other
// thread, so that every thread has the signals blocked.
class Inbox {
 public:
  enum class News : std::uint8_t { kSignal, kWoken, kReleased, kNothing };

  Inbox() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
    wakes_ = ::eventfd(0, EFD_CLOEXEC);
  }
  ~Inbox() {
    ::close(signals_);
    ::close(wakes_);
  }
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // What comes on standard input is heard, too.
  void hold_leash() { leash_ = STDIN_FILENO; }

  // From any thread.
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wakes_, &one, sizeof one);
  }

  using Deadline = std::chrono::steady_clock::time_point;
  [[nodiscard]] News wait(std::optional<Deadline> until = std::nullopt) {
    pollfd files[] = {{signals_, POLLIN, 0}, {wakes_, POLLIN, 0}, {leash_, POLLIN, 0}};
    int ready = -1;
    do {
      ready = ::poll(files, 3, until ? poll_timeout_ms(*until) : -1);
    } while (ready < 0);
    if (ready == 0) return News::kNothing;
    if (files[0].revents != 0) {
      signalfd_siginfo signal;
      [[maybe_unused]] const ssize_t got = ::read(signals_, &signal, sizeof signal);
      return News::kSignal;
    }
    if (files[2].revents != 0) {
      char byte = 0;
      const ssize_t got = ::read(leash_, &byte, 1);
      leash_ = -1;
      return got == 1 ? News::kReleased : News::kSignal;
    }
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(wakes_, &count, sizeof count);
    return News::kWoken;
  }

 private:
  int signals_ = -1;
  int wakes_ = -1;
  int leash_ = -1;
};

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("localhost:") ||
         address.starts_with("[::1]:");
}

class Daemon {
 public:
  Daemon(NodeConfig config, bool leash) : log_(config.region), config_(std::move(config)) {
    if (leash) inbox_.hold_leash();
  }

  int run() {
    warn_of_open_doors();
    config_.notice = [this](const std::string& peer, const std::string& text) {
      log_.info("replication", {{"peer", peer}, {"text", text}});
    };
    auto opened = NodeLoop::open(config_);
    if (!opened) return unusable(opened.error());
    loop_ = std::move(*opened);
    loop_->on_failure([this](const std::string& why) {
      log_.error("failed", {{"text", why}});
      inbox_.wake();
    });
    if (auto started = loop_->start(); !started) return unusable(started.error());
    auto control = ControlServer::start(*loop_);
    if (!control) return unusable(control.error());
    control_ = std::move(*control);
    auto http = HttpListener::start(config_.http_listen, http_pages(*loop_));
    if (!http) return unusable(http.error());
    http_ = std::move(*http);
    tell_ready();
    while (inbox_.wait() == Inbox::News::kReleased) {
    }
    return stop();
  }

 private:
  int unusable(const Error& error) {
    log_.error("cannot_start", {{"text", error.detail}});
    return kExitUnusable;
  }

  void warn_of_open_doors() {
    if (config_.tls) return;
    for (const std::string& address : {config_.replication_listen, config_.control_listen}) {
      if (is_loopback(address)) continue;
      log_.warning("open_to_everybody",
                   {{"address", address},
                    {"text",
                     "whoever reaches this address can read and write everything; give "
                     "certificates (tls)"}});
    }
  }

  void tell_ready() {
    control_->set_serving(true);
    const boost::json::object line = {{"event", "ready"},
                                      {"region", config_.region},
                                      {"pid", ::getpid()},
                                      {"replication", loop_->replication_address()},
                                      {"http", http_->listening_on()},
                                      {"control", control_->listening_on()}};
    std::printf("%s\n", boost::json::serialize(line).c_str());
    std::fflush(stdout);
    log_.info("ready", {{"replication", loop_->replication_address()},
                        {"http", http_->listening_on()},
                        {"control", control_->listening_on()},
                        {"data", config_.data},
                        {"tls", config_.tls.has_value()}});
    notify_service_manager("READY=1");
  }

  int stop() {
    const bool failed = !loop_->failure().empty();
    notify_service_manager("STOPPING=1");
    log_.info("stopping", {{"drain", to_text(config_.drain)}});
    control_->set_serving(false);
    std::atomic<bool> stopped = false;
    // Everything that waits for others waits there, so that this thread can always end the node.
    std::thread stopper([&] {
      loop_->stop();
      control_.reset();
      http_.reset();
      stopped = true;
      inbox_.wake();
    });
    const auto latest = std::chrono::steady_clock::now() + config_.drain + kListenersEndWithin;
    while (!stopped) {
      switch (inbox_.wait(latest)) {
        case Inbox::News::kWoken:
        case Inbox::News::kReleased:
          break;
        case Inbox::News::kSignal:
          log_.warning("interrupted", {{"text", "not everything has reached the peers"}});
          ::_exit(failed ? kExitFailed : kExitInterrupted);
        case Inbox::News::kNothing:
          log_.error("overdue", {{"text", "something does not end; the node ends without it"}});
          ::_exit(kExitFailed);
      }
    }
    stopper.join();
    const bool failed_since = !loop_->failure().empty();
    log_.info("stopped");
    return failed || failed_since ? kExitFailed : kExitOk;
  }

  Inbox inbox_;  // before everything that has threads
  NodeLog log_;
  NodeConfig config_;
  std::unique_ptr<NodeLoop> loop_;
  std::unique_ptr<ControlServer> control_;  // after the loop that they refer to
  std::unique_ptr<HttpListener> http_;
};

// What another program, or another version of this one, has to know to go on with what it wrote.
std::string version_text() {
  return fmt::format(
      "region-node {}\nwrites data directories of format {}\nspeaks version {} of the replication "
      "protocol",
      program_version(), format::kNumber, kProtocolVersion);
}

int run(int argc, char** argv) {
  auto line = read_command_line(std::vector<std::string>(argv + 1, argv + argc), version_text(),
                                std::cout, std::cerr);
  if (const int* code = std::get_if<int>(&line)) return *code;
  CommandLine& command = std::get<CommandLine>(line);
  if (command.check) {
    if (auto read = load_credentials(command.config.tls, command.config.region); !read) {
      std::cerr << read.error().detail << '\n';
      return kExitUnusable;
    }
    std::cout << "the configuration is good\n";
    return kExitOk;
  }
  return Daemon(std::move(command.config), command.leash).run();
}

}  // namespace
}  // namespace gtsim

int main(int argc, char** argv) {
  // A flood of connections must not take the descriptors that the data directory needs.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    static_cast<void>(setrlimit(RLIMIT_NOFILE, &files));
  }
  try {
    return gtsim::run(argc, argv);
  } catch (const std::exception& unexpected) {
    std::cerr << "region-node: " << unexpected.what() << '\n';
    return gtsim::kExitFailed;
  }
}
