// What ScanTable and ReadStream tell, page by page.
#pragma once

#include <memory>

#include "proto/coordinator/v1/coordinator.pb.h"
#include "region-node/node/control_pages.h"

namespace gtsim {

// Every key that the table has, each as of the moment of its page.
[[nodiscard]] std::unique_ptr<PageSource<coordinator::v1::ScanTablePage>> scan_table(TableId table);

// The table's newest stream from its trim horizon to where it is durable when each shard's end is
// reached; a shard without records has one empty page. Nothing when there never was a stream.
[[nodiscard]] std::unique_ptr<PageSource<coordinator::v1::ReadStreamPage>> read_stream(
    TableId table);

}  // namespace gtsim
