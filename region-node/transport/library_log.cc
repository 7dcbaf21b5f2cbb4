#include "region-node/transport/library_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace gtsim {
namespace {

constexpr std::int64_t kLinesPerMinute = 10;

void write_grpc_line(gpr_log_func_args* line) {
  // The minute in the upper half, the lines written in it below. Two threads may write one line too
  // many at the turn of a minute; neither waits.
  static std::atomic<std::int64_t> written{0};
  const std::int64_t minute = std::chrono::duration_cast<std::chrono::minutes>(
                                  std::chrono::steady_clock::now().time_since_epoch())
                                  .count();
  const std::int64_t before = written.load();
  const std::int64_t lines = before >> 32 == minute ? before & 0xFFFFFFFF : 0;
  if (lines >= kLinesPerMinute) return;
  written = minute << 32 | (lines + 1);
  std::fprintf(stderr, "gRPC: %s\n", line->message);
}

}  // namespace

void quieten_library_logs() {
  google::protobuf::SetLogHandler(nullptr);
  gpr_set_log_function(write_grpc_line);
}

}  // namespace gtsim
