// HTTP/1.1 on one address: reads requests, has them answered, closes what is idle or broken. When
// there are too many connections, the one that has been silent for longest gives way to the new
// one. One thread of its own.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "region-node/base/result.h"

namespace gtsim {

struct HttpRequest {
  std::string method;  // GET
  std::string target;  // /metrics?…
};
struct HttpReply {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};
// Called from any thread; the first call counts.
using HttpAnswer = std::function<void(HttpReply reply)>;
// On the listener's thread. Must not block.
using HttpHandler = std::function<void(const HttpRequest& request, HttpAnswer answer)>;

struct HttpLimits {
  std::size_t connections = 256;                   // that wait for answers: more are closed
  std::size_t body_bytes = 64u << 10;              // of a request
  std::chrono::milliseconds idle{30'000};          // without a whole request: closed
  std::chrono::milliseconds answer_within{2'000};  // else 503
};

class HttpListener {
 public:
  // `address`: host:port, port 0 for a free one. kIo when it cannot be listened on.
  [[nodiscard]] static Result<std::unique_ptr<HttpListener>> start(const std::string& address,
                                                                   HttpHandler handler,
                                                                   HttpLimits limits = {});
  // Breaks connections off; no handler runs afterwards. REQUIRES: every answer that a handler was
  // given has been given or dropped.
  virtual ~HttpListener() = default;
  [[nodiscard]] virtual std::string listening_on() const = 0;  // host:port
};

}  // namespace gtsim
