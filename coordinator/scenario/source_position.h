// Where something stands in a scenario file.
#pragma once

namespace gtsim {

struct SourcePosition {
  int line = 0;  // 1-based; 0: not from the file
  int column = 0;
};

}  // namespace gtsim
