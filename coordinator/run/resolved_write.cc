#include "coordinator/run/resolved_write.h"

#include "region-node/base/check.h"
#include "region-node/item/canonical.h"

namespace gtsim {

KeyId intern_key(const Item& item, const TableSpec& table, KeySpace& keys) {
  const auto key = extract_key(table.key, item);
  CHECK_DETAIL(key.has_value(), "the reader let an item without its key through");
  return keys.intern(encode_item(*key), partition_hash_of(table.key, *key));
}

ResolvedWrite::ResolvedWrite(const std::vector<SingleWrite>& writes, bool transaction,
                             const Scenario& scenario, Cluster& cluster)
    : transaction_(transaction) {
  for (const SingleWrite& write : writes) {
    const TableSpec& table = scenario.tables[write.table.index()];
    WriteRequest& request = requests_.emplace_back();
    request.table = write.table;
    const Item* key = nullptr;
    if (const auto* put = std::get_if<PutWrite>(&write.action)) {
      request.kind = WriteKind::kPut;
      request.image = Image::make(encode_item(put->item));
      key = &put->item;
    } else if (const auto* update = std::get_if<UpdateWrite>(&write.action)) {
      request.kind = WriteKind::kUpdate;
      updates_.push_back(std::make_unique<const Update>(update->update));
      request.update = updates_.back().get();
      key = &update->key;
    } else if (const auto* remove = std::get_if<DeleteWrite>(&write.action)) {
      request.kind = WriteKind::kDelete;
      key = &remove->key;
    } else {
      request.kind = WriteKind::kCheck;
      key = &std::get<CheckWrite>(write.action).key;
    }
    request.key = intern_key(*key, table, cluster.keys(write.table));
    if (!write.condition.empty()) {
      conditions_.push_back(std::make_unique<const Condition>(write.condition));
      request.condition = conditions_.back().get();
    }
  }
}

}  // namespace gtsim
