// What a write should have made of an item, evaluated slowly and by itself: it shares nothing with
// the state machine but what an item is.
#pragma once

#include <optional>
#include <string_view>

#include "coordinator/cluster/cluster.h"

namespace gtsim {

// Whether the operation's condition holds for the item before it.
[[nodiscard]] bool condition_held(const Operation& operation, const Image& before);
// Whether the operation makes `after` of `before`. `key_bytes`: the canonical key item.
[[nodiscard]] bool makes(const Operation& operation, const Image& before,
                         std::string_view key_bytes, const Image& after);
// When TTL may delete the item; nothing: never. A number of seconds since the epoch, rounded down.
// Source: "Using time to live (TTL)".
[[nodiscard]] std::optional<WallTime> due_at(const Image& image, std::string_view attribute,
                                             Duration delay);

}  // namespace gtsim
