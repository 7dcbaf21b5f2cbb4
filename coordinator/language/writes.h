// Writes in steps: puts, updates and deletes with their conditions. They are read in two strokes,
// since an item can be read only when the table, and with it the key, is known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/language/item_reader.h"
#include "coordinator/language/values.h"

namespace gtsim::language {

struct ConditionDraft {
  std::vector<std::string> exists;
  std::vector<std::string> not_exists;
  std::vector<std::pair<Comparison, ItemNode>> comparisons;
};

struct UpdateDraft {
  ItemNode key;
  ItemNode set;
  ItemNode add;
  std::vector<std::string> remove;
};

struct WriteDraft {
  std::optional<TableId> table;
  std::optional<ItemNode> put;
  std::optional<UpdateDraft> update;
  std::optional<ItemNode> remove;  // `delete`
  std::optional<ItemNode> check;
  std::optional<ConditionDraft> condition;
};

[[nodiscard]] Type<UpdateDraft> update_type();
[[nodiscard]] Type<ConditionDraft> condition_type();
// One entry of `transact`.
[[nodiscard]] Type<WriteDraft> transaction_entry_type();

// REQUIRES: exactly one of put, update, remove and check. `node` is the map that holds it.
[[nodiscard]] bool finish_write(ReadContext& context, const Node& node, const WriteDraft& draft,
                                TableId table, SingleWrite& out);
// The way back, for printing.
[[nodiscard]] WriteDraft draft_of(const PrintContext& context, const SingleWrite& write);

}  // namespace gtsim::language
