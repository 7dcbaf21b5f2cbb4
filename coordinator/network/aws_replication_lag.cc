#include "coordinator/network/aws_replication_lag.h"

namespace gtsim {

DelayModel aws_replication_lag() {
  DelayModel lag;
  lag.kind = DelayModel::Kind::kLogNormal;
  lag.first = Duration{600'000};
  lag.shape = 0.6;
  return lag;
}

}  // namespace gtsim
