#include "region-node/node/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <boost/json.hpp>
#include <chrono>

#include "region-node/base/time.h"
#include "region-node/item/utf8.h"

namespace gtsim {
namespace {

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

// Names and texts may come from a peer.
std::string printable(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  return out;
}

boost::json::value to_json(const LogField& field) {
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    return boost::json::value(printable(*text));
  }
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return *number;
  return std::get<bool>(field.value);
}

}  // namespace

std::string log_line(std::int64_t time_us, LogLevel level, std::string_view region,
                     std::string_view event, LogFields fields) {
  boost::json::object line;
  line["time"] = to_iso8601(WallTime{time_us}, 3);
  line["level"] = level_name(level);
  line["region"] = printable(region);
  line["event"] = printable(event);
  for (const LogField& field : fields) line[field.name] = to_json(field);
  return boost::json::serialize(line);
}

NodeLog::NodeLog(std::string region)
    : region_(std::move(region)),
      logger_(std::make_unique<spdlog::logger>("region-node",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%v");
}

NodeLog::~NodeLog() = default;

void NodeLog::info(std::string_view event, LogFields fields) {
  write(LogLevel::kInfo, event, fields);
}
void NodeLog::warning(std::string_view event, LogFields fields) {
  write(LogLevel::kWarning, event, fields);
}
void NodeLog::error(std::string_view event, LogFields fields) {
  write(LogLevel::kError, event, fields);
}

void NodeLog::write(LogLevel level, std::string_view event, LogFields fields) {
  using std::chrono::duration_cast;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string line =
      log_line(duration_cast<Duration>(now).count(), level, region_, event, fields);
  logger_->log(spdlog::level::info, spdlog::string_view_t(line));
}

}  // namespace gtsim
