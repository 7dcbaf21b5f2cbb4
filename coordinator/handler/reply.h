// What a function's reply means, however it came: over a pipe or over HTTP.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "coordinator/handler/handler.h"

namespace gtsim {

// Lambda refuses a response over 6 MB. Source: Lambda developer guide, "Lambda quotas".
inline constexpr std::size_t kReplyBytesMax = 6 * 1024 * 1024;

// Blank text is a function that returned nothing: "null". An object of errorMessage and errorType,
// with at most stackTrace and requestId beside them, is how Lambda's runtimes report an exception
// (Lambda runtime API, "Invocation error"): a function error. All other JSON is what the function
// returned; what is no JSON is a function error.
struct Reply {
  HandlerResult result;  // kReturned or kFunctionError
  bool is_json = true;
};
[[nodiscard]] Reply read_reply(std::string_view text);

// `text` for a sentence: in backquotes, one line, printable UTF-8, cut after about 200 bytes.
[[nodiscard]] std::string quoted(std::string_view text);

[[nodiscard]] HandlerResult function_error(std::string sentence);

}  // namespace gtsim
