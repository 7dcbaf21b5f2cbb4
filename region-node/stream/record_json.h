// A stream record as the service prints it, on one line, straight from canonical bytes. Source of
// the shape: DynamoDB Streams API reference (Record, StreamRecord, Identity) and the sample events
// of the Lambda developer guide. Absent means absent: there are no nulls.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "region-node/stream/record_view.h"
#include "region-node/stream/stream.h"

namespace gtsim {

// The same record in two spellings.
enum class RecordForm : std::uint8_t {
  kGetRecords,   // userIdentity has Type and PrincipalId
  kLambdaEvent,  // userIdentity has type and principalId; eventSourceARN comes last
};

// What all records of one stream have in common. Refers to what it is made from.
struct RecordContext {
  std::string_view region;  // of the stream that is read, never the origin
  std::string_view stream_arn;
  const Stream& stream;
  std::span<const std::string> region_names;  // by RegionId index, for the origin tag
  // Adds the member "origin", which the service does not have and its SDKs ignore.
  bool with_origin = true;
  // Adds the member "shardId", which GetRecords does not have because it reads one shard; empty:
  // not.
  std::string_view shard_id = {};
};

void append_record_json(std::string& out, const RecordView& view, const RecordContext& context,
                        RecordForm form);

}  // namespace gtsim
