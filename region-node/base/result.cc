#include "region-node/base/result.h"

namespace gtsim {

const char* error_name(Errc code) {
  switch (code) {
    case Errc::kValidation:
      return "ValidationException";
    case Errc::kConditionFailed:
      return "ConditionalCheckFailedException";
    case Errc::kTransactionCancelled:
      return "TransactionCanceledException";
    case Errc::kThrottled:
      return "ProvisionedThroughputExceededException";
    case Errc::kResourceNotFound:
      return "ResourceNotFoundException";
    case Errc::kResourceInUse:
      return "ResourceInUseException";
    case Errc::kTrimmedData:
      return "TrimmedDataAccessException";
    case Errc::kExpiredIterator:
      return "ExpiredIteratorException";
    case Errc::kUnavailable:
      return "Unavailable";
    case Errc::kInput:
      return "UnusableInput";
    case Errc::kIo:
      return "InputOutputError";
  }
  return "UnknownError";
}

}  // namespace gtsim
