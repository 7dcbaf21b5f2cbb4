#include "region-node/base/program_version.h"

namespace gtsim {

const char* program_version() {
  return GTSIM_VERSION;
}

}  // namespace gtsim
