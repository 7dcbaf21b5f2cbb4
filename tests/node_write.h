// A write as an application's, for a node's loop.
#pragma once

#include <string_view>
#include <utility>

#include "region-node/node/node_loop.h"

namespace gtsim {

// Puts the item with this canonical key.
inline NodeWrite put_of(NodeLoop& loop, TableId table, std::string_view key_bytes, Image image) {
  NodeWrite write;
  WriteRequest& request = write.requests.emplace_back();
  request.table = table;
  const KeySchema& schema = loop.config().tables[table.index()].key;
  request.key = loop.keys(table).intern(key_bytes, partition_hash_of(schema, key_bytes));
  request.image = std::move(image);
  return write;
}

}  // namespace gtsim
