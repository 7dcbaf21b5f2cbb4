// What a node has to say to the people who run it: one JSON object per line on stderr.
//
//   {"time":"2026-01-01T00:00:00.000Z","level":"info","region":"us-east-1","event":"ready",…}
//
// Threads: any.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace spdlog {
class logger;
}

namespace gtsim {

enum class LogLevel : std::uint8_t { kInfo, kWarning, kError };

struct LogField {
  std::string_view name;
  std::variant<std::string, std::int64_t, bool> value;
};
using LogFields = std::initializer_list<LogField>;

class NodeLog {
 public:
  explicit NodeLog(std::string region);
  ~NodeLog();

  void info(std::string_view event, LogFields fields = {});
  void warning(std::string_view event, LogFields fields = {});
  void error(std::string_view event, LogFields fields = {});

 private:
  void write(LogLevel level, std::string_view event, LogFields fields);

  const std::string region_;
  std::unique_ptr<spdlog::logger> logger_;
};

// The line without its end; exposed for tests. Whatever the values hold, it is one line of valid
// JSON in valid UTF-8.
[[nodiscard]] std::string log_line(std::int64_t time_us, LogLevel level, std::string_view region,
                                   std::string_view event, LogFields fields);

}  // namespace gtsim
