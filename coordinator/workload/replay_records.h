// Records of a DynamoDB stream as writes: INSERT and MODIFY put their new image, REMOVE deletes
// their key. Members that say nothing about that (eventID, userIdentity, ...) are the service's
// affair and not looked at.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>

#include "coordinator/scenario/scenario.h"
#include "region-node/base/result.h"
#include "region-node/base/time.h"
#include "region-node/item/json_path.h"

namespace gtsim::replay {

struct RecordedWrite {
  WallTime created_at;
  std::string sequence_number;  // digits without leading zeros
  SingleWrite write;
};

[[nodiscard]] Result<RecordedWrite> read_record(const boost::json::value& from,
                                                const JsonPath& path, TableId table,
                                                const KeySchema& schema);

// Sequence numbers are larger than any machine's integers.
[[nodiscard]] bool sequence_before(const std::string& a, const std::string& b);

// "2016-06-01T18:05:10Z", "2016-06-01T20:05:10.250000+02:00"
[[nodiscard]] bool parse_timestamp(std::string_view text, WallTime& out);

}  // namespace gtsim::replay
