// What a node's HTTP listener serves so far: /metrics, /ready and /live.
#pragma once

#include "region-node/node/http_listener.h"
#include "region-node/node/node_loop.h"

namespace gtsim {

// `loop` outlives the listener.
[[nodiscard]] HttpHandler http_pages(NodeLoop& loop);

}  // namespace gtsim
