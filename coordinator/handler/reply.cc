#include "coordinator/handler/reply.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "coordinator/handler/json_parse.h"
#include "region-node/item/utf8.h"

namespace gtsim {
namespace {

constexpr std::size_t kQuotedBytesMax = 200;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

bool is_error_report(const boost::json::object& reply) {
  if (!reply.contains("errorMessage") || !reply.contains("errorType")) return false;
  for (const auto& member : reply) {
    const std::string_view name = member.key();
    if (name != "errorMessage" && name != "errorType" && name != "stackTrace" &&
        name != "requestId") {
      return false;
    }
  }
  return true;
}

std::string text_of(const boost::json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return boost::json::serialize(value);
}

}  // namespace

HandlerResult function_error(std::string sentence) {
  return {HandlerResult::Kind::kFunctionError, {}, std::move(sentence), 0};
}

Reply read_reply(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return {{HandlerResult::Kind::kReturned, "null", {}, 0}};
  boost::json::error_code fault;
  const boost::json::value reply = parse_json(text, fault);
  if (fault) {
    return {function_error(fmt::format("the handler's answer is not JSON: {}", quoted(text))),
            /*is_json=*/false};
  }
  if (reply.is_object() && is_error_report(reply.get_object())) {
    const boost::json::object& report = reply.get_object();
    return {function_error(fmt::format("the handler reports {}: {}",
                                       quoted(text_of(report.at("errorType"))),
                                       quoted(text_of(report.at("errorMessage")))))};
  }
  return {{HandlerResult::Kind::kReturned, std::string(text), {}, 0}};
}

std::string quoted(std::string_view text) {
  text = trimmed(text);
  const bool cut = text.size() > kQuotedBytesMax;
  if (cut) text = text.substr(0, kQuotedBytesMax);
  // Not in the middle of a character.
  if (cut) {
    for (int i = 0; i < 3 && !is_valid_utf8(text); ++i) text.remove_suffix(1);
  }
  const bool valid = is_valid_utf8(text);
  std::string out = "`";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte == 0x7f) {
      out += ' ';
    } else if (byte >= 0x80 && !valid) {
      out += '?';
    } else {
      out += character;
    }
  }
  out += cut ? "…`" : "`";
  return out;
}

}  // namespace gtsim
