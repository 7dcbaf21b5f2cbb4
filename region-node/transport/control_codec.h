// Between what control planes say to one another and its form on the wire (Control in
// proto/replication/v1). Pure, like codec.h, which carries it.
#pragma once

#include <cstddef>

#include "proto/replication/v1/replication.pb.h"
#include "region-node/base/result.h"
#include "region-node/control_plane/control_message.h"
#include "region-node/transport/codec.h"

namespace gtsim {

inline constexpr std::size_t kMaxRefusalBytes = 2048;  // of a longer text the beginning is sent

// All but table, from, to and tries, which the batch and the stream tell. REQUIRES: `out` is empty;
// a message that a control plane sends to another region.
void encode_control(const ControlMessage& message, replication::v1::Control& out);
// About what it takes in a frame; never less than it does.
[[nodiscard]] std::size_t wire_bytes(const ControlMessage& message);

// Everything that the protocol demands of it, so that no control plane meets what no other would
// have said; kInput with a text that names the field.
[[nodiscard]] Result<void> check_control(const replication::v1::Control& control,
                                         const FrameOrigin& origin);

// But for its table. REQUIRES: check_frame accepted the batch, and it is one of the kind CONTROL.
[[nodiscard]] ControlMessage decode_control(const replication::v1::Batch& batch,
                                            const FrameOrigin& origin);

}  // namespace gtsim
