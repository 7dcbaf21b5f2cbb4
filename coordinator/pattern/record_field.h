// Where a record of ours keeps what a path of a pattern names. Most members of a record can have a
// few values only; what a leaf says of each of them is worked out once.
#pragma once

#include <cstdint>

namespace gtsim::pattern {

enum class RecordPlace : std::uint8_t {
  kConstant,        // the same for every record, or not a field of records: bit 0 of the mask
  kEvent,           // by EventName
  kOrigin,          // by OriginKind; bit 2 when the record does not carry its origin
  kIdentity,        // by RecordIdentity
  kViewType,        // by StreamViewType
  kRegion,          // awsRegion
  kStreamArn,       // eventSourceARN
  kOriginRegion,    // origin.region and origin.version.region
  kCreationTime,    // dynamodb.ApproximateCreationDateTime
  kSizeBytes,       // dynamodb.SizeBytes
  kKeys,            // an attribute of dynamodb.Keys
  kNewImage,        // an attribute of dynamodb.NewImage
  kOldImage,        // an attribute of dynamodb.OldImage
  kEventId,         // has to be computed
  kSequenceNumber,  // has to be computed
  kOriginTime,      // origin.version.timestamp; has to be computed
};

struct RecordField {
  RecordPlace place = RecordPlace::kConstant;
  std::uint8_t truth_mask = 0;  // of the places with few values: bit i: the leaf holds for value i
  std::uint32_t rest_offset = 0;  // kKeys, kNewImage, kOldImage: where the attribute begins in path
};

}  // namespace gtsim::pattern
