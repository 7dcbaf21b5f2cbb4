// A function behind HTTP, against a server of the test's own that answers as it is told, or not at
// all.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "coordinator/handler/http_handler.h"
#include "region-node/file/owned_file.h"

namespace gtsim {
namespace {

using Kind = HandlerResult::Kind;

constexpr Duration kAmple = std::chrono::seconds{30};
constexpr Duration kShort = std::chrono::milliseconds{200};

testing::AssertionResult begins(std::string_view text, std::string_view with) {
  if (text.starts_with(with)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "`" << text << "` does not begin with `" << with << "`";
}

// A port of the loopback that is nobody else's as long as this lives.
class LoopbackPort {
 public:
  LoopbackPort() : file_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(file_.number(), generic, size) != 0) return;
    if (::getsockname(file_.number(), generic, &size) != 0) return;
    number_ = ntohs(address.sin_port);
  }
  [[nodiscard]] int file() const { return file_.number(); }
  [[nodiscard]] std::string url(std::string_view target = "/") const {
    return "http://127.0.0.1:" + std::to_string(number_) + std::string(target);
  }

 private:
  OwnedFile file_;
  int number_ = 0;
};

std::string read_some(int connection) {
  std::array<char, 65536> buffer;
  const ssize_t count = ::recv(connection, buffer.data(), buffer.size(), 0);
  return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

// Head and body, as announced by Content-Length.
std::string read_request(int connection) {
  std::string request;
  while (true) {
    const std::size_t head = request.find("\r\n\r\n");
    if (head != std::string::npos) {
      const std::size_t at = request.find("Content-Length: ");
      if (at > head) return request;
      if (request.size() >= head + 4 + std::stoul(request.substr(at + 16))) return request;
    }
    const std::string more = read_some(connection);
    if (more.empty()) return request;
    request += more;
  }
}

void send_all(int connection, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void wait_until_closed(int connection) {
  while (!read_some(connection).empty()) {
  }
}

class HttpHandlerTest : public testing::Test {
 protected:
  void TearDown() override {
    ::shutdown(port_.file(), SHUT_RDWR);
    if (server_.joinable()) server_.join();
  }

  // Does `serve` for every connection, one after the other, until the test is over.
  void serve(std::function<void(int)> serve_one) {
    ASSERT_EQ(::listen(port_.file(), 8), 0);
    server_ = std::thread([this, serve_one = std::move(serve_one)] {
      while (true) {
        const OwnedFile connection(::accept(port_.file(), nullptr, nullptr));
        if (!connection.is_open()) return;
        serve_one(connection.number());
      }
    });
  }

  void answers(std::string_view status_and_headers, std::string body) {
    std::string response = "HTTP/1.1 " + std::string(status_and_headers) +
                           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    serve([this, response = std::move(response)](int connection) {
      requests_.push_back(read_request(connection));
      send_all(connection, response);
    });
  }

  HandlerResult send(std::string_view event = R"({"Records":[]})", std::string_view target = "/") {
    if (handler_ == nullptr) {
      const auto url = parse_http_url(port_.url(target));
      handler_ = std::make_unique<HttpHandler>(
          HttpOptions{*url, time_limit_, failures_max_, &interrupted_});
    }
    Invocation invocation;
    invocation.consumer = "indexer";
    invocation.event = [event] { return event; };
    return handler_->handle(invocation);
  }

  // "RESPONSE", or "KIND: ERROR" with the server's address left out.
  std::string answer(std::string_view event = R"({"Records":[]})") {
    HandlerResult result = send(event);
    const std::string address = "`" + port_.url() + "`";
    if (const std::size_t at = result.error.find(address); at != std::string::npos) {
      result.error.replace(at, address.size(), "URL");
    }
    switch (result.kind) {
      case Kind::kReturned:
        return result.response;
      case Kind::kFunctionError:
        return "error: " + result.error;
      case Kind::kTimedOut:
        return "timed out: " + result.error;
      case Kind::kUnusable:
        return "unusable: " + result.error;
    }
    return "";
  }

  LoopbackPort port_;
  Duration time_limit_ = kAmple;
  int failures_max_ = 100;
  volatile std::sig_atomic_t interrupted_ = 0;
  std::vector<std::string> requests_;  // of the server's thread, until it is joined
  std::thread server_;
  std::unique_ptr<HttpHandler> handler_;
};

// ---- what is sent, what comes back
// ---------------------------------------------------------------

TEST_F(HttpHandlerTest, PostsTheEventAndReturnsTheBody) {
  answers("200 OK", R"({"batchItemFailures":[]})");
  const HandlerResult result =
      send(R"({"Records":[1]})", "/2015-03-31/functions/function/invocations?a=b");
  EXPECT_EQ(result.kind, Kind::kReturned) << result.error;
  EXPECT_EQ(result.response, R"({"batchItemFailures":[]})");
  EXPECT_GT(result.real_us, 0);
  TearDown();
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_TRUE(
      begins(requests_[0], "POST /2015-03-31/functions/function/invocations?a=b HTTP/1.1\r\n"));
  EXPECT_NE(
      requests_[0].find("\r\nHost: " + port_.url().substr(7, port_.url().size() - 8) + "\r\n"),
      std::string::npos);
  EXPECT_NE(requests_[0].find("\r\nContent-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(requests_[0].find("\r\nX-Gtsim-Consumer: indexer\r\n"), std::string::npos);
  EXPECT_TRUE(requests_[0].ends_with("\r\n\r\n{\"Records\":[1]}"));
}

TEST_F(HttpHandlerTest, EmptyBodyIsNull) {
  answers("204 No Content", "");
  EXPECT_EQ(answer(), "null");
}

TEST_F(HttpHandlerTest, BodyThatIsNoJsonIsNull) {
  answers("202 Accepted", "thanks!");
  EXPECT_EQ(answer(), "null");
}

TEST_F(HttpHandlerTest, BodyMayEndWithTheConnection) {
  serve([](int connection) {
    read_request(connection);
    send_all(connection, "HTTP/1.0 200 OK\r\n\r\n[1]");
  });
  EXPECT_EQ(answer(), "[1]");
}

TEST_F(HttpHandlerTest, BodyMayComeInChunks) {
  serve([](int connection) {
    read_request(connection);
    send_all(
        connection,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n");
  });
  EXPECT_EQ(answer(), "[1,2]");
}

TEST_F(HttpHandlerTest, HugeEventAndHugeAnswer) {
  const std::string six_megabytes = "\"" + std::string(6'000'000, 'x') + "\"";
  answers("200 OK", six_megabytes);
  EXPECT_EQ(answer(six_megabytes), six_megabytes);
  TearDown();
  EXPECT_TRUE(requests_.at(0).ends_with(six_megabytes));
}

TEST_F(HttpHandlerTest, EveryEventIsARequest) {
  answers("200 OK", "null");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(answer(), "null");
  TearDown();
  EXPECT_EQ(requests_.size(), 50u);
}

// ---- function errors -------------------------------------------------------------------------

TEST_F(HttpHandlerTest, OtherStatusIsAFunctionError) {
  answers("503 Service Unavailable", "try\nlater");
  EXPECT_EQ(answer(),
            "error: the handler answered with status 503 Service Unavailable: `try later`");
}

TEST_F(HttpHandlerTest, RedirectionIsAFunctionError) {
  answers("302 Found\r\nLocation: http://127.0.0.1:1/", "");
  EXPECT_EQ(answer(), "error: the handler answered with status 302 Found: ``");
}

TEST_F(HttpHandlerTest, FunctionErrorHeaderIsAFunctionError) {
  answers("200 OK\r\nX-Amz-Function-Error: Unhandled", R"({"detail":"no index"})");
  EXPECT_EQ(answer(),
            R"(error: the handler reports a function error (Unhandled): `{"detail":"no index"}`)");
}

TEST_F(HttpHandlerTest, ReportedExceptionIsAFunctionError) {
  answers("200 OK\r\nX-Amz-Function-Error: Unhandled",
          R"({"errorMessage":"no index","errorType":"KeyError","requestId":"1","stackTrace":[]})");
  EXPECT_EQ(answer(), "error: the handler reports `KeyError`: `no index`");
}

// The emulator of Lambda's runtime answers so, with status 200.
TEST_F(HttpHandlerTest, TimeoutInsideTheEmulatorIsATimeout) {
  answers("200 OK", "Task timed out after 3.00 seconds");
  EXPECT_EQ(
      answer(),
      "timed out: the handler's own time limit has passed: `Task timed out after 3.00 seconds`");
}

TEST_F(HttpHandlerTest, AnswerOverTheLimitIsAFunctionError) {
  answers("200 OK", std::string(6 * 1024 * 1024 + 1, '1'));
  EXPECT_EQ(answer(), "error: the handler's answer is longer than 6291456 bytes");
}

TEST_F(HttpHandlerTest, NoHttpIsAFunctionError) {
  serve([](int connection) {
    read_request(connection);
    send_all(connection, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
  });
  EXPECT_TRUE(begins(answer(), "error: no usable answer from the handler at URL: "));
}

TEST_F(HttpHandlerTest, ClosedConnectionIsAFunctionError) {
  serve([](int connection) { read_request(connection); });
  EXPECT_EQ(answer(), "error: the handler at URL closed the connection without an answer");
}

TEST_F(HttpHandlerTest, AnswerCutShortIsAFunctionError) {
  serve([](int connection) {
    read_request(connection);
    send_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nnull");
  });
  EXPECT_TRUE(begins(answer(), "error: no usable answer from the handler at URL: "));
}

// ---- services that are not there, or keep one waiting -------------------------------------------

TEST_F(HttpHandlerTest, RefusedConnectionIsAFunctionErrorThenUnusable) {
  failures_max_ = 3;
  const std::string words = "no connection to the handler at URL: Connection refused";
  EXPECT_EQ(answer(), "error: " + words);
  EXPECT_EQ(answer(), "error: " + words);
  EXPECT_EQ(answer(), "unusable: " + words + " (3 times in a row)");
}

// Too long for a name: no name service is asked.
TEST_F(HttpHandlerTest, UnknownHostIsAFunctionError) {
  handler_ = std::make_unique<HttpHandler>(
      HttpOptions{HttpUrl{"http://x/", std::string(300, 'x'), "80", "/"}, kAmple, 100});
  EXPECT_TRUE(begins(answer(), "error: the host of the handler at `http://x/` is not known: "));
}

TEST_F(HttpHandlerTest, SilenceEndsAtTheTimeLimit) {
  time_limit_ = kShort;
  serve(wait_until_closed);
  const HandlerResult result = send();
  EXPECT_EQ(result.kind, Kind::kTimedOut);
  EXPECT_EQ(result.error, "the handler at `" + port_.url() + "` did not answer within 200ms");
  EXPECT_GE(result.real_us, kShort.count());
  EXPECT_EQ(answer(), "timed out: the handler at URL did not answer within 200ms");
}

TEST_F(HttpHandlerTest, NobodyIsWaitedForOnceTheRunIsInterrupted) {
  serve([this](int connection) {
    interrupted_ = 1;
    wait_until_closed(connection);
  });
  const HandlerResult result = send();
  EXPECT_EQ(result.kind, Kind::kFunctionError);
  EXPECT_EQ(result.error, "the run was interrupted");
  EXPECT_LT(result.real_us, kAmple.count());
  EXPECT_EQ(answer(), "error: the run was interrupted");
}

TEST_F(HttpHandlerTest, ServiceThatReadsNothingEndsAtTheTimeLimit) {
  time_limit_ = kShort;
  ASSERT_EQ(::listen(port_.file(), 8), 0);  // the system accepts; nobody reads
  EXPECT_EQ(answer(std::string(20'000'000, ' ')),
            "timed out: the handler at URL did not answer within 200ms");
}

// Each byte in time, the whole too late: the limit is for the whole.
TEST_F(HttpHandlerTest, DribbleEndsAtTheTimeLimit) {
  time_limit_ = kShort;
  serve([](int connection) {
    read_request(connection);
    send_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (::send(connection, "1", 1, MSG_NOSIGNAL) == 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  });
  EXPECT_EQ(answer(), "timed out: the handler at URL did not answer within 200ms");
}

TEST_F(HttpHandlerTest, RecoversWhenTheServiceDoes) {
  EXPECT_EQ(answer(), "error: no connection to the handler at URL: Connection refused");
  answers("200 OK", "null");
  EXPECT_EQ(answer(), "null");
}

// ---- addresses --------------------------------------------------------------------------------

// "authority target", or what is wrong.
std::string url_parts(std::string_view text) {
  const auto url = parse_http_url(text);
  if (!url) {
    EXPECT_EQ(url.error().code, Errc::kInput);
    return url.error().detail;
  }
  return url->authority() + " " + url->target;
}

TEST(HttpUrl, HasParts) {
  EXPECT_EQ(url_parts("http://localhost:9000/2015-03-31/functions/function/invocations"),
            "localhost:9000 /2015-03-31/functions/function/invocations");
  EXPECT_EQ(url_parts("http://example.org"), "example.org:80 /");
  EXPECT_EQ(url_parts("http://example.org?key=a:b"), "example.org:80 /?key=a:b");
  EXPECT_EQ(url_parts("http://[::1]:8080/hook"), "[::1]:8080 /hook");
  EXPECT_EQ(url_parts("http://[::1]/"), "[::1]:80 /");
}

TEST(HttpUrl, MistakesAreNamed) {
  const auto fault = [](std::string_view text) {
    const std::string found = url_parts(text);
    const std::string begin = "`" + std::string(text) + "` is no address of a handler: ";
    EXPECT_TRUE(begins(found, begin));
    return found.substr(std::min(begin.size(), found.size()));
  };
  EXPECT_EQ(fault(""), "it must begin with http://");
  EXPECT_EQ(fault("localhost:9000"), "it must begin with http://");
  EXPECT_EQ(fault("https://localhost"), "https is not supported, http is");
  EXPECT_EQ(fault("http://"), "it names no host");
  EXPECT_EQ(fault("http://:80/"), "it names no host");
  EXPECT_EQ(fault("http://user:secret@host/"), "a user name is not supported");
  EXPECT_EQ(fault("http://host/a b"), "it has a character that a request cannot carry");
  EXPECT_EQ(fault("http://host/#part"), "it has a character that a request cannot carry");
  EXPECT_EQ(fault("http://[::1/"), "its brackets do not match");
  for (const std::string_view port : {"", "0", "65536", "80x", "-1", "99999999999999999999"}) {
    EXPECT_EQ(fault("http://host:" + std::string(port) + "/"),
              "a port is a number from 1 to 65535");
  }
}

}  // namespace
}  // namespace gtsim
