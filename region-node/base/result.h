// Result<T>: a value, or an Error that the outside world caused. One alias, so that the carrier can
// change in one place.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace gtsim {

// Error codes carry the service's own names wherever it has one.
enum class Errc {
  kValidation,            // ValidationException: the request itself is wrong; never retry
  kConditionFailed,       // ConditionalCheckFailedException: the local item did not satisfy it
  kTransactionCancelled,  // TransactionCanceledException: one part failed, nothing was done
  kThrottled,             // ProvisionedThroughputExceededException: definite, retry later
  kResourceNotFound,      // ResourceNotFoundException: no such table, stream or shard here
  kResourceInUse,         // ResourceInUseException: right request, wrong moment
  kTrimmedData,           // TrimmedDataAccessException: the record is older than the retention
  kExpiredIterator,       // ExpiredIteratorException: the iterator is older than 15 minutes
  kUnavailable,           // the region is down or cut off from its clients; definite
  kInput,                 // a file or argument of the user cannot be used
  kIo,                    // the operating system refused (full disk, no permission)
};

struct Error {
  Errc code = Errc::kValidation;
  std::string detail;
};

// The API's own name of the error, e.g. "ConditionalCheckFailedException".
[[nodiscard]] const char* error_name(Errc code);

template <class T>
using Result = boost::system::result<T, Error>;

[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::runtime_error(error.detail);
}

[[nodiscard]] inline Error validation_error(std::string detail) {
  return Error{Errc::kValidation, std::move(detail)};
}

}  // namespace gtsim
