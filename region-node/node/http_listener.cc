#include "region-node/node/http_listener.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <thread>
#include <utility>

namespace gtsim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t kMaxHeaderBytes = 16u << 10;
// After accept() fails, as it does without file descriptors: not again at once.
constexpr std::chrono::milliseconds kAcceptAgain{50};

class Connection;

struct Shared {
  HttpHandler handler;
  HttpLimits limits;
  std::atomic<std::size_t> connections = 0;  // the last holder of one may be an answer
  std::list<Connection*> silent;             // wait for a request, the oldest first
};

// One request after the other until somebody closes. Kept alive by its own pending operations.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<Shared> shared)
      : stream_(std::move(socket)), deadline_(stream_.get_executor()), shared_(std::move(shared)) {
    ++shared_->connections;
  }
  ~Connection() { --shared_->connections; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void read() {
    silent_ = shared_->silent.insert(shared_->silent.end(), this);
    parser_.emplace();
    parser_->header_limit(kMaxHeaderBytes);
    parser_->body_limit(shared_->limits.body_bytes);
    stream_.expires_after(shared_->limits.idle);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code failed, std::size_t) { self->on_read(failed); });
  }
  // While it reads. Its place is free at once.
  void give_way() { stream_.close(); }

 private:
  void on_read(error_code failed) {
    shared_->silent.erase(silent_);
    if (failed == http::error::body_limit || failed == http::error::header_limit) {
      keep_alive_ = false;
      return write({failed == http::error::body_limit ? 413u : 431u, "text/plain", "too large\n"});
    }
    if (failed) return;  // closed, idle for too long, or no HTTP
    stream_.expires_never();
    const auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    const std::uint64_t number = ++request_;
    deadline_.expires_after(shared_->limits.answer_within);
    deadline_.async_wait([weak = weak_from_this(), number](error_code cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self) return;
      self->answer(number, {503, "text/plain", "the node did not answer in time\n"});
    });
    const HttpRequest request{std::string(message.method_string()), std::string(message.target())};
    // The answer may come from any thread, late, twice or never.
    shared_->handler(request, [self = shared_from_this(), number](HttpReply reply) {
      asio::post(self->stream_.get_executor(), [self, number, reply = std::move(reply)]() mutable {
        self->answer(number, std::move(reply));
      });
    });
  }

  void answer(std::uint64_t number, HttpReply reply) {
    if (number != request_ || answered_ == number) return;
    answered_ = number;
    deadline_.cancel();
    write(std::move(reply));
  }

  void write(HttpReply reply) {
    response_ = {};
    response_.version(11);
    response_.result(reply.status);
    response_.set(http::field::content_type, reply.content_type);
    response_.set(http::field::cache_control, "no-store");
    response_.keep_alive(keep_alive_);
    response_.body() = std::move(reply.body);
    response_.prepare_payload();
    stream_.expires_after(shared_->limits.idle);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](error_code failed, std::size_t) {
                        if (failed) return;
                        if (self->keep_alive_) return self->read();
                        error_code ignored;
                        self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                      });
  }

  beast::tcp_stream stream_;
  asio::steady_timer deadline_;
  std::shared_ptr<Shared> shared_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::uint64_t request_ = 0;
  std::uint64_t answered_ = 0;
  bool keep_alive_ = false;
  std::list<Connection*>::iterator silent_;  // while it reads
};

class BeastListener final : public HttpListener {
 public:
  BeastListener(HttpHandler handler, HttpLimits limits)
      : acceptor_(context_), again_(context_), shared_(std::make_shared<Shared>()) {
    shared_->handler = std::move(handler);
    shared_->limits = limits;
  }

  ~BeastListener() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Result<void> listen(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    error_code failed;
    tcp::resolver resolver(context_);
    const auto found =
        resolver.resolve(host, address.substr(colon + 1),
                         tcp::resolver::passive | tcp::resolver::numeric_service, failed);
    if (!failed) open(found.begin()->endpoint(), failed);
    if (failed) {
      return Error{Errc::kIo, fmt::format("the HTTP listener cannot listen on {}: {}", address,
                                          failed.message())};
    }
    listening_on_ =
        fmt::format("{}:{}", address.substr(0, colon), acceptor_.local_endpoint().port());
    accept();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  [[nodiscard]] std::string listening_on() const override { return listening_on_; }

 private:
  void open(const tcp::endpoint& endpoint, error_code& failed) {
    acceptor_.open(endpoint.protocol(), failed);
    if (!failed) acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) acceptor_.bind(endpoint, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  }

  void accept() {
    acceptor_.async_accept([this](error_code failed, tcp::socket socket) {
      if (failed) {
        again_.expires_after(kAcceptAgain);
        return again_.async_wait([this](error_code cancelled) {
          if (!cancelled) accept();
        });
      }
      if (shared_->connections >= shared_->limits.connections && !shared_->silent.empty()) {
        shared_->silent.front()->give_way();
        // Its end comes first.
        return asio::post(
            context_, [this, socket = std::move(socket)]() mutable { welcome(std::move(socket)); });
      }
      welcome(std::move(socket));
    });
  }

  void welcome(tcp::socket socket) {
    if (shared_->connections < shared_->limits.connections) {
      std::make_shared<Connection>(std::move(socket), shared_)->read();
    }
    accept();
  }

  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer again_;
  std::shared_ptr<Shared> shared_;
  std::string listening_on_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<HttpListener>> HttpListener::start(const std::string& address,
                                                          HttpHandler handler, HttpLimits limits) {
  auto listener = std::make_unique<BeastListener>(std::move(handler), limits);
  if (auto listening = listener->listen(address); !listening) return listening.error();
  return std::unique_ptr<HttpListener>(std::move(listener));
}

}  // namespace gtsim
