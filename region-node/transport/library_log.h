// gRPC and Protocol Buffers write to stderr by themselves whenever a stranger sends nonsense.
#pragma once

namespace gtsim {

// From now on, for the whole process: Protocol Buffers says nothing, because whoever parses tells
// what was wrong; gRPC says at most a few lines a minute.
void quieten_library_logs();

}  // namespace gtsim
