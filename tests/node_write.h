// A write as an application's, for a node's loop.
#pragma once

#include <string_view>
#include <utility>

#include "region-node/node/node_loop.h"

namespace gtsim {

// Puts the item with this canonical key.
inline WriteCall put_of(NodeLoop& loop, TableId table, std::string_view key_bytes, Image image) {
  WriteCall call;
  Operation& operation = call.operations.emplace_back();
  operation.table = table;
  const KeySchema& schema = loop.config().tables[table.index()].key;
  operation.key = loop.keys(table).intern(key_bytes, partition_hash_of(schema, key_bytes));
  operation.image = std::move(image);
  return call;
}

}  // namespace gtsim
