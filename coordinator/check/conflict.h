// The conflict ledger's entries. The service loses conflicting writes silently; here each one is
// judged by what it was built on (ancestry.h), whatever the regions themselves noticed.
#pragma once

#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/base/version.h"

namespace gtsim {

struct Conflict {
  TableId table;
  KeyId key;
  Version winner;             // newer than the loser and not built on it (ancestry.h says which)
  Version loser;              // the write that was let go of; its origin is where it was made
  bool acknowledged = false;  // the loser's writer was told "ok"; known once it is lost

  [[nodiscard]] Duration margin() const { return winner.timestamp - loser.timestamp; }
};

class ConflictListener {
 public:
  virtual ~ConflictListener() = default;
  // Once per write that some newer write of its key was not built on.
  virtual void on_conflict(Instant /*now*/, const Conflict& /*conflict*/) {}
  // Of these, the ones that nobody built on: once no region can any more.
  virtual void on_lost_write(Instant /*now*/, const Conflict& /*lost*/) {}
};

}  // namespace gtsim
