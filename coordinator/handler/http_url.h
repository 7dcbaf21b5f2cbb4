// The address of a function behind HTTP, e.g. that of Lambda's runtime interface emulator:
// http://127.0.0.1:9000/2015-03-31/functions/function/invocations
#pragma once

#include <string>
#include <string_view>

#include "region-node/base/result.h"

namespace gtsim {

struct HttpUrl {
  std::string text;    // as it was given
  std::string host;    // a name or an address; IPv6 without its brackets
  std::string port;    // 1 to 65535 in digits
  std::string target;  // path and query, from the first '/'

  // "host:port", the value of the Host header.
  [[nodiscard]] std::string authority() const;
};

// http://HOST[:PORT][/PATH][?QUERY]; the port is 80 unless it is given. Errors (kInput) quote the
// text and say what is wrong with it.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace gtsim
