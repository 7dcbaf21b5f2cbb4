// One line of a stream file, read as far as choosing and showing it needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "region-node/base/result.h"

namespace gtsim {

struct ConsumedRecord {
  std::string_view line;  // as GetRecords prints it, with the origin tag
  std::string event;      // INSERT, MODIFY, REMOVE
  std::int64_t created_seconds = 0;
  std::string key;  // for people: "PK=order-1 SK=7"
  std::string sequence_number;
  std::string shard_id;
  bool replicated = false;
  std::string origin_region;
  bool by_ttl = false;
};

// Borrows `line`. Errors (kInput) say what is missing.
[[nodiscard]] Result<ConsumedRecord> read_record_line(std::string_view line);

// The line that a run folder ends with when it has not kept everything.
[[nodiscard]] bool is_truncation(std::string_view line);

// Appends the record as Lambda hands it to a function: userIdentity in lower case, eventSourceARN.
void append_lambda_record(std::string& out, std::string_view line, std::string_view stream_arn);

}  // namespace gtsim
