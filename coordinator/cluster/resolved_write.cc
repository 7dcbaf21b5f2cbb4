#include "coordinator/cluster/resolved_write.h"

#include "region-node/base/check.h"
#include "region-node/item/canonical.h"

namespace gtsim {

KeyId intern_key(const Item& item, const TableSpec& table, KeySpace& keys) {
  const auto key = extract_key(table.key, item);
  CHECK_DETAIL(key.has_value(), "the reader let an item without its key through");
  return keys.intern(encode_item(*key), partition_hash_of(table.key, *key));
}

WriteCall resolved_write(const std::vector<SingleWrite>& writes, bool transaction,
                         const Scenario& scenario, Cluster& cluster) {
  WriteCall call;
  call.transaction = transaction;
  for (const SingleWrite& write : writes) {
    const TableSpec& table = scenario.tables[write.table.index()];
    Operation& operation = call.operations.emplace_back();
    operation.table = write.table;
    const Item* key = nullptr;
    if (const auto* put = std::get_if<PutWrite>(&write.action)) {
      operation.kind = WriteKind::kPut;
      operation.image = Image::make(encode_item(put->item));
      key = &put->item;
    } else if (const auto* update = std::get_if<UpdateWrite>(&write.action)) {
      operation.kind = WriteKind::kUpdate;
      operation.update = std::make_shared<const Update>(update->update);
      key = &update->key;
    } else if (const auto* remove = std::get_if<DeleteWrite>(&write.action)) {
      operation.kind = WriteKind::kDelete;
      key = &remove->key;
    } else {
      operation.kind = WriteKind::kCheck;
      key = &std::get<CheckWrite>(write.action).key;
    }
    operation.key = intern_key(*key, table, cluster.keys(write.table));
    if (!write.condition.empty()) {
      operation.condition = std::make_shared<const Condition>(write.condition);
    }
  }
  return call;
}

}  // namespace gtsim
