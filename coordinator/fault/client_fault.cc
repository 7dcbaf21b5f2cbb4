#include "coordinator/fault/client_fault.h"

namespace gtsim {

const char* to_text(ClientOperation operation) {
  switch (operation) {
    case ClientOperation::kPut:
      return "put";
    case ClientOperation::kUpdate:
      return "update";
    case ClientOperation::kDelete:
      return "delete";
    case ClientOperation::kTransact:
      return "transact";
    case ClientOperation::kControl:
      return "control";
  }
  return "";
}

const char* to_text(ClientError error) {
  switch (error) {
    case ClientError::kServiceUnavailable:
      return "ServiceUnavailable";
    case ClientError::kInternalServerError:
      return "InternalServerError";
    case ClientError::kThrottling:
      return "ThrottlingException";
    case ClientError::kRequestLimitExceeded:
      return "RequestLimitExceeded";
    case ClientError::kProvisionedThroughputExceeded:
      return "ProvisionedThroughputExceededException";
  }
  return "";
}

Admission admit(const std::vector<ClientFault>& faults, ClientOperation operation,
                const Dice& call) {
  Admission admission;
  for (const ClientFault& fault : faults) {
    if (!fault.operations.empty() && !fault.operations.contains(operation)) continue;
    if (fault.rate < 1 && !call.of(fault.salt).chance(fault.rate)) continue;
    admission.delay += fault.delay;
    admission.answer_is_lost = admission.answer_is_lost || fault.answer_is_lost;
    if (!fault.error) continue;
    admission.refused = fault.error;
    break;
  }
  return admission;
}

}  // namespace gtsim
