// A write of a scenario or a trace made ready for the cluster: keys interned, images encoded,
// conditions and updates kept alive for as long as the requests that point at them.
#pragma once

#include <memory>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

class ResolvedWrite {
 public:
  // REQUIRES: the reader has checked keys and sizes.
  ResolvedWrite(const std::vector<SingleWrite>& writes, bool transaction, const Scenario& scenario,
                Cluster& cluster);

  [[nodiscard]] std::span<const WriteRequest> requests() const { return requests_; }
  [[nodiscard]] bool transaction() const { return transaction_; }

 private:
  std::vector<WriteRequest> requests_;
  std::vector<std::unique_ptr<const Condition>> conditions_;
  std::vector<std::unique_ptr<const Update>> updates_;
  bool transaction_;
};

// The id of a key given as an item (only its key attributes are looked at).
[[nodiscard]] KeyId intern_key(const Item& item, const TableSpec& table, KeySpace& keys);

}  // namespace gtsim
