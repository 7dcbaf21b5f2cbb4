// What a region does to the calls of its clients while something is wrong with its front door: it
// refuses them, answers late or not at all, while it replicates on. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "region-node/base/dice.h"
#include "region-node/base/ids.h"
#include "region-node/base/time.h"

namespace gtsim {

enum class ClientOperation : std::uint8_t { kPut, kUpdate, kDelete, kTransact, kControl };
inline constexpr int kClientOperationCount = 5;
// put, update, delete, transact, control
[[nodiscard]] const char* to_text(ClientOperation operation);

// The errors that the service has for a call that was in order.
enum class ClientError : std::uint8_t {
  kServiceUnavailable,            // 503
  kInternalServerError,           // 500; whether the write was done the client cannot know
  kThrottling,                    // ThrottlingException
  kRequestLimitExceeded,          // of the account
  kProvisionedThroughputExceeded  // of the table
};
inline constexpr int kClientErrorCount = 5;
// As the service calls it: ServiceUnavailable, InternalServerError, ThrottlingException, ...
[[nodiscard]] const char* to_text(ClientError error);

struct ClientFault {
  RegionId region;
  std::set<ClientOperation> operations{};  // empty: all
  double rate = 1;                         // share of the calls that it hits
  Duration delay{0};                       // before the call is looked at
  std::optional<ClientError> error{};      // it is not done, and the client is told this
  bool answer_is_lost = false;             // it is done, and the client hears nothing
  std::uint64_t salt = 0;                  // tells its dice from those of other faults
};

// What becomes of one call.
struct Admission {
  Duration delay{0};
  std::optional<ClientError> refused;  // after the delay
  bool answer_is_lost = false;
};

// `faults`: of the region, in the order in which they began; each is asked with dice of its own.
// Their delays add up, and the first error ends it. `call`: dice of the call.
[[nodiscard]] Admission admit(const std::vector<ClientFault>& faults, ClientOperation operation,
                              const Dice& call);

}  // namespace gtsim
