// Speaks to one region node: orders and questions, each with a limit on how long the answer may
// take (real time). One call at a time; any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "proto/coordinator/v1/coordinator.pb.h"
#include "region-node/base/result.h"
#include "region-node/config/node_config.h"

namespace gtsim {

namespace wire = coordinator::v1;

class ControlClient {
 public:
  using Limit = std::chrono::milliseconds;
  static constexpr Limit kUsual{5'000};

  // `address`: host:port of the node's control listener. Dials at the first call. kIo when a
  // certificate file cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<ControlClient>> make(
      const std::string& address, const std::optional<TlsFiles>& tls);
  ~ControlClient();

  // Errors: kValidation and kResourceInUse: the node refused, nothing was done; kUnavailable: it
  // cannot be reached or did not answer in time; kIo: anything else. The text says which node.
  [[nodiscard]] Result<wire::RegionStatus> status(bool with_digests, Limit limit = kUsual);
  [[nodiscard]] Result<std::string> execute(const wire::Order& order, Limit limit = kUsual);
  [[nodiscard]] Result<wire::WriteResult> write(const wire::WriteCall& call, Limit limit = kUsual);
  // Nothing: never written, or deleted.
  [[nodiscard]] Result<wire::StoredItem> get_item(const std::string& table, const std::string& key,
                                                  Limit limit = kUsual);
  [[nodiscard]] Result<void> scan_table(const std::string& table,
                                        const std::function<void(const wire::ScanTablePage&)>& page,
                                        Limit limit);
  [[nodiscard]] Result<void> read_stream(
      const std::string& table, const std::function<void(const wire::ReadStreamPage&)>& page,
      Limit limit);

  [[nodiscard]] const std::string& address() const;

  struct Channel;  // of gRPC; run_session.cc uses it too
  [[nodiscard]] Channel& channel() { return *channel_; }

 private:
  explicit ControlClient(std::unique_ptr<Channel> channel);
  std::unique_ptr<Channel> channel_;
};

}  // namespace gtsim
