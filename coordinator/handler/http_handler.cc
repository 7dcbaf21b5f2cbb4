#include "coordinator/handler/http_handler.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <utility>

#include "coordinator/handler/reply.h"
#include "coordinator/handler/wall_timer.h"

namespace gtsim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::string_view kFunctionErrorHeader = "X-Amz-Function-Error";
constexpr std::string_view kEmulatorTimeout = "Task timed out after ";

using Response = http::response<http::string_body>;

// How far one POST came.
struct Outcome {
  enum class Stage : std::uint8_t { kNoAddress, kNoConnection, kNoAnswer, kAnswered };
  Stage stage = Stage::kAnswered;
  error_code error;
  Response response;
};

HandlerResult read_response(const Response& response) {
  const std::string& body = response.body();
  if (http::to_status_class(response.result()) != http::status_class::successful) {
    const auto reason = response.reason();
    return function_error(
        fmt::format("the handler answered with status {} {}: {}", response.result_int(),
                    std::string_view(reason.data(), reason.size()), quoted(body)));
  }
  if (body.starts_with(kEmulatorTimeout)) {
    return {HandlerResult::Kind::kTimedOut,
            {},
            fmt::format("the handler's own time limit has passed: {}", quoted(body)),
            0};
  }
  Reply reply = read_reply(body);
  if (!reply.is_json) reply.result = {HandlerResult::Kind::kReturned, "null", {}, 0};
  const auto header = response.find(kFunctionErrorHeader);
  if (header != response.end() && reply.result.kind == HandlerResult::Kind::kReturned) {
    const auto kind = header->value();
    return function_error(fmt::format("the handler reports a function error ({}): {}",
                                      std::string_view(kind.data(), kind.size()), quoted(body)));
  }
  return std::move(reply.result);
}

HandlerResult no_answer(const Outcome& outcome, const HttpOptions& options) {
  const std::string url = quoted(options.url.text);
  const std::string limit = to_text(options.time_limit);
  if (outcome.error == beast::error::timeout) {
    const bool connected = outcome.stage == Outcome::Stage::kNoAnswer;
    return {HandlerResult::Kind::kTimedOut,
            {},
            connected ? fmt::format("the handler at {} did not answer within {}", url, limit)
                      : fmt::format("the handler at {} did not accept a connection within {}", url,
                                    limit),
            0};
  }
  switch (outcome.stage) {
    case Outcome::Stage::kNoAddress:
      return function_error(fmt::format("the host of the handler at {} is not known: {}", url,
                                        outcome.error.message()));
    case Outcome::Stage::kNoConnection:
      return function_error(
          fmt::format("no connection to the handler at {}: {}", url, outcome.error.message()));
    default:
      break;
  }
  if (outcome.error == http::error::body_limit) {
    return function_error(
        fmt::format("the handler's answer is longer than {} bytes", kReplyBytesMax));
  }
  if (outcome.error == http::error::end_of_stream) {
    return function_error(
        fmt::format("the handler at {} closed the connection without an answer", url));
  }
  return function_error(
      fmt::format("no usable answer from the handler at {}: {}", url, outcome.error.message()));
}

}  // namespace

class HttpHandler::Client {
 public:
  Outcome post(const HttpOptions& options, const std::string& consumer, std::string_view event) {
    error_code error;
    if (addresses_.empty()) {
      addresses_ = tcp::resolver(context_).resolve(options.url.host, options.url.port, error);
      if (error) return {Outcome::Stage::kNoAddress, error, {}};
    }
    beast::tcp_stream stream(context_);
    stream.expires_after(options.time_limit);  // for all that follows together
    const auto finish = [&](auto begin) {
      return finish_unless(options.interrupted, stream, begin);
    };
    error = finish([&](auto done) { stream.async_connect(addresses_, std::move(done)); });
    if (error) return {Outcome::Stage::kNoConnection, error, {}};

    http::request<http::span_body<const char>> request(http::verb::post, options.url.target, 11);
    request.set(http::field::host, options.url.authority());
    request.set(http::field::user_agent, "gtsim");
    request.set(http::field::content_type, "application/json");
    request.set("X-Gtsim-Consumer", consumer);
    request.keep_alive(false);
    request.body() = {event.data(), event.size()};
    request.prepare_payload();
    const error_code not_sent =
        finish([&](auto done) { http::async_write(stream, request, std::move(done)); });
    if (not_sent == beast::error::timeout) return {Outcome::Stage::kNoAnswer, not_sent, {}};

    // Read even when the event was not sent in full: a service may refuse it early, and say why.
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kReplyBytesMax);
    error = finish([&](auto done) { http::async_read(stream, buffer, parser, std::move(done)); });
    if (error) return {Outcome::Stage::kNoAnswer, not_sent ? not_sent : error, {}};
    return {Outcome::Stage::kAnswered, {}, parser.release()};
  }

 private:
  // Runs one asynchronous operation to its end: only those obey the stream's time limit. An
  // interrupted one ends with operation_aborted.
  template <class Begin>
  error_code finish_unless(InterruptFlag interrupted, beast::tcp_stream& stream, Begin begin) {
    error_code result;
    begin([&result](error_code error, auto&&...) { result = error; });
    context_.restart();
    while (!context_.stopped()) {
      context_.run_for(kInterruptLook);
      if (context_.stopped() || !is_interrupted(interrupted)) continue;
      stream.close();
      context_.run();
      return asio::error::operation_aborted;
    }
    return result;
  }

  asio::io_context context_{1};
  tcp::resolver::results_type addresses_;
};

HttpHandler::HttpHandler(HttpOptions options)
    : options_(std::move(options)), client_(std::make_unique<Client>()) {}

HttpHandler::~HttpHandler() = default;

HandlerResult HttpHandler::handle(const Invocation& invocation) {
  if (is_interrupted(options_.interrupted)) return interrupted_result();
  const std::string_view event = invocation.event();
  WallTimer timer;
  timer.start(options_.time_limit);
  const Outcome outcome = client_->post(options_, invocation.consumer, event);
  if (is_interrupted(options_.interrupted) && outcome.stage != Outcome::Stage::kAnswered) {
    return interrupted_result();
  }
  const bool connected =
      outcome.stage == Outcome::Stage::kAnswered || outcome.stage == Outcome::Stage::kNoAnswer;
  HandlerResult result = outcome.stage == Outcome::Stage::kAnswered
                             ? read_response(outcome.response)
                             : no_answer(outcome, options_);
  failed_connections_ = connected ? 0 : failed_connections_ + 1;
  if (failed_connections_ >= options_.failed_connections_max) {
    result.kind = HandlerResult::Kind::kUnusable;
    result.error += fmt::format(" ({} times in a row)", failed_connections_);
  }
  result.real_us = timer.elapsed_us();
  return result;
}

}  // namespace gtsim
