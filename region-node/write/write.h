// A write as an application asks for it, and what it is told.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <utility>

#include "region-node/base/result.h"
#include "region-node/base/version.h"
#include "region-node/write/operation.h"

namespace gtsim {

struct WriteCall {
  boost::container::small_vector<Operation, 1> operations;  // one, or the parts of a transaction
  bool transaction = false;  // all or nothing; no two parts name the same item
  bool writer_waits = true;  // false: the writer has given up; the write may still happen
  std::uint64_t tag = 0;     // the caller's; comes back with the reply
};

// What one operation did.
struct OperationResult {
  bool changed = false;  // false: the item was left as it was; no record, nothing replicated
  Version version;       // of the item after the write
  Version replaced;      // before it
  Image before;          // null: there was no item
  Image after;           // null: there is none
};
using OperationResults = boost::container::small_vector<OperationResult, 1>;

struct WriteReply {
  explicit WriteReply(WriteCall&& asked) : call(std::move(asked)) {}

  WriteCall call;
  Result<OperationResults> outcome;  // in the order of the call's operations
};

}  // namespace gtsim
