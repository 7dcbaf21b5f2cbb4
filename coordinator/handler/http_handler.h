// A function behind HTTP: each Lambda event is the body of one POST, the body of the answer is what
// the function returned. Made for Lambda's runtime interface emulator and for web hooks.
//
//   status other than 2xx                   function error
//   header X-Amz-Function-Error             function error
//   body {"errorMessage", "errorType"}      function error (reply.h)
//   body "Task timed out after ..."         the emulator's own time limit: timed out
//   body JSON                               what the function returned
//   body empty, or no JSON                  null: many a web hook answers "ok"
//
// One thread; a connection per event, so that a service may be restarted between two of them.
#pragma once

#include <memory>
#include <string>

#include "coordinator/handler/handler.h"
#include "coordinator/handler/http_url.h"
#include "region-node/base/time.h"

namespace gtsim {

struct HttpOptions {
  HttpUrl url;
  // From the first byte of the connection to the last of the answer, in real time. What the system
  // needs to look up a host's name, once, is not counted.
  Duration time_limit = std::chrono::seconds{3};
  // A service that cannot be reached so many times in a row is unusable.
  int failed_connections_max = 100;
  InterruptFlag interrupted = nullptr;
};

class HttpHandler : public Handler {
 public:
  explicit HttpHandler(HttpOptions options);
  ~HttpHandler() override;

  HandlerResult handle(const Invocation& invocation) override;

 private:
  class Client;  // keeps Asio and Beast out of this header
  const HttpOptions options_;
  std::unique_ptr<Client> client_;
  int failed_connections_ = 0;  // in a row
};

}  // namespace gtsim
